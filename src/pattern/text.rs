//! Comparison of texts without case, as EventBridge does it.

/// Whether `text` equals `wanted` except for case. As in the engine, a letter of the pattern matches itself, and its
/// lower and upper form if that is one letter.
pub(super) fn equals_ignore_case(wanted: &str, text: &str) -> bool {
    let mut left = wanted.chars();
    let mut right = text.chars();
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(character), Some(other)) if is_same_character(character, other) => {}
            _ => return false,
        }
    }
}

pub(super) fn starts_ignore_case(wanted: &str, text: &str) -> bool {
    let mut characters = text.chars();
    wanted.chars().all(|character| characters.next().is_some_and(|other| is_same_character(character, other)))
}

pub(super) fn ends_ignore_case(wanted: &str, text: &str) -> bool {
    let mut characters = text.chars().rev();
    wanted
        .chars()
        .rev()
        .all(|character| characters.next().is_some_and(|other| is_same_character(character, other)))
}

fn is_same_character(character: char, other: char) -> bool {
    character == other || character.to_lowercase().eq([other]) || character.to_uppercase().eq([other])
}

/// A value as JSON, shortened for a message.
pub(super) fn brief(source: &str) -> String {
    const LONGEST: usize = 80;
    match source.char_indices().nth(LONGEST) {
        None => source.to_owned(),
        Some((end, _)) => format!("{}…", source.get(..end).unwrap_or_default()),
    }
}

/// One step of a JSON pointer.
pub(super) fn step(pointer: &str, name: &str) -> String {
    processor::pointer::below(pointer, name)
}

/// The length of a map as compact JSON, in characters.
pub(super) fn length(map: &serde_json::Map<String, serde_json::Value>) -> usize {
    serde_json::to_string(map).map_or(0, |source| source.chars().count())
}
