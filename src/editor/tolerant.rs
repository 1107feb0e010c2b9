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
    let location = outline.location(&item.key);
    let children = item.children.iter().filter(|_| depth < DEPTH);
    match &item.value {
        Value::Nothing => Node { content: Content::Scalar(serde_json::Value::Null), location },
        Value::Text(range, style) => {
            let source_text = outline.text(range);
            let value = match style {
                Style::Plain => plain(&source_text),
                _ => unquoted(&source_text, *style).into(),
            };
            Node { content: Content::Scalar(value), location: outline.location(range) }
        }
        Value::List(_) => {
            let nodes = children.map(|child| node(outline, *child, depth + 1)).collect();
            Node { content: Content::List(nodes), location }
        }
        Value::Map(_) => {
            let mut names = std::collections::HashSet::new();
            let mut entries = Vec::new();
            for child in children {
                let Name::Key(key) = &outline.item(*child).name else { continue };
                if outline.item(*child).after.is_some() && names.insert(key) {
                    let key_location = outline.location(&outline.item(*child).key);
                    let node = node(outline, *child, depth + 1);
                    entries.push(Entry { key: key.clone(), key_location, node });
                }
            }
            Node { content: Content::Map(entries), location }
        }
    }
}
