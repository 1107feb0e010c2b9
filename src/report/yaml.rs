//! A value as YAML on one line.

use std::fmt::Write as _;

use processor::json::Json;

use crate::diagnostic::is_visible;

/// A value as YAML on one line, which every parser reads as the same value: plain words unquoted, other text in quotes,
/// and invisible characters as numbers.
pub(super) fn flow(value: &Json) -> String {
    match value {
        Json::Text(text) if is_word(text) => text.clone(),
        Json::Text(text) => quoted(text),
        Json::List(values) => format!("[{}]", values.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Map(map) => {
            let entries = map.iter().map(|(key, value)| format!("{}: {}", quoted(key), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => value.canonical(),
    }
}

/// In double quotes. YAML does not have JSON's surrogate pairs: beyond the basic plane a number has eight digits.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for (index, character) in text.char_indices() {
        let number = u32::from(character);
        let _ = match character {
            '"' | '\\' => write!(quoted, "\\{character}"),
            '\n' => write!(quoted, "\\n"),
            '\r' => write!(quoted, "\\r"),
            '\t' => write!(quoted, "\\t"),
            // GitHub's runner reads it as a command at any position.
            '#' if text[index..].starts_with("##[") => write!(quoted, "\\x23"),
            character if is_visible(character) => write!(quoted, "{character}"),
            _ if number <= 0xff => write!(quoted, "\\x{number:02x}"),
            _ if number <= 0xffff => write!(quoted, "\\u{number:04x}"),
            _ => write!(quoted, "\\U{number:08x}"),
        };
    }
    quoted + "\""
}

/// Whether a text needs no quotes for any YAML parser, including old ones.
fn is_word(text: &str) -> bool {
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "_-./@".contains(character))
        && !reserved.contains(&text.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_no_shape_is_written_by_its_number() {
        let value =
            json!(["a\u{202e}b", "\u{9b}31m", "\u{e0001}", "##[group]", {"k\u{2028}": "x y"}, "word"]);
        assert_eq!(
            flow(&crate::validate::exact_json(&value)),
            r##"["a\u202eb", "\x9b31m", "\U000e0001", "\x23#[group]", {"k\u2028": "x y"}, word]"##
        );
    }
}
