//! The content of a spec's samples, as patterns see it.

use serde_json::{Map, Value};

use super::document::Document;

/// The maps at a path of fields; for a list, each item, as patterns match them.
pub(super) fn maps_at<'a>(event: &'a Map<String, Value>, fields: &[String]) -> Vec<&'a Map<String, Value>> {
    let mut maps = vec![event];
    for field in fields {
        let values = maps.into_iter().filter_map(|map| map.get(field)).flat_map(items_of);
        maps = values.filter_map(Value::as_object).collect();
    }
    maps
}

/// The values at a path of fields; for a list, each item.
pub(super) fn values_at<'a>(event: &'a Map<String, Value>, fields: &[String]) -> Vec<&'a Value> {
    let Some((last, above)) = fields.split_last() else { return Vec::new() };
    maps_at(event, above).into_iter().filter_map(|map| map.get(last)).flat_map(items_of).collect()
}

fn items_of(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        value => vec![value],
    }
}

/// The value, or the first item of a list.
pub(super) fn first_of(value: &Value) -> &Value {
    value.as_array().and_then(|items| items.first()).unwrap_or(value)
}

/// The samples that must match and the events of tests; without any, the samples to ignore.
pub(super) fn events(document: &Document) -> Vec<&Map<String, Value>> {
    let Some(tree) = document.tree() else { return Vec::new() };
    let samples = |expected: bool| {
        let samples = tree.samples().iter().filter(move |sample| sample.expected == expected);
        samples.filter_map(|sample| sample.event.as_ref().ok()).map(|event| &event.fields)
    };
    let tested = tree.test_events().iter().filter_map(|test| test.event.as_ref().ok());
    let wanted: Vec<_> = samples(true).chain(tested.map(|event| &event.fields)).collect();
    if wanted.is_empty() { samples(false).collect() } else { wanted }
}

/// A value, shortened for a sentence.
pub(super) fn brief(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut characters = text.chars();
    let begin: String = characters.by_ref().take(39).collect();
    if characters.next().is_some() { format!("{begin}…") } else { begin }
}
