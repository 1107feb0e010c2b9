//! How text from outside is shown to people: file names, values of a spec, rows, services' messages. It must not move
//! the reader's cursor, reverse characters or hide them (CWE-150). Nothing is removed: characters without a visible
//! shape are written as `\u{…}`.

use std::fmt::Write as _;

/// Code points without a visible shape that the standard library counts as printable: fillers, and variation selectors.
const SHAPELESS: [(char, char); 9] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{e0100}', '\u{e01ef}'),
];

/// Whether a character has a visible shape, or is a blank, and has no effect on a terminal. Combining marks are
/// visible: macOS writes accents in file names as separate code points.
#[must_use]
pub fn is_visible(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    if SHAPELESS.iter().any(|(first, last)| (*first..=*last).contains(&character)) {
        return false;
    }
    // The standard library decides what is printable, but only for text; a combining mark is printable only after a
    // letter.
    let mut text = [b'a'; 5];
    let end = 1 + character.encode_utf8(&mut text[1..]).len();
    std::str::from_utf8(&text[..end]).is_ok_and(|text| text.escape_debug().nth(1) == Some(character))
}

/// The text on one line, with all characters visible. Line breaks and tabs become blanks.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            character => push(&mut shown, character),
        }
    }
    shown
}

/// The same line by line, for text with intended line breaks.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

/// Appends a character, or its escape if it is not visible.
pub fn push(shown: &mut String, character: char) {
    if is_visible(character) {
        shown.push(character);
    } else {
        let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left_and_nothing_is_hidden() {
        assert_eq!(printable("a\x1b[2Jb\x1b]0;title\x07c"), "a\\u{1b}[2Jb\\u{1b}]0;title\\u{7}c");
        assert_eq!(printable("safe\u{202e}txt.exe\u{9b}31m"), "safe\\u{202e}txt.exe\\u{9b}31m");
        assert_eq!(printable("two\nlines"), "two lines");
        assert_eq!(printable_lines("two\nli\u{200b}nes"), "two\nli\\u{200b}nes");
    }

    /// Every control and every format character of Unicode 16, in plain text.
    #[test]
    fn what_has_a_shape_stays_and_what_has_none_is_numbered() {
        for text in
            ["Gdańsk", "e\u{301}", "日本語", "مرحبا", "שלום", "→ … ✓", "🚚", "naïve", "\u{1F1F5}\u{1F1F1}"]
        {
            assert_eq!(printable(text), text);
        }
        let ranges = [
            (0x00, 0x08),
            (0x0b, 0x0c),
            (0x0e, 0x1f),
            (0x7f, 0xa0),
            (0xad, 0xad),
            (0x34f, 0x34f),
            (0x61c, 0x61c),
            (0x115f, 0x1160),
            (0x180b, 0x180f),
            (0x2000, 0x200f),
            (0x2028, 0x202f),
            (0x205f, 0x206f),
            (0x3000, 0x3000),
            (0x3164, 0x3164),
            (0xe000, 0xe010),
            (0xfe00, 0xfe0f),
            (0xfeff, 0xfeff),
            (0xfff9, 0xfffb),
            (0x1d173, 0x1d17a),
            (0xe0001, 0xe0001),
            (0xe0020, 0xe007f),
            (0xe0100, 0xe01ef),
        ];
        for (first, last) in ranges {
            for character in (first..=last).filter_map(char::from_u32) {
                assert_eq!(printable(&character.to_string()), format!("\\u{{{:x}}}", u32::from(character)));
            }
        }
    }
}
