//! What a change breaks for readers of the rows: attributes, types and keys that they rely on.

use std::collections::{BTreeMap, BTreeSet};

use processor::config::Config;
use processor::mapping::Mapping;
use processor::queued_at::{QUEUED_AT, is_ours};
use processor::row::EVENT_EXTRA;
use processor::shape::{Attribute, shape};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Change, FUNCTION, risk};
use crate::render::config_of;

/// A change of the rows' shape that breaks the contract with their readers. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowBreak {
    pub attribute: String,
    pub change: Broken,
    /// The attribute's name, DynamoDB types or key before, and after; null if there is none.
    pub before: Value,
    pub after: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// The attribute is not written any more.
    Removed,
    /// The value is written under another name.
    Renamed,
    /// The attribute can have another type.
    Type,
    /// The attribute is no longer an instant in one spelling.
    Instant,
    /// A row may lack the attribute.
    Optional,
    /// A key of the table is another attribute.
    Key,
    /// A field of the detail is removed from `event_extra`, because an attribute stores a part of it.
    Moved,
}

impl RowBreak {
    fn new(attribute: &str, change: Broken, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { attribute: attribute.to_owned(), change, before: before.into(), after: after.into() }
    }

    /// The break as a short text.
    #[must_use]
    pub fn words(&self) -> String {
        let name = &self.attribute;
        let text = |value: &Value| match value {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
            value => value.as_str().map_or_else(|| "none".to_owned(), |name| format!("`{name}`")),
        };
        let (before, after) = (text(&self.before), text(&self.after));
        match self.change {
            Broken::Removed => format!("`{name}` is no longer written"),
            Broken::Renamed => format!("`{name}` is now {after}"),
            Broken::Type => format!("`{name}` was {before} and is {after}"),
            Broken::Instant => format!("`{name}` is no longer an instant of fixed width"),
            Broken::Optional => format!("`{name}` may be absent"),
            Broken::Key => format!("the {name} was {before} and is {after}"),
            Broken::Moved => format!("`{name}` no longer has {before}"),
        }
    }
}

/// The breaks between two templates, set at the change of the function that writes the rows.
pub(super) fn mark(changes: &mut [Change], deployed: &Value, desired: &Value) -> Vec<RowBreak> {
    let (Some(before), Some(after)) = (config_of(deployed), config_of(desired)) else { return Vec::new() };
    let breaks = breaks(&before, &after);
    let function = changes.iter_mut().find(|change| change.logical_id == FUNCTION);
    if let Some(change) = function.filter(|_| !breaks.is_empty()) {
        let words: Vec<String> = breaks.iter().map(RowBreak::words).collect();
        change.readers.push(format!("breaks the contract with readers of the rows: {}", words.join(", ")));
        risk::assess(change);
    }
    breaks
}

fn breaks(before: &Config, after: &Config) -> Vec<RowBreak> {
    let mut found = keys(&before.event, &after.event);
    let new = shape(after);
    let new: BTreeMap<&str, &Attribute> = new.iter().map(|one| (one.name.as_str(), one)).collect();
    let names = |types: &Attribute| json!(types.types.iter().map(|one| one.as_str()).collect::<Vec<_>>());
    // The one name that may belong to the mapping or to the processor.
    let changes_hands = is_ours(&before.event) != is_ours(&after.event);
    for old in shape(before) {
        let name = old.name.as_str();
        let Some(new) = new.get(name).filter(|_| !changes_hands || name != QUEUED_AT) else {
            found.push(match renamed(&before.event, &after.event, name) {
                Some(new) => RowBreak::new(name, Broken::Renamed, name, new),
                None => RowBreak::new(name, Broken::Removed, name, Value::Null),
            });
            continue;
        };
        // A reader of several types handles each one of them.
        if !new.types.iter().all(|one| old.types.contains(one)) {
            found.push(RowBreak::new(name, Broken::Type, names(&old), names(new)));
        } else if old.is_instant && !new.is_instant {
            found.push(RowBreak::new(name, Broken::Instant, names(&old), names(new)));
        }
        if old.is_required && !new.is_required {
            found.push(RowBreak::new(name, Broken::Optional, Value::Null, Value::Null));
        }
    }
    found.extend(moved(&before.event, &after.event));
    found
}

fn keys(before: &Mapping, after: &Mapping) -> Vec<RowBreak> {
    let sort_key = |mapping: &Mapping| {
        mapping.sort_key.as_ref().map_or(Value::Null, |field| field.attribute.as_str().into())
    };
    let partition_key = |mapping: &Mapping| Value::from(mapping.partition_key.attribute.as_str());
    let both = [
        ("partition key", partition_key(before), partition_key(after)),
        ("sort key", sort_key(before), sort_key(after)),
    ];
    let changed = both.into_iter().filter(|(_, before, after)| before != after);
    changed.map(|(name, before, after)| RowBreak::new(name, Broken::Key, before, after)).collect()
}

/// The new attribute that has the value of an old one.
fn renamed<'a>(before: &Mapping, after: &'a Mapping, name: &str) -> Option<&'a str> {
    let (_, old) = before.attributes().find(|(_, field)| field.attribute == name)?;
    let is_new = |name: &str| before.attributes().all(|(_, field)| field.attribute != name);
    let mut same = after.attributes().map(|(_, field)| field).filter(|field| field.from == old.from);
    same.find(|field| is_new(&field.attribute)).map(|field| field.attribute.as_str())
}

/// The fields of the detail that were in `event_extra` and no longer are.
fn moved(before: &Mapping, after: &Mapping) -> Vec<RowBreak> {
    if before.data.is_none() || after.data.is_none() {
        return Vec::new();
    }
    let stored = |mapping: &Mapping| -> BTreeSet<Option<String>> {
        let paths =
            mapping.attributes().flat_map(|(_, field)| &field.from).filter(|path| path.is_of_detail());
        paths.map(|path| path.field().map(str::to_owned)).collect()
    };
    let (old, new) = (stored(before), stored(after));
    // If the whole detail is stored, nothing remains.
    if old.contains(&None) {
        return Vec::new();
    }
    if new.contains(&None) {
        return vec![RowBreak::new(EVENT_EXTRA, Broken::Removed, EVENT_EXTRA, Value::Null)];
    }
    let fields = new.difference(&old).flatten();
    fields.map(|field| RowBreak::new(EVENT_EXTRA, Broken::Moved, field.as_str(), Value::Null)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::{Action, Risk};

    const BEFORE: &str = r#"{"sort_key": {"attribute": "at", "from": ["$.time"], "format": "timestamp"},
        "attributes": [{"attribute": "customer", "from": ["$.detail.customer.id"]}, {"attribute": "total", "from": ["$.detail.total"], "format": "number"}]}"#;

    fn template(event: &Value) -> Value {
        let config = json!({"version": 2, "event": event}).to_string();
        json!({"Resources": {FUNCTION: {"Properties": {"Environment": {"Variables": {"PIPELINE_CONFIG": config}}}}}})
    }

    /// A change, and its texts.
    type Case<'a> = (&'a dyn Fn(&mut Value), &'a [&'a str]);

    fn breaks_of(change: impl Fn(&mut Value)) -> (Vec<String>, Change) {
        let before: Value = serde_json::from_str(BEFORE).expect("JSON");
        let mut after = before.clone();
        change(&mut after);
        let mut changes = vec![Change::new(Action::Modify, FUNCTION, "AWS::Lambda::Function")];
        let breaks = mark(&mut changes, &template(&before), &template(&after));
        (breaks.iter().map(RowBreak::words).collect(), changes.remove(0))
    }

    #[test]
    fn what_readers_rely_on_is_named_where_it_is_removed() {
        let cases: [Case<'_>; 9] = [
            (&|_| {}, &[]),
            // Another attribute removes its field from `event_extra`.
            (
                &|event| {
                    event["attributes"]
                        .as_array_mut()
                        .expect("a list")
                        .push(json!({"attribute": "n", "from": ["$.detail.note"]}));
                },
                &["`event_extra` no longer has `note`"],
            ),
            (
                &|event| drop(event["attributes"].as_array_mut().expect("a list").pop()),
                &["`total` is no longer written"],
            ),
            (
                &|event| event["attributes"][0]["attribute"] = "customer_id".into(),
                &["`customer` is now `customer_id`"],
            ),
            (&|event| event["attributes"][1]["format"] = "text".into(), &["`total` was N and is S"]),
            // One of the types that readers handle.
            (&|event| event["attributes"][0]["format"] = "text".into(), &[]),
            (
                &|event| event["sort_key"]["format"] = "text".into(),
                &["`at` is no longer an instant of fixed width"],
            ),
            (
                &|event| event["sort_key"]["attribute"] = "placed_at".into(),
                &["the sort key was `at` and is `placed_at`", "`at` is now `placed_at`"],
            ),
            (&|event| event["type"] = json!(null), &["`event_type` is no longer written"]),
        ];
        for (change, words) in cases {
            let (found, change) = breaks_of(change);
            assert_eq!(found, words);
            assert_eq!(change.risk == Risk::Interruption, !words.is_empty(), "{words:?}");
            assert!(words.iter().all(|words| change.why.contains(words)), "{}", change.why);
        }
    }

    /// The mapping may have it; otherwise the processor has.
    #[test]
    fn a_name_that_changes_hands_is_not_the_same_attribute() {
        let own = json!({"attribute": "queued_at", "from": ["$.detail.queued_at"], "format": "timestamp"});
        let add = |event: &mut Value| event["attributes"].as_array_mut().expect("a list").push(own.clone());
        assert!(breaks_of(add).0.contains(&"`queued_at` is no longer written".to_owned()));
        let before = || {
            let mut event: Value = serde_json::from_str(BEFORE).expect("JSON");
            add(&mut event);
            event
        };
        let mut changes = vec![Change::new(Action::Modify, FUNCTION, "AWS::Lambda::Function")];
        let after: Value = serde_json::from_str(BEFORE).expect("JSON");
        let breaks = mark(&mut changes, &template(&before()), &template(&after));
        assert_eq!(
            breaks.iter().map(RowBreak::words).collect::<Vec<_>>(),
            ["`queued_at` is no longer written"]
        );
    }

    #[test]
    fn what_may_be_absent_and_what_was_stored_whole_are_breaks_too() {
        let (words, _) = breaks_of(|event| {
            event["type"] = json!(null);
            event["attributes"]
                .as_array_mut()
                .expect("a list")
                .push(json!({"attribute": "event_type", "from": ["$.detail.event_type"], "format": "text"}));
            event["data"] = json!({"attribute": "event_data", "from": ["$.detail"]});
        });
        assert_eq!(words, ["`event_type` may be absent", "`event_extra` is no longer written"]);
    }
}
