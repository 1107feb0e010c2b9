//! Keywords that contain schemas of the same value, and those that are only decided if they are unchanged.

use std::collections::BTreeSet;

use processor::json::Json;
use processor::pointer::below;

use super::side::Node;
use super::{Comparer, Keywords, Location};

type Old<'s, 'a> = [(&'s Node<'a>, &'a Keywords)];

/// Keywords that only describe, if their value is a text.
const DESCRIBES: [&str; 4] = ["title", "description", "$comment", "$schema"];

impl<'a> Comparer<'a> {
    /// A schema that must accept everything that the former one accepts, such as `propertyNames`.
    pub(super) fn covariant(
        &mut self,
        old: &Old<'_, 'a>,
        node: &Node<'a>,
        keyword: &str,
        location: &Location,
    ) -> Vec<String> {
        let Some(new) = node.under(keyword) else { return Vec::new() };
        let before: Vec<Node<'a>> = old.iter().filter_map(|(node, _)| node.under(keyword)).collect();
        self.compare(&before, &new, location)
    }

    /// Each former alternative must be covered by a new one; or the whole former schema is.
    pub(super) fn any_of(&mut self, old: &Old<'_, 'a>, node: &Node<'a>, location: &Location) -> Vec<String> {
        let new = node.list("anyOf");
        let whole: Vec<Node<'a>> = old.iter().map(|(node, _)| (*node).clone()).collect();
        if new.iter().any(|new| self.compare(&whole, new, location).is_empty()) {
            return Vec::new();
        }
        for (former, _) in old {
            for keyword in ["anyOf", "oneOf"] {
                let before = former.list(keyword);
                let within = |comparer: &mut Self, one: &Node<'a>| {
                    let both = [whole.as_slice(), std::slice::from_ref(one)].concat();
                    new.iter().any(|new| comparer.compare(&both, new, location).is_empty())
                };
                if !before.is_empty() && before.iter().all(|one| within(self, one)) {
                    return Vec::new();
                }
            }
        }
        vec![location.unjudged("anyOf")]
    }

    /// Whether one of the former schemas has the same keyword, with everything it depends on.
    pub(super) fn is_same(&self, old: &Old<'_, 'a>, node: &Node<'a>, keyword: &str) -> bool {
        let beside: &[&str] = match keyword {
            "if" => &["then", "else"],
            "contains" => &["minContains", "maxContains"],
            _ => &[],
        };
        old.iter().any(|(former, _)| {
            let mut known = BTreeSet::new();
            // It depends on the results of all keywords beside it.
            if keyword.starts_with("unevaluated") {
                return self.are_same(former, node, false, &mut known);
            }
            [keyword].iter().chain(beside).all(|keyword| match (former.under(keyword), node.under(keyword)) {
                (None, None) => true,
                (Some(former), Some(node)) => self.are_same(&former, &node, false, &mut known),
                _ => false,
            })
        })
    }

    /// Whether two parts are equal, including the targets of their references. In a value of `const` or `enum` every
    /// character counts; in a schema, descriptions do not.
    fn are_same(
        &self,
        old: &Node<'a>,
        new: &Node<'a>,
        is_value: bool,
        known: &mut BTreeSet<(String, String)>,
    ) -> bool {
        if !known.insert((old.pointer.clone(), new.pointer.clone())) {
            return true;
        }
        let children = |node: &Node<'a>| -> Vec<(String, Node<'a>)> {
            let named = |(key, json): (String, &'a Json)| {
                let pointer = below(&node.pointer, &key);
                (key, Node { pointer, json })
            };
            match node.json {
                Json::Map(entries) => {
                    let is_relevant = |(key, value): &(&String, &Json)| {
                        is_value || !(DESCRIBES.contains(&key.as_str()) && value.as_text().is_some())
                    };
                    entries.iter().filter(is_relevant).map(|(key, json)| named((key.clone(), json))).collect()
                }
                Json::List(items) => {
                    items.iter().enumerate().map(|(index, json)| named((index.to_string(), json))).collect()
                }
                _ => Vec::new(),
            }
        };
        let (before, now) = (children(old), children(new));
        let is_leaf = |json: &Json| !matches!(json, Json::Map(_) | Json::List(_));
        let same_kind = old.json.kind() == new.json.kind() && (!is_leaf(old.json) || old.json == new.json);
        same_kind
            && before.len() == now.len()
            && before.iter().zip(&now).all(|((key, before), (other, now))| {
                let is_value = is_value || ["const", "enum"].contains(&key.as_str());
                key == other && self.are_same(before, now, is_value, known)
            })
            && match (self.old.target(old), self.new.target(new)) {
                (Some(old), Some(new)) => self.are_same(&old, &new, false, known),
                (None, None) => true,
                _ => false,
            }
    }
}
