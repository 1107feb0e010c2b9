use serde_json::{Value as Json, json};

use super::document::Documents;
use super::outline::{Item, Name, Outline, Value};
use super::position::Texts;
use crate::diagnostic::printable;

/// Levels of symbols; what is deeper is part of a value.
const DEPTH: usize = 12;
/// Characters of a value that are shown next to its key.
const SHOWN: usize = 60;

/// The protocol's numbers for the kinds of symbols.
const STRING: u32 = 15;
const ARRAY: u32 = 18;
const OBJECT: u32 = 19;

/// The keys of a document and the items of its lists, as a tree.
pub(super) fn symbols(documents: &Documents<'_>, parameters: &Json) -> Option<Json> {
    let document = documents.of(parameters)?;
    let outline = document.outline()?;
    let texts = documents.texts(document);
    let tree = below(outline, &texts, 0, 0);
    if documents.client.symbol_trees {
        return Some(Json::Array(tree));
    }
    let mut flat = Vec::new();
    let uri = parameters["textDocument"]["uri"].as_str().unwrap_or_default();
    flatten(tree, uri, "", &mut flat);
    Some(Json::Array(flat))
}

fn below(outline: &Outline, texts: &Texts<'_>, index: usize, depth: usize) -> Vec<Json> {
    let children = outline.item(index).children.iter().filter(|_| depth < DEPTH);
    let children = children.filter(|child| !is_word(outline.item(**child)));
    children.filter_map(|child| symbol(outline, texts, *child, depth)).collect()
}

/// A text or number in a list is not a symbol by itself.
fn is_word(item: &Item) -> bool {
    matches!((&item.name, &item.value), (Name::Index(_), Value::Text(..) | Value::Nothing))
}

fn symbol(outline: &Outline, texts: &Texts<'_>, index: usize, depth: usize) -> Option<Json> {
    let item = outline.item(index);
    let name = match &item.name {
        // The protocol does not allow an empty name.
        Name::Key(key) if key.trim().is_empty() => return None,
        Name::Key(key) => printable(key),
        Name::Index(number) => called(outline, item).unwrap_or_else(|| number.to_string()),
        Name::Document => return None,
    };
    let (kind, detail) = match &item.value {
        Value::Text(range, _) => {
            let text: String = outline.text(range).chars().take(SHOWN).collect();
            (STRING, printable(text.lines().next().unwrap_or_default()))
        }
        Value::List(_) => (ARRAY, String::new()),
        Value::Map(_) => (OBJECT, String::new()),
        Value::Nothing => (STRING, String::new()),
    };
    let selection = if item.key.is_empty() { item.key.start..item.key.start } else { item.key.clone() };
    let whole = selection.start..end(outline, index).max(selection.end);
    let range = |range| texts.range(Some(outline.location(range)));
    Some(json!({
        "name": name, "detail": detail, "kind": kind,
        "range": range(&whole), "selectionRange": range(&selection),
        "children": below(outline, texts, index, depth + 1),
    }))
}

/// The name of a map in a list, from its first entry.
fn called(outline: &Outline, item: &Item) -> Option<String> {
    let first = outline.item(*item.children.first()?);
    let Value::Text(range, _) = &first.value else { return None };
    let text = outline.text(range);
    Some(printable(text.lines().next()?.trim())).filter(|name| !name.is_empty())
}

/// The end of an item, including everything in it.
fn end(outline: &Outline, mut index: usize) -> usize {
    loop {
        let item = outline.item(index);
        match &item.value {
            Value::Text(range, _) => return range.end,
            Value::Map(Some(range)) | Value::List(Some(range)) => {
                return (range.end + 1).min(outline.characters.len());
            }
            Value::Map(None) | Value::List(None) => match item.children.last() {
                Some(last) => index = *last,
                None => return item.key.end,
            },
            Value::Nothing => return item.after.unwrap_or(item.key.end).max(item.key.end),
        }
    }
}

/// For clients without nested symbols.
fn flatten(tree: Vec<Json>, uri: &str, container: &str, flat: &mut Vec<Json>) {
    for mut symbol in tree {
        let children = symbol["children"].take();
        let name = symbol["name"].as_str().unwrap_or_default().to_owned();
        flat.push(json!({
            "name": name, "kind": symbol["kind"], "containerName": container,
            "location": {"uri": uri, "range": symbol["range"]},
        }));
        if let Json::Array(children) = children {
            flatten(children, uri, &name, flat);
        }
    }
}
