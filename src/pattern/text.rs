//! Comparison of texts without case, as EventBridge does it.

/// Whether `text` equals `wanted` except for case. As in the engine, a letter of the pattern matches itself, and its
/// lower and upper form if that is one letter.
pub(super) fn equals_ignore_case(wanted: &str, text: &str) -> bool {
    let mut left = wanted.chars();
    let mut right = text.chars();
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(letter), Some(other)) if same_letter(letter, other) => {}
            _ => return false,
        }
    }
}

pub(super) fn starts_ignore_case(wanted: &str, text: &str) -> bool {
    let mut letters = text.chars();
    wanted.chars().all(|letter| letters.next().is_some_and(|other| same_letter(letter, other)))
}

pub(super) fn ends_ignore_case(wanted: &str, text: &str) -> bool {
    let mut letters = text.chars().rev();
    wanted.chars().rev().all(|letter| letters.next().is_some_and(|other| same_letter(letter, other)))
}

fn same_letter(letter: char, other: char) -> bool {
    letter == other || letter.to_lowercase().eq([other]) || letter.to_uppercase().eq([other])
}

/// A value as JSON, shortened for a message.
pub(super) fn brief(written: &str) -> String {
    const ROOM: usize = 80;
    match written.char_indices().nth(ROOM) {
        None => written.to_owned(),
        Some((end, _)) => format!("{}…", written.get(..end).unwrap_or_default()),
    }
}

/// One step of a JSON pointer.
pub(super) fn step(pointer: &str, name: &str) -> String {
    processor::pointer::below(pointer, name)
}

/// The length of a map as compact JSON, in characters.
pub(super) fn length(map: &serde_json::Map<String, serde_json::Value>) -> usize {
    serde_json::to_string(map).map_or(0, |written| written.chars().count())
}
