//! Limits on a schema, and the references within it.

use std::collections::BTreeMap;

use super::Problem;
use super::pattern::clipped;
use crate::json::Json;
use crate::parse::parse_up_to;
use crate::pointer::{below, unescaped};

/// The most bytes of a schema: the template of the stack holds it, and a cold start compiles it.
pub const LARGEST: usize = 262_144;
/// Levels of objects and lists in a schema.
const DEEPEST: usize = 128;
/// What a reference leads to is in the document.
const INSIDE: &str = "copy what it refers to under `$defs`, and write `#/$defs/NAME`";

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Draft {
    /// Draft 6 and 7: siblings of `$ref` mean nothing.
    Seven,
    /// Draft 2019-09.
    Nineteen,
    /// Draft 2020-12: lists of `items` are `prefixItems`.
    Twenty,
}

/// A schema's JSON, and what its references name.
pub struct Document<'a> {
    /// The schema as it is written.
    pub root: &'a Json,
    /// The version of JSON Schema it names.
    pub draft: Draft,
    /// Its own address.
    id: Option<&'a str>,
    /// By name: the pointer of what `$anchor` names.
    anchors: BTreeMap<&'a str, String>,
}

/// Reads the JSON of a schema.
pub(super) fn parse(text: &str) -> Result<Json, Problem> {
    if text.len() > LARGEST {
        let message = format!("the schema has {} bytes, the most is {LARGEST}", text.len());
        return Err(Problem::new(
            "",
            message,
            "leave out descriptions and examples, or what pipelines need not check",
        ));
    }
    parse_up_to(text, DEEPEST).map_err(|refused| {
        let message = format!("the schema cannot be read exactly: {}", refused.message);
        Problem::new("", message, "write JSON with unique keys and with numbers that DynamoDB can hold")
    })
}

impl<'a> Document<'a> {
    /// Looks up what the schema names.
    ///
    /// # Errors
    /// Its draft is not supported, or a name is given twice.
    pub fn of(root: &'a Json) -> Result<Self, Problem> {
        let mut document = Self { root, draft: draft(root)?, id: None, anchors: BTreeMap::new() };
        if let Json::Map(entries) = root {
            document.id = entries.get("$id").and_then(Json::as_text).map(|id| id.trim_end_matches('#'));
        }
        document.find_anchors(root, String::new())?;
        Ok(document)
    }

    /// Names anywhere in the document; a constant that looks like one is never referred to.
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

    /// What a reference at `pointer` leads to: its pointer, and the schema.
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
                let message =
                    format!("`$ref: {shown}` leads out of the schema, and the processor reads nothing else");
                return refuse(message, INSIDE);
            }
        };
        let missing = || {
            let message = format!("`$ref: {shown}` leads to nothing in the schema");
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

/// A fragment of an address, which may spell characters as `%22`.
fn percent_decoded(fragment: &str) -> Option<String> {
    let mut pieces = fragment.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend(piece.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
