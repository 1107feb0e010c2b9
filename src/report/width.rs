//! The columns that text takes on a terminal: a wide character takes two; a combining mark and a change of colour take
//! none.

use anstream::adapter::strip_str;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Most combining marks per column of a line that is cut: more are not part of a letter, and take a page of memory.
const MARKS: usize = 2;

/// The columns of a line.
pub(super) fn columns(line: &str) -> usize {
    if line.contains('\u{1b}') { strip_str(line).map(|part| part.width()).sum() } else { line.width() }
}

/// A text padded with blanks to `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// A line without colours, cut at its end to at most `width` columns.
pub(super) fn cut(line: &str, width: usize) -> String {
    if fits(line, width) {
        return line.to_owned();
    }
    format!("{}…", &line[..fitting(line.char_indices(), width.saturating_sub(1))])
}

/// A line without colours, cut at its beginning to at most `width` columns.
pub(super) fn end(line: &str, width: usize) -> String {
    if fits(line, width) {
        return line.to_owned();
    }
    let reversed: Vec<(usize, char)> = line.chars().rev().scan(0, after).collect();
    let length = fitting(reversed.into_iter(), width.saturating_sub(1));
    // A combining mark without its letter would be applied to the character before it.
    let remainder =
        line[line.len() - length..].trim_start_matches(|character: char| character.width() == Some(0));
    format!("…{remainder}")
}

/// The text in lines of at most `width` columns, broken at blanks.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let fits =
            lines.last().is_none_or(|line| line.is_empty() || columns(line) + 1 + columns(word) <= width);
        if !fits {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            let blank = if line.is_empty() { "" } else { " " };
            line.push_str(blank);
            line.push_str(word);
        }
    }
    lines
}

/// A page whose longer lines are broken at blanks.
#[must_use]
pub fn narrowed(page: &str, width: usize) -> String {
    let line = |line: &str| match columns(line) <= width {
        true => line.to_owned(),
        false => wrapped(line, width).join("\n"),
    };
    page.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The start of a character, counted from the end.
fn after(bytes: &mut usize, character: char) -> Option<(usize, char)> {
    let index = *bytes;
    *bytes += character.len_utf8();
    Some((index, character))
}

fn fits(line: &str, width: usize) -> bool {
    columns(line) <= width && line.chars().nth(MARKS * width).is_none()
}

/// The number of bytes of the first characters that fit into `width` columns.
fn fitting(characters: impl Iterator<Item = (usize, char)>, width: usize) -> usize {
    let mut used = 0;
    let mut bytes = 0;
    for (index, character) in characters.take(MARKS * width) {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        bytes = index + character.len_utf8();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_and_marks_and_colours_none() {
        for (text, expected) in
            [("abc", 3), ("東京", 4), ("Ga\u{301}dansk", 7), ("\u{1b}[1m\u{1b}[31mab\u{1b}[0m", 2), ("", 0)]
        {
            assert_eq!(columns(text), expected, "{text}");
            assert_eq!(columns(&padded(text, 9)), 9, "{text}");
        }
        assert_eq!(padded("東京", 3), "東京", "what is wider stays whole");
    }

    #[test]
    fn truncated_text_fits_and_splits_no_character() {
        let text = "ab東京e\u{301}fg";
        for width in 1..10 {
            for cut in [cut(text, width), end(text, width)] {
                assert!(columns(&cut) <= width, "{width}: {cut}");
                assert!(columns(&cut) + 1 >= width.min(columns(text)), "{width}: {cut}");
            }
        }
        assert_eq!((cut(text, 5), end(text, 3)), ("ab東…".to_owned(), "…fg".to_owned()));
        assert_eq!(end(text, 4), "…e\u{301}fg");
        assert_eq!(cut(text, 9), text);
        let marks = format!("a{}b", "\u{301}".repeat(10_000));
        assert!(
            [cut(&marks, 9), end(&marks, 9)].iter().all(|cut| cut.chars().count() <= 18),
            "marks without end"
        );
    }
}
