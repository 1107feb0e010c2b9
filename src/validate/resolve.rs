//! Every value of a spec with its origin, defaults included.

use processor::json::Json;
use processor::number::Number;
use processor::pointer::below;
use serde_json::Value;
use serde_yaml::{Mapping, Value as Ordered};

use crate::diagnostic::Location;
use crate::source::SpecTree;
use crate::spec::{Alarm, Spec};

/// The field whose numbers are compared as written.
const TESTS: &str = "/tests";

/// A value of the merged spec, and its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// JSON pointer.
    pub path: String,
    /// `None` for a section, whose own values follow; null for an absent value.
    pub value: Option<Json>,
    /// `None` for a default, which no file sets.
    pub location: Option<Location>,
    /// The location that removes a base's value.
    pub unset_by: Option<Location>,
}

/// Every value of the merged spec in the order of the documentation, sections before their contents, including defaults.
#[must_use]
pub fn resolve(tree: &SpecTree, spec: &Spec) -> Vec<Resolved> {
    let mut spec = spec.clone();
    spec.extends = None;
    // These follow from other fields if they are left out.
    spec.processor.batch.max_concurrency = spec.max_concurrency().map(|sized| sized.value);
    let shards = spec.shards().value;
    spec.table.status_index.set_shards(shards);
    let depth = spec.queue_depth_threshold();
    if let Alarm::On(alarm) = &mut spec.alarms.queue_depth {
        alarm.threshold = depth.map(|sized| sized.value);
    }
    spec.queue.visibility_timeout_seconds = Some(spec.queue.visibility_timeout(&spec.processor));
    spec.table.deletion_protection = Some(spec.table.deletion_protection.unwrap_or(spec.deploy.production));
    let mut found = Vec::new();
    // JSON's maps are sorted by name, YAML's are in the order of the types.
    if let Ok(Ordered::Mapping(map)) = serde_yaml::to_value(&spec) {
        walk(tree, &map, "", &mut found);
    }
    for one in tree.unset() {
        take_away(&one.pointer, one.by, &mut found);
    }
    found
}

/// Marks the removal of a base's value: at its default, or on a line of its own at the end of its section.
fn take_away(pointer: &str, by: Location, found: &mut Vec<Resolved>) {
    if let Some(default) = found.iter_mut().find(|resolved| resolved.path == pointer) {
        default.unset_by = Some(by);
        return;
    }
    let section = pointer.rsplit_once('/').map_or("", |(section, _)| section);
    let below = |resolved: &Resolved| {
        resolved
            .path
            .strip_prefix(section)
            .is_some_and(|remainder| remainder.is_empty() || remainder.starts_with('/'))
    };
    let index = found.iter().rposition(below).map_or(found.len(), |last| last + 1);
    let path = pointer.to_owned();
    found.insert(index, Resolved { path, value: Some(Json::Null), location: None, unset_by: Some(by) });
}

fn walk(tree: &SpecTree, map: &Mapping, path: &str, found: &mut Vec<Resolved>) {
    for (key, value) in map {
        let path = below(path, key.as_str().unwrap_or_default());
        let location = tree.has(&path).then(|| tree.value_location(&path));
        if let Ordered::Mapping(inner) = value {
            let before = found.len();
            found.push(Resolved { path: path.clone(), value: None, location, unset_by: None });
            walk(tree, inner, &path, found);
            if found.len() == before + 1 {
                found.pop();
            }
        } else {
            // An expected value of a row has up to 38 digits, which a double cannot hold.
            let value = match tree.exact(&path).filter(|_| path == TESTS) {
                Some(Ok(exact)) => exact,
                _ => exact_json(&serde_json::to_value(value).unwrap_or_default()),
            };
            found.push(Resolved { path, value: Some(value), location, unset_by: None });
        }
    }
}

/// A value with doubles or integers, converted to one with exact numbers.
#[must_use]
pub fn exact_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        // Only numbers that no row can store have no other form.
        Value::Number(number) => {
            let text = number.to_string();
            Number::stored(&text).map_or(Json::Text(text), Json::Number)
        }
        Value::String(text) => Json::Text(text.clone()),
        Value::Array(values) => Json::List(values.iter().map(exact_json).collect()),
        Value::Object(map) => {
            Json::Map(map.iter().map(|(key, value)| (key.clone(), exact_json(value))).collect())
        }
    }
}
