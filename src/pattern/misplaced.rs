//! Operators in the wrong place.

use serde_json::{Map, Value};

use super::{operator, text};

/// Names that the engine reserves under `$or`.
pub(super) const RESERVED: [&str; 25] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "html",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

/// A map that was meant as operators, as the list it must be in. `weight: {numeric: [">", 5]}` is valid as a field called
/// `numeric`, but nobody means that.
pub(super) fn operators(map: &Map<String, Value>) -> Option<String> {
    if map.is_empty() || !map.iter().all(|(name, value)| is_operator(name, value)) {
        return None;
    }
    let items = map.iter().map(|(name, value)| serde_json::json!({ name: value })).collect();
    Some(text::brief(&Value::Array(items).to_string()))
}

fn is_operator(name: &str, value: &Value) -> bool {
    let known = |name: &str| operator::NAMES.contains(&name);
    let is_meaningful = match value {
        Value::Object(inner) => inner.iter().all(|(name, value)| known(name) && value.is_string()),
        Value::Array(list) => {
            let sign = list.first().and_then(Value::as_str);
            name == "numeric" && matches!(sign, Some("=" | "<" | "<=" | ">" | ">="))
        }
        _ => true,
    };
    known(name) && is_meaningful
}
