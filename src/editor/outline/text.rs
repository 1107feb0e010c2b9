//! Ends of lines, quotes and comments in a text that may be incomplete.

use std::ops::Range;

use super::Style;

/// The most lines of a quoted text; an open quote is not searched further.
const LINES: usize = 100;

pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r')
}

/// The end of the line that contains an offset.
pub(super) fn line_end(characters: &[char], from: usize) -> usize {
    let remainder = characters.iter().skip(from);
    from + remainder.take_while(|character| **character != '\n').count()
}

/// The range without trailing blanks.
pub(super) fn trimmed(characters: &[char], range: Range<usize>) -> Range<usize> {
    let text = characters.get(range.clone()).unwrap_or_default();
    let blanks = text.iter().rev().take_while(|character| is_blank(**character)).count();
    range.start..range.end - blanks
}

/// Whether a colon ends a key: the next character is not part of a word.
pub(super) fn ends_key(next: Option<&char>, in_brackets: bool) -> bool {
    next.is_none_or(|next| {
        is_blank(*next) || *next == '\n' || in_brackets && matches!(next, ',' | '[' | ']' | '{' | '}')
    })
}

/// The range of the quoted text that begins at `start`, including quotes. If it is not closed before a line that is
/// indented by no more than `base` columns, it ends with its line.
pub(super) fn quoted(characters: &[char], start: usize, base: Option<usize>) -> (Range<usize>, Style) {
    let quote = characters.get(start).copied().unwrap_or('"');
    let style = if quote == '"' { Style::Double } else { Style::Single };
    let mut at = start + 1;
    let mut lines = 0;
    while let Some(character) = characters.get(at) {
        match character {
            '\\' if style == Style::Double => at += 1,
            '\'' if style == Style::Single && characters.get(at + 1) == Some(&'\'') => at += 1,
            character if *character == quote => return (start..at + 1, style),
            '\n' => {
                lines += 1;
                if lines > LINES || begins_other(characters, at + 1, base) {
                    break;
                }
            }
            _ => {}
        }
        at += 1;
    }
    (trimmed(characters, start..line_end(characters, start)), style)
}

/// Whether the line at an offset does not belong to the open value, whose indentation is `base`.
pub(super) fn begins_other(characters: &[char], start: usize, base: Option<usize>) -> bool {
    let remainder = characters.get(start..).unwrap_or_default();
    let indent = remainder.iter().take_while(|character| **character == ' ').count();
    let first = remainder.get(indent).copied().unwrap_or('\n');
    let continues = is_blank(first) || matches!(first, '\n' | '}' | ']' | ',' | '#');
    !continues && base.is_some_and(|base| indent <= base)
}

/// The text of a written scalar, without its quotes.
pub(in crate::editor) fn unquoted(source_text: &str, style: Style) -> String {
    let inner = |quote: char| {
        let inner = source_text.strip_prefix(quote).unwrap_or(source_text);
        inner.strip_suffix(quote).unwrap_or(inner).to_owned()
    };
    match style {
        Style::Plain | Style::Block => source_text.to_owned(),
        Style::Single => inner('\'').replace("''", "'"),
        // YAML's escapes are JSON's and a few rare ones.
        Style::Double => serde_json::from_str(source_text).unwrap_or_else(|_| inner('"')),
    }
}
