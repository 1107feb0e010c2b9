use serde_json::Value;

use super::leaf::Leaf;
use super::{Mismatch, Pattern, text};

/// How many values of an event a reason shows.
const SHOWN: usize = 3;

/// A leaf on its way down an event.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    leaf: &'a Leaf,
    /// How many names of its path lie behind.
    level: usize,
    /// Absence counts as a match here.
    may_be_absent: bool,
}

impl<'a> Wanted<'a> {
    fn name(&self) -> Option<&'a str> {
        self.leaf.path.get(self.level).map(String::as_str)
    }
}

pub(super) fn matches(pattern: &Pattern, event: &Value) -> Result<(), Mismatch> {
    let mut worst: Option<(usize, &Leaf, bool)> = None;
    for branch in &pattern.branches {
        let leaves: Vec<&Leaf> = branch.iter().filter_map(|index| pattern.leaves.get(*index)).collect();
        if event.is_object() && fits(&leaves, event) {
            return Ok(());
        }
        let Some((position, leaf, alone)) = first_failure(&leaves, event) else { continue };
        // The branch that came furthest is the one that was meant.
        if worst.is_none_or(|(furthest, _, _)| position > furthest) {
            worst = Some((position, leaf, alone));
        }
    }
    let Some((_, leaf, alone)) = worst else { return Ok(()) };
    Err(Mismatch { field: leaf.dotted.clone(), reason: reason(leaf, event, alone) })
}

fn fits(leaves: &[&Leaf], event: &Value) -> bool {
    let wanted: Vec<Wanted<'_>> =
        leaves.iter().map(|leaf| Wanted { leaf, level: 0, may_be_absent: leaf.may_be_absent }).collect();
    holds(&wanted, event)
}

/// The first leaf that fails, and whether it fails by itself rather than beside those before it.
fn first_failure<'a>(leaves: &[&'a Leaf], event: &Value) -> Option<(usize, &'a Leaf, bool)> {
    let alone = leaves.iter().position(|leaf| !event.is_object() || !fits(&[leaf], event));
    let together =
        || (1..=leaves.len()).find(|end| leaves.get(..*end).is_some_and(|some| !fits(some, event)));
    let position = alone.or_else(|| together().map(|end| end - 1))?;
    leaves.get(position).map(|leaf| (position, *leaf, alone.is_some()))
}

/// Whether all leaves fit below `node`, those that share an array in the same element of it.
fn holds(wanted: &[Wanted<'_>], node: &Value) -> bool {
    match node {
        Value::Object(map) => {
            let mut names: Vec<&str> = wanted.iter().filter_map(Wanted::name).collect();
            names.sort_unstable();
            names.dedup();
            let here = wanted.iter().filter(|one| one.name().is_none()).all(|one| one.may_be_absent);
            here && names.into_iter().all(|name| {
                let below = wanted.iter().filter(|one| one.name() == Some(name));
                match map.get(name) {
                    Some(value) => {
                        let below: Vec<Wanted<'_>> =
                            below.map(|one| Wanted { level: one.level + 1, ..*one }).collect();
                        holds(&below, value)
                    }
                    None => below.into_iter().all(|one| one.may_be_absent),
                }
            })
        }
        Value::Array(list) => holds_in_list(wanted, list),
        scalar => wanted.iter().all(|one| match one.name() {
            None => one.leaf.accepts(scalar),
            Some(_) => one.may_be_absent,
        }),
    }
}

fn holds_in_list(wanted: &[Wanted<'_>], list: &[Value]) -> bool {
    let (ends, through): (Vec<Wanted<'_>>, Vec<Wanted<'_>>) =
        wanted.iter().partition(|one| one.name().is_none());
    // The engine binds no scalar to its place in the list, so each leaf that ends here chooses for itself.
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
    // have settled on, and over the whole list where none has.
    let settles = |one: &Wanted<'_>| {
        let earlier = |other: &Wanted<'_>| !other.may_be_absent && other.leaf.dotted < one.leaf.dotted;
        !one.may_be_absent || through.iter().any(earlier)
    };
    let mut bound = Vec::new();
    for one in &through {
        if settles(one) {
            bound.push(*one);
        } else if !list.iter().all(|element| absent(one, element)) {
            bound.push(Wanted { may_be_absent: false, ..*one });
        }
    }
    bound.is_empty() || list.iter().any(|element| holds(&bound, element))
}

/// Whether a leaf's field is nowhere below `node`.
fn absent(one: &Wanted<'_>, node: &Value) -> bool {
    match (node, one.name()) {
        (Value::Array(list), _) => list.iter().all(|element| absent(one, element)),
        (Value::Object(map), Some(name)) => {
            map.get(name).is_none_or(|value| absent(&Wanted { level: one.level + 1, ..*one }, value))
        }
        (Value::Object(_), None) => true,
        (_, name) => name.is_some(),
    }
}

/// The scalars of a list and of the lists in it.
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
    let wants = format!("wants `{}`", text::brief(&leaf.written));
    if !event.is_object() {
        return format!("{wants}, and the event is not a map");
    }
    if !alone {
        return format!(
            "{wants} in the same element of a list as the fields before it, and no element has all of them"
        );
    }
    let mut found = Vec::new();
    collect(&leaf.path, event, &mut found);
    let Some((last, rest)) = found.split_last() else {
        return format!("{wants}, and the event has no such field");
    };
    let shown = |value: &Value| match value {
        Value::Object(_) => "a map".to_owned(),
        Value::Array(_) => "an empty list".to_owned(),
        scalar => format!("`{}`", text::brief(&scalar.to_string())),
    };
    if found.len() > SHOWN {
        let first: Vec<String> = found.iter().take(SHOWN).map(|value| shown(value)).collect();
        return format!("{wants}, and the event has {} and {} more", first.join(", "), found.len() - SHOWN);
    }
    match rest.is_empty() {
        true => format!("{wants}, and the event has {}", shown(last)),
        false => {
            let rest: Vec<String> = rest.iter().map(|value| shown(value)).collect();
            format!("{wants}, and the event has {} and {}", rest.join(", "), shown(last))
        }
    }
}

/// Everything the event has at a path.
fn collect<'a>(path: &[String], node: &'a Value, found: &mut Vec<&'a Value>) {
    match (node, path.split_first()) {
        (Value::Array(list), _) if !list.is_empty() => {
            list.iter().for_each(|element| collect(path, element, found))
        }
        (Value::Object(map), Some((name, rest))) => {
            if let Some(value) = map.get(name) {
                collect(rest, value, found);
            }
        }
        (value, None) => found.push(value),
        _ => {}
    }
}
