//! Fields whose wildcards are too complex together.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::complexity::{self, Group, MOST};
use super::leaf::Leaf;
use super::{Mistake, text};

/// The fields of a pattern whose wildcards are too complex together, and those at the limit.
#[derive(Debug, Default)]
pub(super) struct Crowded {
    pub(super) mistakes: Vec<Mistake>,
    pub(super) warnings: Vec<Mistake>,
}

/// A field as the engine sees it: alternatives under `$or` share its machine if all fields before it are the same.
type Met<'a> = (Vec<(&'a str, &'a str)>, &'a str);

pub(super) fn crowded(leaves: &[Leaf], pointers: &[String], branches: &[Vec<usize>]) -> Crowded {
    let mut crowded = Crowded::default();
    if leaves.iter().all(|leaf| leaf.wildcards().next().is_none()) {
        return crowded;
    }
    let mut fields: BTreeMap<Met<'_>, Vec<usize>> = BTreeMap::new();
    for branch in branches {
        let mut order: Vec<(usize, &Leaf)> =
            branch.iter().filter_map(|index| Some((*index, leaves.get(*index)?))).collect();
        order.sort_by(|(_, left), (_, right)| left.dotted.cmp(&right.dotted));
        let mut before = Vec::new();
        for (index, leaf) in order {
            let met = fields.entry((before.clone(), leaf.dotted.as_str())).or_default();
            if !met.contains(&index) {
                met.push(index);
            }
            before.push((leaf.dotted.as_str(), leaf.source_text.as_str()));
        }
    }
    for ((_, name), indices) in &fields {
        let of_field =
            || indices.iter().filter_map(|index| Some((leaves.get(*index)?, pointers.get(*index)?)));
        let groups: Vec<Group<'_>> = of_field().flat_map(|(leaf, _)| leaf.wildcards()).collect();
        let Some((_, last)) = of_field().next_back() else { continue };
        judge(name, last, &groups, &mut crowded);
    }
    crowded
}

fn judge(name: &str, list: &str, groups: &[Group<'_>], crowded: &mut Crowded) {
    let states = complexity::measure(groups);
    // If one is too complex by itself, the mistake is there; otherwise at the list.
    let alone = groups.iter().find(|group| complexity::measure(std::slice::from_ref(group)) == states);
    let (pointer, noun) = match alone.and_then(|group| group.wildcards.first()) {
        Some(wildcard) => (wildcard.pointer.as_str(), "this wildcard"),
        None => (list, "these wildcards"),
    };
    let mistake = |message: String| {
        Mistake {
        pointer: pointer.to_owned(),
        on_key: false,
        message,
        help: "use fewer `*`, or fewer repeated characters after one; `prefix`, `suffix` and exact values do not count"
            .to_owned(),
    }
    };
    let name = text::brief(name);
    match states.cmp(&MOST) {
        Ordering::Greater => crowded.mistakes.push(mistake(format!(
            "{noun} can match a value of `{name}` in {states} ways at once, and EventBridge refuses a rule with more than {MOST}"
        ))),
        Ordering::Equal => crowded.warnings.push(mistake(format!(
            "{noun} can match a value of `{name}` in {states} ways at once, the most that EventBridge allows"
        ))),
        Ordering::Less => {}
    }
}
