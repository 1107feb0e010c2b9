//! The last check of output for people. Stages and pages write foreign text through `harmless`; text that was not is
//! escaped here, so that no page can omit it.

use crate::diagnostic::push_visible;

/// Text for people in a form that is safe for a terminal or the log of a CI job: line breaks, tabs and our own colours
/// are unchanged, every other invisible character is written as its number.
///
/// GitHub reads a line that begins with `::`, and `##[` anywhere, as a command to its runner. No text of ours begins so,
/// and a row or a name from outside must not.
pub(super) fn guarded(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            shown.push('\n');
        }
        one(line.strip_suffix('\r').unwrap_or(line), &mut shown);
    }
    shown
}

fn one(line: &str, shown: &mut String) {
    let mut remainder = line;
    let mut begun = false;
    while let Some(character) = remainder.chars().next() {
        if let Some(length) = style(remainder) {
            shown.push_str(&remainder[..length]);
            remainder = &remainder[length..];
            continue;
        }
        let command = remainder.starts_with("##[") || !begun && is_command(remainder);
        match character {
            '\t' => shown.push('\t'),
            ':' | '#' if command => shown.push_str(if character == ':' { "\\u{3a}" } else { "\\u{23}" }),
            character => push_visible(shown, character),
        }
        begun |= !character.is_whitespace();
        remainder = &remainder[character.len_utf8()..];
    }
}

/// `::error …`. With three colons the snippet renderer begins the name of another file, and GitHub sees no command.
fn is_command(line: &str) -> bool {
    line.starts_with("::") && !line.starts_with(":::")
}

/// The length of a change of colour or weight at the beginning of a text. Codes that hide letters (8), invert them (7) or
/// set a background colour are not ours.
fn style(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.find('m')?;
    let ours = |number: &str| {
        matches!(number.parse(), Ok(0..=4 | 22..=24 | 31..=37 | 39 | 91..=97)) || number.is_empty()
    };
    parameters[..end].split(';').all(ours).then_some("\x1b[".len() + end + 1)
}

/// A JSON document with the same values, in which every character is visible: invisible characters only occur in strings,
/// where they may be written as numbers.
pub(super) fn visible_json(document: &str) -> String {
    use std::fmt::Write as _;
    let mut shown = String::with_capacity(document.len());
    for (index, character) in document.char_indices() {
        let plain = crate::diagnostic::is_visible(character) || matches!(character, '\n' | '\t');
        if plain && !document[index..].starts_with("##[") {
            shown.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(shown, "\\u{unit:04x}");
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_colours_stay_and_nothing_else_that_a_terminal_obeys() {
        for ours in ["\x1b[1m\x1b[91merror\x1b[0m: text", "\x1b[2m a\tb\x1b[0m\n  c", "\x1b[1;94m|\x1b[m"] {
            assert_eq!(guarded(ours), ours);
        }
        assert_eq!(
            guarded("a\x1b[8mb\x1b[2J\x1b[30;40mc\x1b[38;5;0md"),
            "a\\u{1b}[8mb\\u{1b}[2J\\u{1b}[30;40mc\\u{1b}[38;5;0md"
        );
        assert_eq!(guarded("a\r\nb\rc\u{2028}d"), "a\nb\\u{d}c\\u{2028}d");
    }

    #[test]
    fn no_line_is_a_command_to_a_runner() {
        assert_eq!(
            guarded("  ::add-mask::x\n\x1b[2m::error::y"),
            "  \\u{3a}:add-mask::x\n\x1b[2m\\u{3a}:error::y"
        );
        assert_eq!(guarded(" ::: specs/b.yaml:1:1"), " ::: specs/b.yaml:1:1");
        assert_eq!(guarded("queue::too-short ##[group]"), "queue::too-short \\u{23}#[group]");
    }

    #[test]
    fn json_keeps_its_values() {
        let value =
            serde_json::json!({"a\u{202e}": ["\u{9b}31m", "##[x]", "\u{e0001}", "\u{7f}", "Gdańsk\n"]});
        for text in [value.to_string(), format!("{value:#}")] {
            let shown = visible_json(&text);
            assert!(shown.chars().all(|one| one == '\n' || crate::diagnostic::is_visible(one)), "{shown}");
            assert!(!shown.contains("##["), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).ok().as_ref(), Some(&value));
        }
    }
}
