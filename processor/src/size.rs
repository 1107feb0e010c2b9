//! The size of an item as DynamoDB counts it.

use std::collections::BTreeMap;

use crate::json::Json;

/// DynamoDB's item limit in bytes, names included.
pub const LARGEST_ITEM: usize = 409_600;

/// The size of an item in bytes by DynamoDB's published rules: names and strings in UTF-8, one byte for null and
/// booleans, a number one byte per two significant digits and one more, a list or an object three bytes and one per
/// element. DynamoDB calls the rule for numbers approximate; it may still refuse an item as too large
/// ([`crate::reason::Reason::RowRefused`]).
#[must_use]
pub fn item_bytes(attributes: &BTreeMap<String, Json>) -> usize {
    attributes.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &Json) -> usize {
    match value {
        Json::Null | Json::Bool(_) => 1,
        Json::Number(number) => {
            let sign = usize::from(number.as_str().starts_with('-'));
            number.significant_digits().div_ceil(2) + 1 + sign
        }
        Json::Text(text) => text.len(),
        Json::List(values) => 3 + values.iter().map(|value| 1 + value_bytes(value)).sum::<usize>(),
        Json::Map(entries) => {
            3 + entries.iter().map(|(key, value)| 1 + key.len() + value_bytes(value)).sum::<usize>()
        }
    }
}
