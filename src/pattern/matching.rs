//! Does an event match a pattern, and if not, why.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::leaf::Leaf;
use super::{Mismatch, Pattern, text};

/// Most values of an event that a reason shows.
const SHOWN: usize = 3;

/// Most fields that several keys of one map lead to; each combination is tried. A real event has none.
const MOST_AMBIGUOUS: usize = 8;

/// A leaf while descending into an event.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    leaf: &'a Leaf,
    /// The dotted name below this value; `None` at the leaf.
    remainder: Option<&'a str>,
    /// Absence counts as a match here.
    may_be_absent: bool,
}

pub(super) fn matches(pattern: &Pattern, event: &Value) -> Result<(), Mismatch> {
    let mut worst: Option<(usize, &Leaf, bool)> = None;
    for branch in &pattern.branches {
        let leaves: Vec<&Leaf> = branch.iter().filter_map(|index| pattern.leaves.get(*index)).collect();
        if event.is_object() && fits(&leaves, event) {
            return Ok(());
        }
        let Some((position, leaf, alone)) = first_failure(&leaves, event) else { continue };
        // The branch that matched furthest is the intended one.
        if worst.is_none_or(|(furthest, _, _)| position > furthest) {
            worst = Some((position, leaf, alone));
        }
    }
    let Some((_, leaf, alone)) = worst else { return Ok(()) };
    Err(Mismatch { field: leaf.dotted.clone(), reason: reason(leaf, event, alone) })
}

fn fits(leaves: &[&Leaf], event: &Value) -> bool {
    let wanted: Vec<Wanted<'_>> = leaves
        .iter()
        .map(|leaf| Wanted { leaf, remainder: Some(&leaf.dotted), may_be_absent: leaf.may_be_absent })
        .collect();
    holds(&wanted, event)
}

/// The first leaf that fails, and whether it fails by itself rather than together with those before it.
fn first_failure<'a>(leaves: &[&'a Leaf], event: &Value) -> Option<(usize, &'a Leaf, bool)> {
    let alone = leaves.iter().position(|leaf| !event.is_object() || !fits(&[leaf], event));
    let together =
        || (1..=leaves.len()).find(|end| leaves.get(..*end).is_some_and(|some| !fits(some, event)));
    let position = alone.or_else(|| together().map(|end| end - 1))?;
    leaves.get(position).map(|leaf| (position, *leaf, alone.is_some()))
}

/// The ways in which a dotted name leads into a map, each with the name below it: EventBridge joins names with dots, so
/// `a.b` is a field `b` of a field `a` as well as a field called `a.b`.
fn branches<'a, 'm>(
    remainder: &'a str,
    map: &'m Map<String, Value>,
) -> impl Iterator<Item = (&'m str, &'m Value, Option<&'a str>)> + use<'a, 'm> {
    let ends = remainder.match_indices('.').map(|(dot, _)| dot).chain([remainder.len()]);
    ends.filter_map(|end| {
        let (name, value) = map.get_key_value(remainder.get(..end)?)?;
        Some((name.as_str(), value, remainder.get(end + 1..)))
    })
}

/// Whether all leaves match below `node`, those that share an array in the same element of it.
fn holds(wanted: &[Wanted<'_>], node: &Value) -> bool {
    match node {
        Value::Object(map) => holds_in_map(wanted, map),
        Value::Array(list) => holds_in_list(wanted, list),
        scalar => wanted.iter().all(|one| match one.remainder {
            None => one.leaf.accepts(scalar),
            Some(_) => one.may_be_absent,
        }),
    }
}

/// The leaves that one key of a map leads to.
type Below<'a, 'm> = BTreeMap<&'m str, (&'m Value, Vec<Wanted<'a>>)>;

fn holds_in_map(wanted: &[Wanted<'_>], map: &Map<String, Value>) -> bool {
    let mut below = Below::new();
    let mut ambiguous = Vec::new();
    for one in wanted {
        let Some(remainder) = one.remainder else {
            // A map is not a value that a leaf can match.
            if !one.may_be_absent {
                return false;
            }
            continue;
        };
        let mut branches = branches(remainder, map);
        match (branches.next(), branches.next()) {
            (None, _) if one.may_be_absent => {}
            (None, _) => return false,
            (Some((name, value, remainder)), None) => {
                below.entry(name).or_insert((value, Vec::new())).1.push(Wanted { remainder, ..*one });
            }
            (Some(_), Some(_)) => ambiguous.push(*one),
        }
    }
    holds_in_one_branch(&ambiguous, map, &mut below)
}

/// Whether all leaves match if each ambiguous one uses one of the keys that lead to it.
fn holds_in_one_branch<'a, 'm>(
    ambiguous: &[Wanted<'a>],
    map: &'m Map<String, Value>,
    below: &mut Below<'a, 'm>,
) -> bool {
    let Some((one, others)) = ambiguous.split_first() else {
        return below.values().all(|(value, wanted)| holds(wanted, value));
    };
    let all_absent = one.may_be_absent && absent(one, map);
    if all_absent && holds_in_one_branch(others, map, below) {
        return true;
    }
    for (name, value, remainder) in branches(one.remainder.unwrap_or_default(), map) {
        let one = Wanted { remainder, may_be_absent: false, ..*one };
        if !holds(&[one], value) {
            continue;
        }
        below.entry(name).or_insert((value, Vec::new())).1.push(one);
        if holds_in_one_branch(others, map, below) {
            return true;
        }
        if let Some((_, wanted)) = below.get_mut(name) {
            wanted.pop();
        }
        if ambiguous.len() > MOST_AMBIGUOUS {
            return false;
        }
    }
    false
}

fn holds_in_list(wanted: &[Wanted<'_>], list: &[Value]) -> bool {
    let (ends, through): (Vec<Wanted<'_>>, Vec<Wanted<'_>>) =
        wanted.iter().partition(|one| one.remainder.is_none());
    // The engine does not bind a scalar to its position in the list, so each leaf that ends here chooses for itself.
    let each = |one: &Wanted<'_>| {
        let mut scalars = scalars(list).peekable();
        if scalars.peek().is_none() {
            one.may_be_absent
        } else {
            scalars.any(|scalar| one.leaf.accepts(scalar))
        }
    };
    if !ends.iter().all(each) {
        return false;
    }
    // The engine visits fields in the order of their names: absence is judged within the element that earlier fields
    // selected, and over the whole list if none did.
    let settles = |one: &Wanted<'_>| {
        let earlier = |other: &Wanted<'_>| !other.may_be_absent && other.leaf.dotted < one.leaf.dotted;
        !one.may_be_absent || through.iter().any(earlier)
    };
    let mut bound = Vec::new();
    for one in &through {
        if settles(one) {
            bound.push(*one);
        } else if !list.iter().all(|element| absent_below(one, element)) {
            bound.push(Wanted { may_be_absent: false, ..*one });
        }
    }
    bound.is_empty() || list.iter().any(|element| holds(&bound, element))
}

/// Whether a leaf's field does not occur below `node`.
fn absent_below(one: &Wanted<'_>, node: &Value) -> bool {
    match (node, one.remainder) {
        (Value::Array(list), _) => list.iter().all(|element| absent_below(one, element)),
        (Value::Object(map), Some(_)) => absent(one, map),
        (Value::Object(_), None) => true,
        (_, remainder) => remainder.is_some(),
    }
}

/// Whether no key of a map leads to a leaf's field.
fn absent(one: &Wanted<'_>, map: &Map<String, Value>) -> bool {
    branches(one.remainder.unwrap_or_default(), map)
        .all(|(_, value, remainder)| absent_below(&Wanted { remainder, ..*one }, value))
}

/// The scalars of a list and of its nested lists.
fn scalars(list: &[Value]) -> impl Iterator<Item = &Value> {
    let mut waiting = vec![list.iter()];
    std::iter::from_fn(move || {
        loop {
            match waiting.last_mut()?.next() {
                None => {
                    waiting.pop();
                }
                Some(Value::Array(inner)) => waiting.push(inner.iter()),
                Some(Value::Object(_)) => {}
                Some(scalar) => return Some(scalar),
            }
        }
    })
}

fn reason(leaf: &Leaf, event: &Value, alone: bool) -> String {
    let wants = format!("wants `{}`", text::brief(&leaf.source_text));
    if !event.is_object() {
        return format!("{wants}, but the event is not a map");
    }
    if !alone {
        return format!(
            "{wants} in the same list element as the fields before it, but no element has all of them"
        );
    }
    let mut found = Vec::new();
    collect(Some(&leaf.dotted), event, &mut found);
    let Some((last, remainder)) = found.split_last() else {
        return format!("{wants}, but the event has no such field");
    };
    let shown = |value: &Value| match value {
        Value::Object(_) => "a map".to_owned(),
        Value::Array(_) => "an empty list".to_owned(),
        scalar => format!("`{}`", text::brief(&scalar.to_string())),
    };
    if found.len() > SHOWN {
        let first: Vec<String> = found.iter().take(SHOWN).map(|value| shown(value)).collect();
        return format!("{wants}, but the event has {} and {} more", first.join(", "), found.len() - SHOWN);
    }
    match remainder.is_empty() {
        true => format!("{wants}, but the event has {}", shown(last)),
        false => {
            let remainder: Vec<String> = remainder.iter().map(|value| shown(value)).collect();
            format!("{wants}, but the event has {} and {}", remainder.join(", "), shown(last))
        }
    }
}

/// All values that the event has under a dotted name.
fn collect<'a>(remainder: Option<&str>, node: &'a Value, found: &mut Vec<&'a Value>) {
    match (node, remainder) {
        (Value::Array(list), _) if !list.is_empty() => {
            list.iter().for_each(|element| collect(remainder, element, found));
        }
        (Value::Object(map), Some(remainder)) => {
            branches(remainder, map).for_each(|(_, value, remainder)| collect(remainder, value, found));
        }
        (value, None) => found.push(value),
        _ => {}
    }
}
