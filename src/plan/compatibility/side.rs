//! One of the two schemas, with its references followed.

use std::collections::BTreeSet;

use processor::json::Json;
use processor::pointer::below;
use processor::schema::{Document, Draft, Schema};

use super::Keywords;

/// One of the two schemas.
pub(super) struct Side<'a> {
    pub(super) document: Document<'a>,
}

/// A schema within the document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node<'a> {
    pub(super) pointer: String,
    pub(super) json: &'a Json,
}

impl<'a> Node<'a> {
    pub(super) fn keywords(&self) -> Option<&'a Keywords> {
        match self.json {
            Json::Map(keywords) => Some(keywords),
            _ => None,
        }
    }

    /// The schema under a keyword.
    pub(super) fn under(&self, keyword: &str) -> Option<Self> {
        Some(self.part(keyword, self.keywords()?.get(keyword)?))
    }

    /// The schemas in the list under a keyword.
    pub(super) fn list(&self, keyword: &str) -> Vec<Self> {
        match self.under(keyword) {
            Some(Node { pointer, json: Json::List(items) }) => {
                let node = |(index, json)| Node { pointer: format!("{pointer}/{index}"), json };
                items.iter().enumerate().map(node).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The schemas in the map under a keyword.
    pub(super) fn map(&self, keyword: &str) -> Vec<(&'a str, Self)> {
        match self.under(keyword) {
            Some(Node { pointer, json: Json::Map(entries) }) => {
                let holder = Node { pointer, json: self.json };
                entries.iter().map(|(name, json)| (name.as_str(), holder.part(name, json))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn part(&self, key: &str, json: &'a Json) -> Self {
        Self { pointer: below(&self.pointer, key), json }
    }
}

impl<'a> Side<'a> {
    pub(super) fn of(schema: &'a Schema) -> Option<Self> {
        Some(Self { document: Document::of(schema.document()).ok()? })
    }

    pub(super) fn root(&self) -> Node<'a> {
        Node { pointer: String::new(), json: self.document.root }
    }

    /// The schemas, and those that `$ref` and `allOf` add to them, without repetitions.
    pub(super) fn conjuncts(&self, nodes: &[Node<'a>]) -> Vec<Node<'a>> {
        let mut found: Vec<Node<'a>> = Vec::new();
        let mut known = BTreeSet::new();
        let mut open: Vec<Node<'a>> = nodes.iter().rev().cloned().collect();
        while let Some(node) = open.pop() {
            if !known.insert(node.pointer.clone()) {
                continue;
            }
            let target = self.target(&node);
            // Up to draft 7, keywords beside a reference are ignored.
            let is_alone = target.is_some() && self.document.draft == Draft::Seven;
            if !is_alone {
                open.extend(node.list("allOf").into_iter().rev());
                found.push(node);
            }
            open.extend(target);
        }
        found
    }

    /// The target of the schema's `$ref`.
    pub(super) fn target(&self, node: &Node<'a>) -> Option<Node<'a>> {
        let reference = node.keywords()?.get("$ref")?.as_text()?;
        let (pointer, json) = self.document.referred(reference, "").ok()?;
        Some(Node { pointer, json })
    }
}
