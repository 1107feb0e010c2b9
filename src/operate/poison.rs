//! Events that the processor rejects, of several kinds, to check that each becomes a dead letter.

use processor::mapping::Mapping;
use processor::path::{DETAIL, Path, Step};
use serde_json::{Map, Value, json};

use super::api::BusEvent;

/// The number of kinds. The processor's own decision gives the reason of each, if it rejects it.
pub const POISONS: usize = 6;
/// Levels of lists, more than DynamoDB takes.
const TOO_DEEP: usize = 40;

/// Makes an event invalid in one of the ways; `token` distinguishes two of one kind.
#[must_use]
pub fn poisoned(event: &BusEvent, mapping: &Mapping, kind: usize, token: &str) -> BusEvent {
    let mut detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
    if let Value::Object(detail) = &mut detail {
        detail.insert("pipectl_poison".to_owned(), json!(token));
    }
    let key = mapping.partition_key.from.first();
    let sort = mapping.sort_key.as_ref().and_then(|field| field.from.first());
    match kind {
        0 => change(&mut detail, key, None),
        1 => change(&mut detail, sort, Some(json!("not a time"))),
        2 => change(&mut detail, key, Some(json!({"not": "a key"}))),
        3 => change(&mut detail, key, Some(json!(" "))),
        4 => change(&mut detail, key, Some(json!("k".repeat(3_000)))),
        _ => {
            let deep = (0..TOO_DEEP).fold(json!(token), |inner, _| json!([inner]));
            if let Value::Object(detail) = &mut detail {
                detail.insert("pipectl_poison".to_owned(), deep);
            }
        }
    }
    BusEvent { detail: detail.to_string(), ..event.clone() }
}

/// Sets or removes the value at a path of names in the detail.
fn change(detail: &mut Value, path: Option<&Path>, value: Option<Value>) {
    let Some([Step::Name(root), steps @ ..]) = path.map(Path::steps) else { return };
    let Some((Step::Name(last), before)) = steps.split_last() else { return };
    let names = before.iter().map(|step| match step {
        Step::Name(name) => Some(name),
        _ => None,
    });
    let mut location: Option<&mut Map<String, Value>> = detail.as_object_mut().filter(|_| root == DETAIL);
    for name in names {
        location = name.and_then(|name| location?.get_mut(name.as_str())?.as_object_mut());
    }
    let Some(location) = location else { return };
    match value {
        Some(value) => drop(location.insert(last.clone(), value)),
        None => drop(location.remove(last)),
    }
}
