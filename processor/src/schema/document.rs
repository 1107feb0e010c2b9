//! Limits on a schema, and the references within it.

use std::collections::BTreeMap;

use super::Problem;
use super::pattern::clipped;
use crate::json::Json;
use crate::parse::parse_up_to;
use crate::pointer::{below, unescaped};

/// The most bytes of a schema: the stack's template contains it, and a cold start compiles it.
pub const LARGEST: usize = 262_144;
/// Most levels of objects and lists in a schema.
const DEEPEST: usize = 128;
/// References must lead to a part of the document.
const INSIDE: &str = "copy what it refers to under `$defs`, and write `#/$defs/NAME`";

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Draft {
    /// Draft 6 and 7: siblings of `$ref` are ignored.
    Seven,
    /// Draft 2019-09.
    Nineteen,
    /// Draft 2020-12: `prefixItems` replaces lists in `items`.
    Twenty,
}

/// A schema's JSON, and the targets of its references.
pub struct Document<'a> {
    /// The schema as written.
    pub root: &'a Json,
    /// Its version of JSON Schema.
    pub draft: Draft,
    /// Its `$id`.
    id: Option<&'a str>,
    /// The pointer of each `$anchor`, by name.
    anchors: BTreeMap<&'a str, String>,
}

/// Parses the JSON of a schema.
pub(super) fn parse(text: &str) -> Result<Json, Problem> {
    if text.len() > LARGEST {
        let message = format!("the schema has {} bytes, the limit is {LARGEST}", text.len());
        return Err(Problem::new(
            "",
            message,
            "remove descriptions and examples, or parts that the pipeline does not need to check",
        ));
    }
    parse_up_to(text, DEEPEST).map_err(|refused| {
        let message = format!("the schema cannot be read exactly: {}", refused.message);
        Problem::new("", message, "write JSON with unique keys and with numbers that DynamoDB can hold")
    })
}

impl<'a> Document<'a> {
    /// Finds the draft and the anchors of a schema.
    ///
    /// # Errors
    /// Its draft is not supported, or a name occurs twice.
    pub fn of(root: &'a Json) -> Result<Self, Problem> {
        let mut document = Self { root, draft: draft(root)?, id: None, anchors: BTreeMap::new() };
        if let Json::Map(entries) = root {
            document.id = entries.get("$id").and_then(Json::as_text).map(|id| id.trim_end_matches('#'));
        }
        document.find_anchors(root, String::new())?;
        Ok(document)
    }

    /// Finds anchors anywhere in the document; a constant that looks like an anchor is never referred to.
    fn find_anchors(&mut self, json: &'a Json, pointer: String) -> Result<(), Problem> {
        match json {
            Json::Map(entries) => {
                if let Some(Json::Text(name)) = entries.get("$anchor")
                    && self.anchors.insert(name, pointer.clone()).is_some()
                {
                    let message = format!("the schema has two `$anchor: {}`", clipped(name));
                    return Err(Problem::new(&below(&pointer, "$anchor"), message, "rename one of them"));
                }
                entries.iter().try_for_each(|(key, value)| self.find_anchors(value, below(&pointer, key)))
            }
            Json::List(items) => {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, value)| self.find_anchors(value, format!("{pointer}/{index}")))
            }
            _ => Ok(()),
        }
    }

    /// The target of a reference at `pointer`: its pointer, and the schema.
    ///
    /// # Errors
    /// It leads out of the document, or to nothing.
    pub fn referred(&self, reference: &str, pointer: &str) -> Result<(String, &'a Json), Problem> {
        let shown = clipped(reference);
        let refuse = |message: String, help: &str| Err(Problem::new(pointer, message, help));
        let fragment = match reference.split_once('#') {
            Some(("", fragment)) => fragment,
            Some((address, fragment)) if Some(address) == self.id => fragment,
            _ => {
                let message = format!(
                    "`$ref: {shown}` refers to something outside the schema, which the processor does not read"
                );
                return refuse(message, INSIDE);
            }
        };
        let missing = || {
            let message = format!("`$ref: {shown}` refers to nothing in the schema");
            Problem::new(pointer, message, "correct the reference, or add what it refers to under `$defs`")
        };
        let target = if fragment.is_empty() || fragment.starts_with('/') {
            percent_decoded(fragment).ok_or_else(missing)?
        } else {
            self.anchors.get(fragment).cloned().ok_or_else(missing)?
        };
        let found = at(self.root, &target).ok_or_else(missing)?;
        Ok((target, found))
    }
}

fn draft(root: &Json) -> Result<Draft, Problem> {
    let Json::Map(entries) = root else { return Ok(Draft::Twenty) };
    let named = match entries.get("$schema") {
        None => return Ok(Draft::Twenty),
        Some(Json::Text(named)) => named.as_str(),
        Some(other) => {
            let message = format!("`$schema` is {}, not a string", other.kind());
            return Err(Problem::new(
                "/$schema",
                message,
                "write `\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"`",
            ));
        }
    };
    let address = named.trim_end_matches('#').trim_start_matches("https://").trim_start_matches("http://");
    match address {
        "json-schema.org/draft/2020-12/schema" => Ok(Draft::Twenty),
        "json-schema.org/draft/2019-09/schema" => Ok(Draft::Nineteen),
        "json-schema.org/draft-07/schema" | "json-schema.org/draft-06/schema" => Ok(Draft::Seven),
        _ => Err(Problem::new(
            "/$schema",
            format!("`$schema` is `{}`, a draft that is not supported", clipped(named)),
            "write the schema in draft 2020-12, 2019-09, 7 or 6",
        )),
    }
}

/// The value with this JSON pointer.
pub(super) fn at<'a>(root: &'a Json, pointer: &str) -> Option<&'a Json> {
    pointer.split('/').skip(1).try_fold(root, |value, segment| match value {
        Json::Map(entries) => entries.get(&unescaped(segment)),
        Json::List(items) => items.get(segment.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The decoded fragment of a URI, which may contain escapes such as `%22`.
fn percent_decoded(fragment: &str) -> Option<String> {
    let mut pieces = fragment.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend(piece.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
