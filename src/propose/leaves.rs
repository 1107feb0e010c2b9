//! Values that every event has at one path.

use std::collections::BTreeMap;

use processor::event::Event;
use processor::json::Json;
use processor::path::{Path, Step};

use super::lexicon;
use super::words::words;

/// Levels below `detail` that are searched; a key is never deeper.
const DEEPEST: usize = 8;

/// A value that every event has at one path: a text, a number or a boolean, neither null nor blank.
#[derive(Debug, Clone)]
pub(super) struct Leaf<'a> {
    pub path: Path,
    /// The words of its own name; for an item of a list, those of the list.
    pub words: Vec<String>,
    /// The words of the names around it, below `detail`.
    pub around: Vec<Vec<String>>,
    /// One per given event, in order.
    pub values: Vec<&'a Json>,
}

impl Leaf<'_> {
    /// The last of its words.
    pub(super) fn ending(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// Its words without the last one.
    pub(super) fn nouns(&self) -> &[String] {
        self.words.split_last().map_or(&[], |(_, nouns)| nouns)
    }

    /// The words of the name directly above it.
    pub(super) fn parent(&self) -> &[String] {
        self.around.last().map_or(&[], Vec::as_slice)
    }

    /// The path of the object that contains it.
    pub(super) fn object(&self) -> &[Step] {
        self.path.steps().split_last().map_or(&[], |(_, object)| object)
    }

    /// Whether it lies in an item of a list, or is one.
    pub(super) fn is_in_list(&self) -> bool {
        self.path.steps().iter().any(|step| matches!(step, Step::Item(_)))
    }

    /// Whether it describes the event rather than an object in it: all names around it are those of wrappers and of
    /// metadata.
    pub(super) fn is_of_event(&self) -> bool {
        !self.is_in_list()
            && self.around.iter().all(|around| lexicon::wraps(around) || lexicon::is_meta(around))
    }

    /// Texts unchanged, numbers as their shortest decimal.
    pub(super) fn texts(&self) -> Vec<String> {
        self.values.iter().map(|value| text(value)).collect()
    }
}

/// The value as a key stores it.
pub(super) fn text(value: &Json) -> String {
    match value {
        Json::Text(text) => text.clone(),
        Json::Number(number) => number.decimal().into_owned(),
        other => other.canonical(),
    }
}

/// The values that all events have, by path. Of a list only the first item is read: the number of items differs between
/// events.
pub(super) fn leaves(events: &[Event]) -> Vec<Leaf<'_>> {
    let Some((first, others)) = events.split_first() else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(detail) = first.detail() {
        map(detail, "$['detail']", &[], &mut found);
    }
    found.retain_mut(|leaf| {
        others.iter().all(|event| {
            let value = event.find(&leaf.path).filter(|value| is_scalar(value));
            leaf.values.extend(value);
            value.is_some()
        })
    });
    found
}

fn map<'a>(entries: &'a BTreeMap<String, Json>, at: &str, around: &[Vec<String>], found: &mut Vec<Leaf<'a>>) {
    for (name, value) in entries {
        let path = format!("{at}['{name}']");
        // A few names cannot be written in a path.
        let is_whole = |path: &Path| path.steps().last() == Some(&Step::Name(name.clone()));
        if path.parse::<Path>().is_ok_and(|path| is_whole(&path)) {
            below(value, &path, &words(name), around, found);
        }
    }
}

fn below<'a>(value: &'a Json, at: &str, own: &[String], around: &[Vec<String>], found: &mut Vec<Leaf<'a>>) {
    match value {
        Json::Map(entries) if attribute_value(entries).is_some() => {
            if let Some((kind, value)) = attribute_value(entries) {
                below(value, &format!("{at}['{kind}']"), own, around, found);
            }
        }
        Json::Map(entries) if around.len() < DEEPEST => {
            map(entries, at, &[around, &[own.to_vec()]].concat(), found);
        }
        Json::List(items) => {
            if let Some(first) = items.first() {
                below(first, &format!("{at}[0]"), own, around, found);
            }
        }
        value if is_scalar(value) => {
            if let Ok(path) = at.parse() {
                let leaf = Leaf { path, words: own.to_vec(), around: around.to_vec(), values: vec![value] };
                found.push(leaf);
            }
        }
        _ => {}
    }
}

/// The value in DynamoDB's own JSON, `{"S": "a"}`: its name is that of the object.
fn attribute_value(entries: &BTreeMap<String, Json>) -> Option<(&'static str, &Json)> {
    let kind = ["S", "N"].into_iter().find(|kind| entries.len() == 1 && entries.contains_key(*kind))?;
    entries.get(kind).filter(|value| value.as_text().is_some()).map(|value| (kind, value))
}

fn is_scalar(value: &Json) -> bool {
    match value {
        Json::Text(text) => !text.trim().is_empty(),
        Json::Number(_) | Json::Bool(_) => true,
        Json::Null | Json::List(_) | Json::Map(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::events;
    use super::*;

    #[test]
    fn only_what_every_event_has_is_looked_at() {
        let events = events(&[
            r#"{"a-b":{"c":1,"d":null,"gone":1},"list":[{"e":" "},{"f":1}],"rows":[["x"]],"it']s":1,"blank":"x"}"#,
            r#"{"a-b":{"c":2,"d":1},"rows":[["y"]],"it']s":1,"blank":" "}"#,
        ]);
        let found = leaves(&events);
        let paths: Vec<String> = found.iter().map(|leaf| leaf.path.to_string()).collect();
        assert_eq!(paths, ["$.detail['a-b'].c", "$.detail.rows[0][0]"]);
        assert_eq!(found[0].texts(), ["1", "2"]);
        assert_eq!((found[0].parent().join(" "), found[1].is_in_list()), ("a b".to_owned(), true));
    }

    #[test]
    fn values_in_the_json_of_dynamodb_have_the_name_around_them() {
        let events = events(&[r#"{"keys":{"orderId":{"S":"O-1"},"line":{"N":"1"},"S":{"S":1}}}"#]);
        let found = leaves(&events);
        let named = |path: &str| {
            found.iter().find(|leaf| leaf.path.to_string() == path).map(|leaf| leaf.words.join(" "))
        };
        assert_eq!(named("$.detail.keys.orderId.S"), Some("order id".to_owned()));
        assert_eq!(named("$.detail.keys.line.N"), Some("line".to_owned()));
        assert_eq!(named("$.detail.keys.S.S"), Some("s".to_owned()));
    }

    #[test]
    fn names_around_a_value_decide_whether_it_is_the_events() {
        let events = events(&[r#"{"type":"a","data":{"meta":{"at":1},"order":{"id":1}}}"#]);
        let of_event = |path: &str| {
            leaves(&events).iter().any(|leaf| leaf.path.to_string() == path && leaf.is_of_event())
        };
        assert!(of_event("$.detail.type") && of_event("$.detail.data.meta.at"));
        assert!(!of_event("$.detail.data.order.id"));
    }
}
