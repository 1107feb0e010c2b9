//! Items of lists.

use processor::json::Json;
use processor::schema::Draft;

use super::side::Node;
use super::{Comparer, Keywords, Location};

type Old<'s, 'a> = [(&'s Node<'a>, &'a Keywords)];

/// The schemas of a list's items, in any draft: the first ones by position, and those after them.
struct Items<'a> {
    first: Vec<Node<'a>>,
    remainder: Option<Node<'a>>,
}

impl<'a> Items<'a> {
    fn of(node: &Node<'a>, draft: Draft) -> Self {
        let is_list = matches!(node.under("items").map(|items| items.json), Some(Json::List(_)));
        match (draft >= Draft::Twenty, is_list) {
            (true, _) => Self { first: node.list("prefixItems"), remainder: node.under("items") },
            (false, true) => Self { first: node.list("items"), remainder: node.under("additionalItems") },
            (false, false) => Self { first: Vec::new(), remainder: node.under("items") },
        }
    }

    fn at(&self, index: usize) -> Option<Node<'a>> {
        self.first.get(index).or(self.remainder.as_ref()).cloned()
    }
}

impl<'a> Comparer<'a> {
    pub(super) fn items(
        &mut self,
        old: &Old<'_, 'a>,
        node: &Node<'a>,
        keyword: &str,
        location: &Location,
    ) -> Vec<String> {
        let draft = self.new.document.draft;
        let new = Items::of(node, draft);
        let before: Vec<Items<'a>> = old.iter().map(|(node, _)| Items::of(node, draft)).collect();
        let mut found = Vec::new();
        // If there are both, they are compared once.
        if keyword == "items" && (!new.first.is_empty() && draft >= Draft::Twenty)
            || keyword == "additionalItems"
        {
            return found;
        }
        let longest = before.iter().map(|items| items.first.len()).max().unwrap_or(0).max(new.first.len());
        for index in 0..longest {
            let Some(new) = new.at(index) else { continue };
            let former: Vec<Node<'a>> = before.iter().filter_map(|items| items.at(index)).collect();
            found.extend(self.compare(&former, &new, &location.below(&index.to_string())));
        }
        if let Some(remainder) = &new.remainder {
            let former: Vec<Node<'a>> = before.iter().filter_map(|items| items.remainder.clone()).collect();
            found.extend(self.compare(&former, remainder, &location.below("*")));
        }
        found
    }

    /// Whether as many items as before satisfy a schema that accepts more.
    pub(super) fn contains(
        &mut self,
        old: &Old<'_, 'a>,
        node: &Node<'a>,
        location: &Location,
    ) -> Vec<String> {
        let least = |keywords: &Keywords| match keywords.get("minContains") {
            Some(Json::Number(least)) => least.clone(),
            _ => processor::number::Number::whole(1),
        };
        let Some(new) = node.under("contains") else { return Vec::new() };
        let wanted = node.keywords().map(least);
        for (former, keywords) in old {
            let Some(before) = former.under("contains") else { continue };
            if Some(least(keywords)) >= wanted
                && self.compare(&[before], &new, &location.below("*")).is_empty()
            {
                return Vec::new();
            }
        }
        vec![location.unjudged("contains")]
    }
}
