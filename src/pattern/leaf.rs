//! One field of a pattern with its alternatives.

use serde_json::Value;

use super::Mistake;
use super::cidr;
use super::complexity::Group;
use super::envelope::{self, Kind};
use super::operator::{self, Asked, Matcher};
use super::text::{self, step};
use super::wildcard::Wildcard;

/// A field of the pattern and its alternatives.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// The names from the event's root, joined with dots; the engine identifies fields by it and visits them in its
    /// order.
    pub(super) dotted: String,
    /// The pattern's value there, as JSON.
    pub(super) source_text: String,
    matchers: Vec<Matcher>,
    /// `{"exists": false}` is among the alternatives.
    pub(super) may_be_absent: bool,
}

impl Leaf {
    /// Whether one scalar of an event matches.
    pub(super) fn accepts(&self, scalar: &Value) -> bool {
        self.matchers.iter().any(|matcher| matcher.accepts(scalar))
    }

    /// The wildcards of its alternatives.
    pub(super) fn wildcards(&self) -> impl Iterator<Item = Group<'_>> {
        self.matchers.iter().filter_map(|matcher| {
            let (negated, alternatives) = match matcher {
                Matcher::AnythingBut(excluded) => (true, excluded.as_slice()),
                matcher => (false, std::slice::from_ref(matcher)),
            };
            let wildcards: Vec<&Wildcard> = alternatives.iter().filter_map(Matcher::wildcard).collect();
            (!wildcards.is_empty()).then_some(Group { negated, wildcards })
        })
    }
}

/// Whether a list only requires that the field is absent.
pub(super) fn wants_absence(value: &Value) -> bool {
    let absent = |item: &Value| item.get("exists") == Some(&Value::Bool(false));
    value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(absent))
}

/// Parses a field's list; `kind` is the type of the envelope's field; `None` inside `detail`.
pub(super) fn parse(
    path: &[String],
    list: &[Value],
    kind: Option<Kind>,
    pointer: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<Leaf> {
    let before = mistakes.len();
    let name = path.last().map(String::as_str).unwrap_or_default();
    if list.is_empty() {
        let help = "write the values to match, or `[{\"exists\": true}]` for any".to_owned();
        let message = format!("the list of `{name}` is empty and matches nothing");
        mistakes.push(Mistake { pointer: pointer.to_owned(), on_key: false, message, help });
    }
    let mut matchers = Vec::new();
    let mut may_be_absent = false;
    for (index, item) in list.iter().enumerate() {
        let at = step(pointer, &index.to_string());
        if kind.is_some_and(|kind| never_text(name, kind, item, &at, mistakes)) {
            continue;
        }
        match alternative(item, &at, mistakes) {
            Some(Asked::Matcher(matcher)) => matchers.push(matcher),
            Some(Asked::Absence) => may_be_absent = true,
            None => {}
        }
    }
    let dotted = path.join(".");
    let source_text = Value::Array(list.to_vec()).to_string();
    (mistakes.len() == before).then_some(Leaf { dotted, source_text, matchers, may_be_absent })
}

fn alternative(item: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Asked> {
    let matcher = match item {
        Value::Object(object) => return operator::parse(object, pointer, mistakes),
        Value::String(text) => match cidr::address(text) {
            Some(address) => Matcher::Address(address),
            None => Matcher::Text(text.clone()),
        },
        Value::Number(number) => Matcher::Number(number.clone()),
        Value::Bool(_) | Value::Null => Matcher::Word(item.clone()),
        Value::Array(_) => {
            let message = "a list inside a field's list matches nothing".to_owned();
            let help = "remove the inner brackets".to_owned();
            mistakes.push(Mistake { pointer: pointer.to_owned(), on_key: false, message, help });
            return None;
        }
    };
    Some(Asked::Matcher(matcher))
}

/// Reports an alternative that no string of the envelope's field `name` can match.
fn never_text(name: &str, kind: Kind, item: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> bool {
    let mut add_mistake = |pointer: String, on_key: bool, message: String, help: String| {
        mistakes.push(Mistake { pointer, on_key, message, help });
        true
    };
    let noun = if kind == Kind::Texts { "a list of strings" } else { "a string" };
    let operand = |operator: &str| item.as_object().filter(|map| map.len() == 1)?.get(operator);
    match item {
        Value::Number(_) | Value::Bool(_) => {
            let message = format!("`{name}` is {noun} in every event, so `{item}` never matches");
            add_mistake(pointer.to_owned(), false, message, format!("write `\"{item}\"`"))
        }
        Value::Null => {
            let message = format!("`{name}` is {noun} in every event, so `null` never matches");
            add_mistake(pointer.to_owned(), false, message, "remove it".to_owned())
        }
        Value::String(text) => too_long(name, text, pointer, mistakes),
        _ if operand("numeric").is_some() => {
            let message = format!("`{name}` is {noun} in every event, so `numeric` never matches");
            let help = "write the value as a string, or use `prefix` or `wildcard`".to_owned();
            add_mistake(step(pointer, "numeric"), true, message, help)
        }
        _ => match operand("anything-but") {
            Some(number @ Value::Number(_)) => {
                let message = format!("`{name}` is {noun} in every event, so this excludes nothing");
                add_mistake(step(pointer, "anything-but"), false, message, format!("write `\"{number}\"`"))
            }
            Some(Value::Array(list)) if !list.is_empty() && list.iter().all(Value::is_number) => {
                let quoted: Vec<String> = list.iter().map(|number| format!("\"{number}\"")).collect();
                let message = format!("`{name}` is {noun} in every event, so this excludes nothing");
                let help = format!("write `[{}]`", text::brief(&quoted.join(", ")));
                add_mistake(step(pointer, "anything-but"), false, message, help)
            }
            _ => match operand("prefix").and_then(Value::as_str) {
                Some(text) => too_long(name, text, &step(pointer, "prefix"), mistakes),
                None => false,
            },
        },
    }
}

fn too_long(name: &str, text: &str, pointer: &str, mistakes: &mut Vec<Mistake>) -> bool {
    let length = text.chars().count();
    let Some(longest) = envelope::longest(name).filter(|longest| length > *longest) else { return false };
    let message = format!("`{name}` has at most {longest} characters in an event, and this has {length}");
    let help = format!("shorten it to {longest} characters, or remove it");
    mistakes.push(Mistake { pointer: pointer.to_owned(), on_key: false, message, help });
    true
}
