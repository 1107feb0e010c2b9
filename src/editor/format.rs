//! Formatting: two blanks per level, no trailing blanks, one line break at the end. Content and comments are unchanged;
//! if that is uncertain, nothing is changed.

use std::ops::Range;

use serde_json::{Value as Json, json};

use super::document::Documents;
use super::outline::{Item, Outline, Style, Value};
use crate::source::document;

/// The edits that format a document; none if it is formatted already, or cannot be.
pub(super) fn edits(documents: &Documents<'_>, parameters: &Json) -> Option<Json> {
    let document = documents.of(parameters)?;
    let before = &document.own.text;
    let outline = document.outline()?;
    let after = formatted(before)?;
    let texts = documents.texts(document);
    let range = |range: Range<usize>| texts.range(Some(outline.location(&range)));
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    let mut edits = Vec::new();
    // The last line of the new text is empty.
    let last = new.len() - 1;
    for (number, new) in new.iter().enumerate().take(last) {
        // A position of the protocol is within a line, which does not include its line break.
        let old = bare(old.get(number).copied().unwrap_or_default());
        let new = bare(new);
        if old != new {
            let start = outline.start(number);
            edits.push(json!({"range": range(start..start + old.chars().count()), "newText": new}));
        }
    }
    let remainder = old.get(last..).unwrap_or_default();
    let length = before.chars().count();
    if old.len() == last {
        let end = if after.ends_with("\r\n") { "\r\n" } else { "\n" };
        edits.push(json!({"range": range(length..length), "newText": end}));
    } else if remainder != [""] {
        edits.push(json!({"range": range(outline.start(last)..length), "newText": ""}));
    }
    Some(edits.into())
}

fn bare(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

/// The formatted text; `None` if it is not YAML, or its content would change.
pub(super) fn formatted(text: &str) -> Option<String> {
    let value = document(text).ok()?.value();
    let outline = Outline::of(text);
    let lines = Lines::of(&outline);
    let mut formatted: Vec<String> =
        text.split('\n').enumerate().map(|(number, line)| lines.formatted(number, line)).collect();
    while formatted.last().is_some_and(|line| line.trim().is_empty()) {
        formatted.pop();
    }
    let ends = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut formatted = formatted.join("\n");
    formatted.truncate(formatted.trim_end_matches('\r').len());
    formatted.push_str(ends);
    let same = document(&formatted).is_ok_and(|tree| tree.value() == value)
        && comments(&Outline::of(&formatted)) == comments(&outline);
    same.then_some(formatted)
}

fn comments(outline: &Outline) -> Vec<String> {
    outline.comments.iter().map(|comment| outline.text(comment).trim_end().to_owned()).collect()
}

/// The indentation of each line.
struct Lines<'a> {
    outline: &'a Outline,
    /// By line: the item whose key or dash is first on it, or whose value continues on it.
    owners: Vec<Option<usize>>,
    /// By line: whether it ends within a text in which blanks matter.
    exact: Vec<bool>,
    /// By item: its level.
    levels: Vec<usize>,
    /// The items that begin on a line of their own.
    heads: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(outline: &'a Outline) -> Self {
        let count = outline.line(outline.characters.len()) + 1;
        let (owners, exact) = (vec![None; count], vec![false; count]);
        let mut lines = Self { outline, owners, exact, levels: Vec::new(), heads: Vec::new() };
        for (index, item) in outline.items.iter().enumerate() {
            let level =
                if index == 0 { 0 } else { lines.levels[item.parent] + usize::from(item.parent != 0) };
            lines.levels.push(level);
            if item.slot.is_none() {
                lines.own(index, item);
                lines.heads.extend(Some(index).filter(|index| *index != 0));
            }
            if let Value::Text(range, style) = &item.value {
                lines.keep(range, *style);
            }
        }
        lines
    }

    fn own(&mut self, index: usize, item: &Item) {
        let value = match &item.value {
            Value::Text(range, _) | Value::Map(Some(range)) | Value::List(Some(range)) => Some(range),
            _ => None,
        };
        let first = if index == 0 { None } else { Some(self.outline.line(item.key.start)) };
        let continued = value.map(|range| self.outline.line(range.start)..self.outline.line(range.end) + 1);
        for line in first.into_iter().chain(continued.into_iter().flatten()) {
            let owner = &mut self.owners[line];
            *owner = owner.or(Some(index));
        }
    }

    fn keep(&mut self, range: &Range<usize>, style: Style) {
        let (first, last) = (self.outline.line(range.start), self.outline.line(range.end));
        let ends = if style == Style::Block { last + 1 } else { last };
        if style != Style::Plain {
            self.exact[first..ends].fill(true);
        }
    }

    fn formatted(&self, number: usize, line: &str) -> String {
        let (line, end) = line.strip_suffix('\r').map_or((line, ""), |line| (line, "\r"));
        let indent = line.chars().take_while(|character| *character == ' ').count();
        let body = &line[indent..];
        let body = if self.exact[number] { body } else { body.trim_end_matches([' ', '\t']) };
        if body.is_empty() && !self.exact[number] {
            return end.to_owned();
        }
        let (body, shift) = match self.owners[number] {
            Some(owner) => (self.with_short_dashes(number, body), self.shift(owner)),
            None => (body.to_owned(), self.shift_of_comment(number, indent)),
        };
        let indent = indent.saturating_add_signed(shift);
        format!("{}{body}{end}", " ".repeat(indent))
    }

    /// By how many columns an item moves.
    fn shift(&self, index: usize) -> isize {
        let column = isize::try_from(self.outline.item(index).column).unwrap_or_default();
        if index == 0 { 0 } else { isize::try_from(2 * self.levels[index]).unwrap_or_default() - column }
    }

    /// A comment is indented like the item below it, else like the one above it in the same column.
    fn shift_of_comment(&self, number: usize, indent: usize) -> isize {
        let start = self.outline.start(number);
        let split = self.heads.partition_point(|head| self.outline.item(*head).key.start < start);
        let next = self.heads.get(split).copied();
        let next = next.filter(|next| self.outline.item(*next).column == indent);
        let mut above = split.checked_sub(1).map_or(0, |last| self.heads[last]);
        while above != 0 && self.outline.item(above).column > indent {
            above = self.outline.item(above).parent;
        }
        self.shift(next.unwrap_or(above))
    }

    /// One blank after each dash at the beginning of a line.
    fn with_short_dashes(&self, number: usize, body: &str) -> String {
        let mut remainder = body;
        let mut dashes = String::new();
        let is_list = self.owners[number].is_some_and(|owner| {
            let item = self.outline.item(owner);
            matches!(item.name, super::outline::Name::Index(_)) && self.outline.line(item.key.start) == number
        });
        while let Some(behind) = remainder.strip_prefix('-').filter(|_| is_list) {
            let next = behind.trim_start_matches(' ');
            if next.len() == behind.len() || next.is_empty() || next.starts_with('#') {
                break;
            }
            dashes.push_str("- ");
            remainder = next;
        }
        dashes + remainder
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::formatted;
    use crate::editor::outline::tests::{in_lines, value};
    use crate::source::document;

    #[test]
    fn levels_have_two_blanks_and_comments_stay() {
        let text = "# head  \nversion: 1   \n\n\nbus:\n    # of the pattern\n    pattern:\n        source:\n        -   a # first\n        -   b\n\n        # last\n    samples: {match: [x,\n        y],   \n      ignore: []}\n#end\nqueue:\n   retention_days:   4\n\n\n";
        let expected = "# head\nversion: 1\n\n\nbus:\n  # of the pattern\n  pattern:\n    source:\n      - a # first\n      - b\n\n      # last\n  samples: {match: [x,\n      y],\n    ignore: []}\n#end\nqueue:\n  retention_days:   4\n";
        assert_eq!(formatted(text).as_deref(), Some(expected));
        assert_eq!(formatted(expected).as_deref(), Some(expected));
        let windows = text.replace('\n', "\r\n");
        assert_eq!(formatted(&windows), Some(expected.replace('\n', "\r\n")));
    }

    #[test]
    fn texts_of_many_lines_stay_as_they_are_and_what_is_not_certain_is_not_done() {
        for (text, expected) in [
            (
                "a:\n    b: |\n        one  \n          two\n\n    c: 1",
                Some("a:\n  b: |\n      one  \n        two\n\n  c: 1\n"),
            ),
            ("a:\n      b: \"one  \n        two\"\n", Some("a:\n  b: \"one  \n    two\"\n")),
            ("a:\n      b: one  \n        two\n", Some("a:\n  b: one\n    two\n")),
            ("- - a\n  -    b: 1\n       c: 2\n", Some("- - a\n  - b: 1\n    c: 2\n")),
            // The lines at the end are part of the text.
            ("a: |+\n  b\n\n\n", None),
            ("a: [\n", None),
            ("a: 1\na: 2\n", None),
            ("a: 1\n---\nb: 2\n", None),
            ("", None),
        ] {
            assert_eq!(formatted(text).as_deref(), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn formatting_changes_no_value(value in value(), widths in proptest::collection::vec(1..6_usize, 80)) {
            let map = Value::Object(Map::from_iter([("root".to_owned(), value)]));
            let text = in_lines(&map, &widths);
            prop_assert_eq!(document(&text).map(|tree| tree.value()).ok(), Some(map.clone()), "{}", text);
            let Some(done) = formatted(&text) else { panic!("not formatted:\n{text}") };
            prop_assert_eq!(document(&done).map(|tree| tree.value()).ok(), Some(map));
            prop_assert_eq!(formatted(&done), Some(done.clone()), "{}", done);
            let comments = |text: &str| text.matches('#').count();
            prop_assert_eq!(comments(&done), comments(&text));
            for line in done.lines() {
                prop_assert_eq!(line.trim_end(), line);
                prop_assert_eq!((line.len() - line.trim_start().len()) % 2, 0, "{}", line);
            }
        }
    }
}
