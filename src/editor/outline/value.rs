//! One value on a line: plain, in quotes, in brackets, or over several lines.

use std::ops::Range;

use super::block::Reader;
use super::text::{is_blank, line_end, quoted, trimmed};
use super::{Style, Value};

impl Reader<'_> {
    /// Parses the value of an item, which begins here or after blanks.
    pub(super) fn value(&mut self, item: usize) {
        self.blanks();
        // Anchors and tags do not affect the structure.
        while matches!(self.peek(), Some('&' | '!')) {
            while self.peek().is_some_and(|character| !is_blank(character) && character != '\n') {
                self.at += 1;
            }
            self.blanks();
        }
        match self.peek() {
            None | Some('\n' | '#') => {}
            Some('|' | '>') => return self.lines_below(item),
            Some('{' | '[') => {
                if self.brackets(item) {
                    return;
                }
            }
            Some('"' | '\'') => {
                let (range, style) = self.quoted();
                self.items[item].value = Value::Text(range, style);
            }
            Some(_) => {
                let (range, style) = self.plain();
                self.items[item].value = Value::Text(range, style);
            }
        }
        self.skip_line();
    }

    pub(super) fn quoted(&mut self) -> (Range<usize>, Style) {
        let found = quoted(self.characters, self.at, self.base());
        self.at = found.0.end;
        found
    }

    /// Text up to the end of its line or a comment.
    pub(super) fn plain(&mut self) -> (Range<usize>, Style) {
        let start = self.at;
        let end = line_end(self.characters, start);
        let comment =
            (start + 1..end).find(|at| self.characters[*at] == '#' && is_blank(self.characters[*at - 1]));
        self.at = comment.unwrap_or(end);
        (trimmed(self.characters, start..self.at), Style::Plain)
    }

    /// A text on the following lines, as long as they are indented.
    fn lines_below(&mut self, item: usize) {
        let start = self.at;
        let base = (item != 0).then(|| self.items[item].column);
        let mut end = line_end(self.characters, start);
        let mut next = end + 1;
        while next < self.characters.len() {
            let line = next..line_end(self.characters, next);
            let is_empty = self.characters[line.clone()].iter().all(|character| is_blank(*character));
            let indent = self.characters[line.clone()].iter().take_while(|one| **one == ' ').count();
            if !is_empty && base.is_some_and(|base| indent <= base) {
                break;
            }
            if !is_empty {
                end = line.end;
            }
            next = line.end + 1;
        }
        self.items[item].value = Value::Text(start..end, Style::Block);
        self.at = end + 1;
    }
}
