//! What the mapping reads of events, paths, and what it makes of them, attributes of rows.

use processor::json::Json;
use processor::path::{Path, Step};

use super::complete::Form;
use super::document::Document;
use super::offer::{Offer, PROPERTY, VALUE};
use super::outline::Name;
use crate::propose::{path_text, quoted};
use crate::validate::{Kind, attributes_of, seen_paths};

/// Characters of a value that are shown next to its path.
const SHOWN: usize = 40;

/// The entries of a map whose keys the user chooses: an attribute for each value of the events; for a test, the
/// attributes of the row.
pub(super) fn entries(document: &Document, path: &[Name], form: Form) -> Vec<Offer> {
    match words(path).as_slice() {
        ["event", "attributes"] => seen(document, |path, value| {
            let Some(Step::Name(name)) = path.steps().last() else { return None };
            let name: String =
                name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '_' }).collect();
            let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
            if !is_name || !path.is_of_detail() || matches!(value, Json::Map(_)) {
                return None;
            }
            let text = match form {
                Form::Name => form.text(&name, false),
                _ => format!("{}{}", form.text(&name, false), quoted(&path_text(path))),
            };
            Some(Offer::plain(PROPERTY, &*name, &text).documented(format!("`{}`", path_text(path))))
        }),
        ["tests", _, "row"] => {
            let attributes = document.tree().map(attributes_of).unwrap_or_default().into_iter();
            attributes.map(|one| Offer::plain(PROPERTY, &*one.name, &form.text(&one.name, false))).collect()
        }
        _ => Vec::new(),
    }
}

/// The paths of values, or fields of the detail, that are valid at the path.
pub(super) fn paths(document: &Document, path: &[Name]) -> Vec<Offer> {
    const MAPPED: [&str; 5] = ["partition_key", "sort_key", "type", "data", "newer_by"];
    let path_of = |path: &Path, _: &Json| {
        let text = path_text(path);
        Some(Offer::plain(VALUE, &*text, &quoted(&text)))
    };
    match words(path).as_slice() {
        ["event", "identity"] => {
            let words = [
                ("content", "Events with equal stored content, source and detail type are the same event."),
                ("event_id", "Events with the same EventBridge id are the same event."),
            ];
            let words = words.map(|(word, meaning)| Offer::plain(VALUE, word, word).documented(meaning));
            words.into_iter().chain(seen(document, path_of)).collect()
        }
        ["event", "attributes", _] | ["event", "attributes", _, "from"] | ["event", _, "from"] => {
            seen(document, path_of)
        }
        ["event", "attributes", _, "from", _] | ["event", _, "from", _] => seen(document, path_of),
        ["event", "drop", _] => seen(document, |path, _| {
            // Values are dropped from all items of a list, not only from the first.
            let text = path_text(path).replace("[0]", "[*]");
            Some(Offer::plain(VALUE, &*text, &quoted(&text))).filter(|_| path.field().is_some())
        }),
        ["event", field] if MAPPED.contains(field) => {
            let mut offers = seen(document, |path, _| {
                let field = path.plain_field()?;
                Some(Offer::plain(VALUE, field, &quoted(field)))
            });
            let other = Offer::plain(VALUE, "{attribute: …, from: …}", "");
            let meaning = "An attribute, with its name and the path of its value.";
            let form = "{attribute: ${1:name}, from: ${2:\\$.detail.field}}";
            offers.push(other.documented(meaning).snippet(form));
            offers
        }
        _ => Vec::new(),
    }
}

/// The attributes of rows that are valid at the path.
pub(super) fn columns(document: &Document, path: &[Name]) -> Vec<Offer> {
    let is_key = match words(path).as_slice() {
        ["table", "indexes", _, "partition_key" | "sort_key"] => true,
        ["table", "indexes", _, "project", _] => false,
        _ => return Vec::new(),
    };
    let attributes = document.tree().map(attributes_of).unwrap_or_default().into_iter();
    let attributes = attributes.filter(|one| !is_key || one.kind != Kind::Any);
    let kind = |kind| match kind {
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Any => "any value",
    };
    attributes.map(|one| Offer::plain(VALUE, &*one.name, &quoted(&one.name)).detail(kind(one.kind))).collect()
}

/// An offer for each path of the events, with the value in one of them.
fn seen(document: &Document, offer: impl Fn(&Path, &Json) -> Option<Offer>) -> Vec<Offer> {
    let paths = document.tree().map(seen_paths).unwrap_or_default();
    let mut offers: Vec<Offer> = Vec::new();
    for (path, value) in paths {
        let found =
            offer(&path, value).filter(|found| !offers.iter().any(|known| known.label == found.label));
        offers.extend(found.map(|found| found.detail(shown(value))));
    }
    offers
}

fn shown(value: &Json) -> String {
    let text = value.canonical();
    if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN - 1).chain(['…']).collect() }
}

/// The names of a path; those of list items are empty.
fn words(path: &[Name]) -> Vec<&str> {
    path.iter().map(word).collect()
}

fn word(name: &Name) -> &str {
    match name {
        Name::Key(key) => key,
        Name::Index(_) | Name::Document => "",
    }
}
