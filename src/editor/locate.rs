//! Finds the position of a cursor among the values of a spec.

use super::outline::{Item, Name, Outline, Value};
use super::spot::{Location, Part, Spot};

/// The position of a cursor; `None` in comments, and where a spec cannot have a value.
pub(super) fn spot(outline: &Outline, cursor: usize) -> Option<Spot> {
    if outline.comments.iter().any(|comment| comment.start < cursor && cursor <= comment.end) {
        return None;
    }
    match in_brackets(outline, cursor) {
        Some((owner, child)) => of_brackets(outline, cursor, owner, child),
        None => of_lines(outline, cursor),
    }
}

/// The innermost item whose brackets contain the cursor, and the item within them at the cursor.
fn in_brackets(outline: &Outline, cursor: usize) -> Option<(usize, Option<usize>)> {
    let holds = |item: &Item| match &item.value {
        Value::Map(Some(brackets)) | Value::List(Some(brackets)) => {
            brackets.start < cursor && cursor <= brackets.end
        }
        _ => false,
    };
    // Inner items come after outer ones.
    let owner = outline.items.iter().rposition(holds)?;
    let has = |child: &&usize| {
        let slot = outline.item(**child).slot.as_ref();
        slot.is_some_and(|slot| slot.start <= cursor && cursor <= slot.end)
    };
    Some((owner, outline.item(owner).children.iter().find(has).copied()))
}

fn of_brackets(outline: &Outline, cursor: usize, owner: usize, child: Option<usize>) -> Option<Spot> {
    let location = Location { outline, cursor, in_brackets: true };
    let is_map = matches!(outline.item(owner).value, Value::Map(_));
    // Before an existing value, a new one can be inserted.
    match child.filter(|child| outline.item(*child).key.start <= cursor) {
        None if is_map => Some(location.key(owner, None)),
        None => Some(location.new_item(owner, Part::Value)),
        Some(child) if outline.item(child).after.is_some_and(|after| after <= cursor) => {
            location.value(child)
        }
        Some(child) if is_map => {
            location.on_one_line(&outline.item(child).key).then(|| location.key(owner, Some(child)))
        }
        Some(_) => None,
    }
}

fn of_lines(outline: &Outline, cursor: usize) -> Option<Spot> {
    let line = outline.start(outline.line(cursor));
    let location = Location { outline, cursor, in_brackets: false };
    // The first is the document.
    let items = outline.items.iter().enumerate().skip(1);
    let mut here = items.filter(|(_, item)| item.slot.is_none() && item.key.start >= line);
    let before = here.clone().take_while(|(_, item)| item.key.start <= cursor).last();
    match before {
        Some((index, item)) if matches!(item.name, Name::Key(_)) && location.on_one_line(&item.key) => {
            Some(location.key(item.parent, Some(index)))
        }
        Some((index, item)) => {
            item.after.filter(|after| *after <= cursor).and_then(|_| location.value(index))
        }
        None if here.any(|(_, item)| outline.line(item.key.start) == outline.line(cursor)) => None,
        None => of_bare_line(&location),
    }
}

/// On a line without a key of its own.
fn of_bare_line(location: &Location<'_>) -> Option<Spot> {
    let Location { outline, cursor, .. } = *location;
    let holds = |item: &Item| match &item.value {
        Value::Text(range, _) => range.start <= cursor && cursor <= range.end,
        _ => false,
    };
    if let Some(index) = outline.items.iter().position(holds) {
        return location.value(index);
    }
    if !location.begins_line(cursor) {
        return None;
    }
    let column = outline.column(cursor);
    let above = |item: &Item| item.slot.is_none() && item.key.start < cursor;
    let mut index = outline.items.iter().rposition(above).unwrap_or(0);
    while index != 0 && outline.item(index).column >= column {
        index = outline.item(index).parent;
    }
    match &outline.item(index).value {
        Value::Map(None) => Some(location.key(index, None)),
        Value::Nothing if index == 0 => Some(location.key(index, None)),
        Value::Nothing => location.value(index),
        Value::List(None) => Some(location.new_item(index, Part::NewItem)),
        _ => None,
    }
}
