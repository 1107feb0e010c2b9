//! Fields of objects.

use std::collections::BTreeSet;

use processor::json::Json;

use super::side::Node;
use super::{Comparer, Keywords, Location};

type Old<'s, 'a> = [(&'s Node<'a>, &'a Keywords)];

impl<'a> Comparer<'a> {
    pub(super) fn properties(
        &mut self,
        old: &Old<'_, 'a>,
        node: &Node<'a>,
        location: &Location,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for (name, new) in node.map("properties") {
            let before = of_field(old, name);
            let below = location.below(name);
            let breaks = self.compare(&before, &new, &below);
            if before.is_empty() && !breaks.is_empty() {
                found.push(below.message("it has a schema now; any value was valid before"));
            } else {
                found.extend(breaks);
            }
        }
        found
    }

    /// Fields other than the named ones.
    pub(super) fn additional(
        &mut self,
        old: &Old<'_, 'a>,
        node: &Node<'a>,
        location: &Location,
    ) -> Vec<String> {
        let Some(new) = node.under("additionalProperties") else { return Vec::new() };
        if matches!(new.json, Json::Bool(true)) {
            return Vec::new();
        }
        let mut found = Vec::new();
        let named: BTreeSet<&str> = node.map("properties").into_iter().map(|(name, _)| name).collect();
        let patterns: BTreeSet<&str> =
            node.map("patternProperties").into_iter().map(|(name, _)| name).collect();
        let before = old.iter().flat_map(|(node, _)| node.map("properties")).map(|(name, _)| name);
        for name in before.collect::<BTreeSet<_>>().difference(&named) {
            if patterns.is_empty() {
                found.extend(self.compare(&of_field(old, name), &new, &location.below(name)));
            } else {
                // Whether a pattern matches it is not computed.
                found.push(location.below(name).unjudged("additionalProperties"));
            }
        }
        // The rules for names that neither schema lists: if the new patterns do not match a name, neither did the former
        // ones.
        let holds = |node: &Node<'_>| {
            node.map("patternProperties").iter().all(|(pattern, _)| patterns.contains(pattern))
        };
        let others: Vec<Node<'a>> = old
            .iter()
            .filter(|(node, _)| holds(node))
            .filter_map(|(node, _)| node.under("additionalProperties"))
            .collect();
        if others.is_empty() {
            let words = match new.json {
                Json::Bool(false) => "`additionalProperties` is `false` now: other fields were valid before",
                _ => "`additionalProperties` has a schema now: other fields were valid before",
            };
            found.push(location.message(words));
        } else {
            found.extend(self.compare(&others, &new, &location.below("*")));
        }
        found
    }

    pub(super) fn patterns(
        &mut self,
        old: &Old<'_, 'a>,
        node: &Node<'a>,
        location: &Location,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for (pattern, new) in node.map("patternProperties") {
            let same = |(node, _): &(&Node<'a>, &Keywords)| {
                node.map("patternProperties")
                    .into_iter()
                    .find(|(known, _)| *known == pattern)
                    .map(|(_, node)| node)
            };
            let before: Vec<Node<'a>> = old.iter().filter_map(same).collect();
            found.extend(self.compare(&before, &new, &location.below(pattern)));
        }
        found
    }
}

/// The former schemas of the field `name`, without those of patterns.
fn of_field<'a>(old: &Old<'_, 'a>, name: &str) -> Vec<Node<'a>> {
    let of_one = |(node, keywords): &(&Node<'a>, &'a Keywords)| {
        let named =
            node.map("properties").into_iter().find(|(known, _)| *known == name).map(|(_, node)| node);
        named.or_else(|| {
            let sure = !keywords.contains_key("patternProperties");
            sure.then(|| node.under("additionalProperties")).flatten()
        })
    };
    old.iter().filter_map(of_one).collect()
}
