//! A text that is not yet a spec → the tree of what can be read of it.

use super::outline::{Name, Outline, Style, Value, unquoted};
use crate::source::{Content, Entry, Node, plain};

/// The most levels of maps and lists; a spec has fewer.
const DEPTH: usize = 32;

/// The values of an incomplete text, as a tree like that of a spec. Keys without a colon are omitted, and of duplicate
/// keys the first one counts.
pub(super) fn tree(outline: &Outline) -> Node {
    node(outline, 0, 0)
}

fn node(outline: &Outline, index: usize, depth: usize) -> Node {
    let item = outline.item(index);
    let place = outline.place(&item.key);
    let children = item.children.iter().filter(|_| depth < DEPTH);
    match &item.value {
        Value::Nothing => Node { content: Content::Scalar(serde_json::Value::Null), place },
        Value::Text(range, style) => {
            let written = outline.text(range);
            let value = match style {
                Style::Plain => plain(&written),
                _ => unquoted(&written, *style).into(),
            };
            Node { content: Content::Scalar(value), place: outline.place(range) }
        }
        Value::List(_) => {
            let nodes = children.map(|child| node(outline, *child, depth + 1)).collect();
            Node { content: Content::List(nodes), place }
        }
        Value::Map(_) => {
            let mut names = std::collections::HashSet::new();
            let mut entries = Vec::new();
            for child in children {
                let Name::Key(key) = &outline.item(*child).name else { continue };
                if outline.item(*child).after.is_some() && names.insert(key) {
                    let key_place = outline.place(&outline.item(*child).key);
                    let node = node(outline, *child, depth + 1);
                    entries.push(Entry { key: key.clone(), key_place, node });
                }
            }
            Node { content: Content::Map(entries), place }
        }
    }
}
