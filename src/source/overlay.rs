//! A spec over its base: maps key by key, lists as a whole.

use processor::pointer;
use serde_json::Value;

use super::tree::{Content, Entry, Node};
use crate::diagnostic::Location;

/// Fields of one section of which AWS accepts only one: setting one removes a base's value of the other.
const EXCLUSIVE: [(&str, [&str; 2]); 1] = [("/processor/batch", ["max_concurrency", "pollers"])];

/// A value of a base that a spec removes: by `null`, or by the other of two exclusive fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Unset {
    /// JSON pointer of the removed value.
    pub pointer: String,
    /// The location that removes it.
    pub by: Location,
    /// The location of the value in the base.
    pub was: Location,
}

/// A spec over its bases; the last one is at the bottom.
pub(super) fn merged(own: Node, mut bases: Vec<Node>) -> (Node, Vec<Unset>) {
    let mut unset = Vec::new();
    let Some(undermost) = bases.pop() else { return (own, unset) };
    let over = bases.into_iter().rev().chain([own]);
    let root = over.fold(undermost, |under, over| overlay(under, over, "", &mut unset));
    // A value that one file removes, a later one may set again.
    unset.retain(|one: &Unset| root.at(&one.pointer).is_none());
    (root, unset)
}

/// Merges maps key by key, and replaces everything else as a whole. Each value retains its location in its own file.
fn overlay(under: Node, over: Node, pointer: &str, unset: &mut Vec<Unset>) -> Node {
    let location = over.location;
    let (Content::Map(mut entries), Content::Map(overlaid)) = (under.content, over.content.clone()) else {
        return over;
    };
    drop_excluded(&mut entries, &overlaid, pointer, unset);
    for entry in overlaid {
        let below = pointer::below(pointer, &entry.key);
        match entries.iter().position(|known| known.key == entry.key) {
            Some(index) => {
                let known = entries.swap_remove(index);
                if entry.node.content == Content::Scalar(Value::Null) {
                    unset.push(Unset { pointer: below, by: entry.key_location, was: known.key_location });
                } else {
                    let node = overlay(known.node, entry.node, &below, unset);
                    entries.push(Entry { node, ..entry });
                }
            }
            None => entries.push(entry),
        }
    }
    Node { content: Content::Map(entries), location }
}

fn drop_excluded(entries: &mut Vec<Entry>, overlaid: &[Entry], pointer: &str, unset: &mut Vec<Unset>) {
    let pairs = EXCLUSIVE.iter().filter(|(section, _)| *section == pointer).map(|(_, pair)| pair);
    for (named, other) in pairs.flat_map(|[one, other]| [(one, other), (other, one)]) {
        let of = |key: &str| overlaid.iter().find(|entry| entry.key == key);
        let (Some(by), None) = (of(named), of(other)) else { continue };
        let names_nothing = by.node.content == Content::Scalar(Value::Null);
        let index = entries.iter().position(|entry| entry.key == *other);
        if let Some(index) = index.filter(|_| !names_nothing) {
            let was = entries.swap_remove(index).key_location;
            unset.push(Unset { pointer: format!("{pointer}/{other}"), by: by.key_location, was });
        }
    }
}
