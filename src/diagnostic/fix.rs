//! Edits that repair exactly what a diagnostic reports.

use super::Location;

/// Edits that certainly fix a diagnostic, and change nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is done, as an imperative: ``rename `ttl_day` to `ttl_days` ``.
    pub title: String,
    pub edits: Vec<Edit>,
}

/// A replacement of one text by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub location: Location,
    pub text: String,
}

impl Fix {
    /// The usual fix: replaces one text by another.
    #[must_use]
    pub fn replace(title: impl Into<String>, location: Location, text: impl Into<String>) -> Self {
        Self { title: title.into(), edits: vec![Edit { location, text: text.into() }] }
    }
}

/// Applies edits to a text. Of overlapping edits, only the first in the text is applied; the next round sees the
/// others. Offsets count characters.
#[must_use]
pub fn apply_edits<'a>(text: &str, edits: impl IntoIterator<Item = &'a Edit>) -> String {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.location.span.start.offset, edit.location.span.end.offset));
    let bytes: Vec<usize> = text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect();
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let (start, end) = (edit.location.span.start.offset, edit.location.span.end.offset);
        let (Some(from), Some(_)) = (bytes.get(start), bytes.get(end)) else { continue };
        if start < done || end < start {
            continue;
        }
        edited.push_str(&text[bytes[done]..*from]);
        edited.push_str(&edit.text);
        done = end;
    }
    edited.push_str(&text[bytes[done]..]);
    edited
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{FileId, Position, Span};

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        let at = |offset| Position { line: 1, column: offset + 1, offset };
        let location = Location { file: FileId(0), span: Span { start: at(start), end: at(end) } };
        Edit { location, text: text.to_owned() }
    }

    #[test]
    fn edits_count_characters_and_the_first_of_two_that_overlap_is_done() {
        assert_eq!(apply_edits("naïve: 1 # é", &[edit(7, 8, "2"), edit(0, 5, "plain")]), "plain: 2 # é");
        assert_eq!(apply_edits("abcdef", &[edit(0, 3, "x"), edit(2, 4, "y")]), "xdef");
        assert_eq!(apply_edits("abc", &[edit(2, 9, "x")]), "abc");
        assert_eq!(apply_edits("", &[]), "");
    }
}
