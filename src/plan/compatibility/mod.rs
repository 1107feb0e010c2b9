//! Does a schema accept every value that another one accepts? Cases that cannot be decided count as no.
//!
//! A schema is a conjunction: its own keywords, and those that `$ref` and `allOf` add. It accepts everything that the
//! former one accepts if each of its keywords is implied by one of the former's. If both are recursive, the same question
//! occurs again for a part of the value, and the answer in progress is assumed: values are finite.

mod list;
mod object;
mod scalar;
mod side;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

use processor::json::Json;
use processor::schema::Schema;

use processor::pointer::below;
use side::{Node, Side};

/// Most comparisons of two schemas; further ones are not decided. A large schema takes some hundreds.
const MOST: usize = 20_000;
/// Most breaks that are reported.
const NAMED: usize = 20;
/// Levels of the detail; an event has fewer.
const DEEPEST: usize = 40;

/// The values of the detail that `former` accepts and `next` may reject, each by name; empty: none.
#[must_use]
pub fn breaks(former: &Schema, next: &Schema) -> Vec<String> {
    let (Some(old), Some(new)) = (Side::of(former), Side::of(next)) else {
        return vec!["the schemas cannot be compared".to_owned()];
    };
    if former == next {
        return Vec::new();
    }
    if old.document.draft != new.document.draft {
        return vec!["`$schema` names another draft, and this change cannot be checked".to_owned()];
    }
    let (first, second) = (old.root(), new.root());
    let mut comparer = Comparer { old, new, open: BTreeSet::new(), left: MOST };
    let mut found = comparer.compare(&[first], &second, &Location::default());
    found.dedup();
    if found.len() > NAMED {
        let remainder = found.len() - NAMED;
        found.truncate(NAMED);
        found.push(format!("and {remainder} more"));
    }
    found
}

/// The location of the compared values in the detail.
#[derive(Debug, Clone, Default)]
struct Location {
    pointer: String,
    depth: usize,
}

impl Location {
    fn below(&self, segment: &str) -> Self {
        Self { pointer: below(&self.pointer, segment), depth: self.depth + 1 }
    }

    /// The report for the value here.
    fn message(&self, words: impl AsRef<str>) -> String {
        let what =
            if self.pointer.is_empty() { "the detail".to_owned() } else { format!("`{}`", self.pointer) };
        format!("{what}: {}", words.as_ref())
    }

    fn unjudged(&self, keyword: &str) -> String {
        self.message(format!("the change of `{keyword}` cannot be checked"))
    }
}

struct Comparer<'a> {
    old: Side<'a>,
    new: Side<'a>,
    /// Comparisons in progress.
    open: BTreeSet<(Vec<String>, String)>,
    left: usize,
}

/// A schema's keywords.
type Keywords = BTreeMap<String, Json>;

impl<'a> Comparer<'a> {
    /// Values that `new` may reject and all of `old` accept.
    fn compare(&mut self, old: &[Node<'a>], new: &Node<'a>, location: &Location) -> Vec<String> {
        let (old, new) = (self.old.conjuncts(old), self.new.conjuncts(std::slice::from_ref(new)));
        if old.iter().any(|node| *node.json == Json::Bool(false)) {
            return Vec::new();
        }
        let pointers = |nodes: &[Node<'_>]| nodes.iter().map(|node| node.pointer.clone()).collect::<Vec<_>>();
        let key = (pointers(&old), pointers(&new).join(" "));
        if !self.open.insert(key.clone()) {
            return Vec::new();
        }
        let left = self.left.checked_sub(1).filter(|_| location.depth < DEEPEST);
        let Some(left) = left else { return vec![location.message("the schemas are too large to compare")] };
        self.left = left;
        let old: Vec<(&Node<'a>, &'a Keywords)> =
            old.iter().filter_map(|node| Some((node, node.keywords()?))).collect();
        let mut found = Vec::new();
        for node in &new {
            match node.json {
                Json::Bool(false) => found.push(location.message("no value is valid now")),
                Json::Map(keywords) => {
                    for keyword in keywords.keys() {
                        found.extend(self.keyword(&old, node, keyword, location));
                    }
                }
                _ => {}
            }
        }
        self.open.remove(&key);
        found
    }

    fn keyword(
        &mut self,
        old: &[(&Node<'a>, &'a Keywords)],
        node: &Node<'a>,
        keyword: &str,
        location: &Location,
    ) -> Vec<String> {
        let Some(new) = node.keywords() else { return Vec::new() };
        let plain: Vec<&'a Keywords> = old.iter().map(|(_, keywords)| *keywords).collect();
        if scalar::is_vacuous(&plain, keyword) {
            return Vec::new();
        }
        match keyword {
            "type" | "const" | "enum" | "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum"
            | "multipleOf" | "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties" | "pattern" | "uniqueItems" | "required" | "dependentRequired" => {
                scalar::breaks(&plain, new, keyword)
                    .into_iter()
                    .map(|words| location.message(words))
                    .collect()
            }
            "properties" => self.properties(old, node, location),
            "additionalProperties" => self.additional(old, node, location),
            "patternProperties" => self.patterns(old, node, location),
            "propertyNames" => self.covariant(old, node, keyword, &location.below("*")),
            "items" | "prefixItems" | "additionalItems" => self.items(old, node, keyword, location),
            "contains" if !new.contains_key("maxContains") => self.contains(old, node, location),
            "anyOf" => self.any_of(old, node, location),
            "oneOf"
            | "not"
            | "if"
            | "dependencies"
            | "dependentSchemas"
            | "contains"
            | "unevaluatedProperties"
            | "unevaluatedItems" => {
                let same = self.is_same(old, node, keyword);
                if same { Vec::new() } else { vec![location.unjudged(keyword)] }
            }
            // They describe, define names, or belong to another keyword.
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
