//! One alternative of a field: a plain value or an operator.

use std::net::IpAddr;

use serde_json::{Map, Number, Value};

use super::cidr::{self, Network};
use super::numeric::{self, Range};
use super::text::{self, step};
use super::wildcard::{self, Wildcard};
use super::{Mistake, anything_but, suggest};

pub(super) const NAMES: [&str; 8] =
    ["prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists"];

/// One alternative of a field's list.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    Text(String),
    /// A text that is an IP address: the engine matches every spelling of it.
    Address(IpAddr),
    Number(Number),
    /// `true`, `false` or `null`.
    Word(Value),
    Prefix(String),
    PrefixIgnoreCase(String),
    Suffix(String),
    SuffixIgnoreCase(String),
    EqualsIgnoreCase(String),
    Wildcard(Wildcard),
    Numeric(Range),
    Cidr(Network),
    Exists,
    /// Matches what none of these matches, of any type.
    AnythingBut(Vec<Matcher>),
}

impl Matcher {
    pub(super) fn wildcard(&self) -> Option<&Wildcard> {
        match self {
            Matcher::Wildcard(wildcard) => Some(wildcard),
            _ => None,
        }
    }

    /// Whether one scalar of an event matches.
    pub(super) fn accepts(&self, scalar: &Value) -> bool {
        let of_text = |accepts: &dyn Fn(&str) -> bool| scalar.as_str().is_some_and(accepts);
        match self {
            Matcher::Text(wanted) => of_text(&|text| text == wanted),
            Matcher::Address(wanted) => {
                of_text(&|text| cidr::address(text).is_some_and(|found| found == *wanted))
            }
            Matcher::Number(wanted) => scalar.as_number().is_some_and(|found| same_number(wanted, found)),
            Matcher::Word(wanted) => scalar == wanted,
            Matcher::Prefix(wanted) => of_text(&|text| text.starts_with(wanted.as_str())),
            Matcher::PrefixIgnoreCase(wanted) => of_text(&|text| text::starts_ignore_case(wanted, text)),
            Matcher::Suffix(wanted) => of_text(&|text| text.ends_with(wanted.as_str())),
            Matcher::SuffixIgnoreCase(wanted) => of_text(&|text| text::ends_ignore_case(wanted, text)),
            Matcher::EqualsIgnoreCase(wanted) => of_text(&|text| text::equals_ignore_case(wanted, text)),
            Matcher::Wildcard(wanted) => of_text(&|text| wanted.matches(text)),
            Matcher::Numeric(range) => scalar.as_number().is_some_and(|found| range.contains(found)),
            Matcher::Cidr(network) => of_text(&|text| network.contains(text)),
            Matcher::Exists => true,
            Matcher::AnythingBut(excluded) => !excluded.iter().any(|matcher| matcher.accepts(scalar)),
        }
    }
}

/// Numbers that a float cannot represent are equal if they are written alike.
fn same_number(wanted: &Number, found: &Number) -> bool {
    match (numeric::comparable(wanted), numeric::comparable(found)) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => wanted == found,
    }
}

/// The requirement of an operator object.
pub(super) enum Asked {
    Matcher(Matcher),
    Absence,
}

/// Parses one operator object; if it returns nothing, the mistakes say why.
pub(super) fn parse(
    object: &Map<String, Value>,
    pointer: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<Asked> {
    let (name, value) = only(object, pointer, mistakes)?;
    let at = step(pointer, name);
    let text = |example: &str, mistakes: &mut Vec<Mistake>| text_of(name, value, &at, example, mistakes);
    let matcher = match name {
        "prefix" | "suffix" => affix(name, value, &at, mistakes)?,
        "equals-ignore-case" => Matcher::EqualsIgnoreCase(text("Shipped", mistakes)?),
        "wildcard" => Matcher::Wildcard(wildcard::parse(value, &at, mistakes)?),
        "anything-but" => Matcher::AnythingBut(anything_but::parse(value, &at, mistakes)?),
        "numeric" => Matcher::Numeric(numeric::parse(value, &at, mistakes)?),
        "cidr" => Matcher::Cidr(cidr::parse(value, &at, mistakes)?),
        "exists" => match value {
            Value::Bool(true) => Matcher::Exists,
            Value::Bool(false) => return Some(Asked::Absence),
            other => {
                let message =
                    format!("`exists` takes `true` or `false`, not `{}`", text::brief(&other.to_string()));
                mistakes.push(mistake(at, message, "write `true` or `false`, without quotes".to_owned()));
                return None;
            }
        },
        unknown => {
            mistakes.push(unknown_operator(unknown, at));
            return None;
        }
    };
    Some(Asked::Matcher(matcher))
}

fn mistake(pointer: String, message: String, help: String) -> Mistake {
    Mistake { pointer, on_key: false, message, help }
}

fn unknown_operator(name: &str, pointer: String) -> Mistake {
    let message = format!("`{}` is not an operator", text::brief(name));
    let help = match (name, suggest::operator(name)) {
        // The engine supports it; the service's documentation does not.
        ("exactly" | "equals" | "eq" | "is", _) => "write the value itself, without an object".to_owned(),
        ("or" | "$or", _) => "write `$or` among the field names, with a list of maps".to_owned(),
        (_, Some(suggestion)) => format!("write `{suggestion}`"),
        (_, None) => format!("write one of {}", listed(&NAMES)),
    };
    Mistake { pointer, on_key: true, message, help }
}

pub(super) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The one operator of an object.
pub(super) fn only<'a>(
    object: &'a Map<String, Value>,
    pointer: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<(&'a str, &'a Value)> {
    let mut entries = object.iter();
    let Some((name, value)) = entries.next() else {
        let help = "write an operator, such as `{\"prefix\": \"a\"}`, or remove the braces".to_owned();
        mistakes.push(mistake(pointer.to_owned(), "an empty object matches nothing".to_owned(), help));
        return None;
    };
    if object.len() == 1 {
        return Some((name, value));
    }
    let message = format!("an object has {} operators, but only one is allowed", object.len());
    let split: Vec<String> =
        object.iter().map(|(name, value)| serde_json::json!({ name: value }).to_string()).collect();
    let help = format!("write each as a separate element: `{}`", split.join(", "));
    mistakes.push(mistake(pointer.to_owned(), message, help));
    // A misspelt name would otherwise be reported only after the object is split.
    for (name, _) in object.iter().filter(|(name, _)| !NAMES.contains(&name.as_str())) {
        mistakes.push(unknown_operator(name, step(pointer, name)));
    }
    None
}

pub(super) fn text_of(
    operator: &str,
    value: &Value,
    pointer: &str,
    example: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<String> {
    if let Value::String(text) = value {
        return Some(text.clone());
    }
    let message = format!("`{operator}` takes a string, not `{}`", text::brief(&value.to_string()));
    let help = match value {
        Value::Number(_) | Value::Bool(_) => format!("write `\"{value}\"`"),
        Value::Array(list) if list.len() > 1 => {
            format!("write one `{{\"{operator}\": \"{example}\"}}` for each, as elements of the field's list")
        }
        Value::Array(list) if list.iter().all(Value::is_string) && !list.is_empty() => {
            "remove the brackets".to_owned()
        }
        _ => format!("write a string, such as `\"{example}\"`"),
    };
    mistakes.push(mistake(pointer.to_owned(), message, help));
    None
}

fn affix(name: &str, value: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Matcher> {
    let Value::Object(object) = value else {
        let text = text_of(name, value, pointer, "order-", mistakes)?;
        return Some(if name == "prefix" { Matcher::Prefix(text) } else { Matcher::Suffix(text) });
    };
    let (inner, value) = only(object, pointer, mistakes)?;
    let at = step(pointer, inner);
    if inner != "equals-ignore-case" {
        let message = format!("`{name}` cannot hold `{}`", text::brief(inner));
        let help = "write `equals-ignore-case`, or a string instead of the object".to_owned();
        mistakes.push(Mistake { pointer: at, on_key: true, message, help });
        return None;
    }
    let text = text_of(inner, value, &at, "order-", mistakes)?;
    Some(if name == "prefix" { Matcher::PrefixIgnoreCase(text) } else { Matcher::SuffixIgnoreCase(text) })
}
