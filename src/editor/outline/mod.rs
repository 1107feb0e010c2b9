//! A text while somebody types it: its maps, lists and values with their places, whether or not it is YAML yet. The one place
//! that says where in a spec something stands, for every request of an editor.
//!
//! What is not closed ends where the indentation says that something else begins. Nothing here is recursive: a hostile
//! document has a hundred thousand brackets.

mod block;
mod brackets;
mod text;

#[cfg(test)]
pub(super) mod tests;

pub(super) use text::unquoted;

use std::ops::Range;

use processor::pointer::below;

use crate::diagnostic::{FileId, Place, Position, Span};

/// Items of one text that are remembered; a spec has at most 10,000 values.
const MOST: usize = 20_000;

/// What a text holds. Offsets count characters from 0.
pub(super) struct Outline {
    pub(super) characters: Vec<char>,
    /// Where each line begins.
    starts: Vec<usize>,
    /// In the order of the text; the first is the document itself.
    pub(super) items: Vec<Item>,
    pub(super) comments: Vec<Range<usize>>,
}

/// The document, an entry of a map, or an item of a list.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The item whose map or list it is in.
    pub(super) parent: usize,
    pub(super) name: Name,
    /// The key with its quotes, or the dash; empty where there is neither.
    pub(super) key: Range<usize>,
    /// Where its value may begin. `None`: a key whose colon is yet to be typed.
    pub(super) after: Option<usize>,
    pub(super) value: Value,
    pub(super) children: Vec<usize>,
    /// The columns that its key or dash is indented by, where it is not between brackets.
    pub(super) column: usize,
    /// Between brackets: from behind the bracket or comma before it to the comma or bracket after it.
    pub(super) slot: Option<Range<usize>>,
}

/// How an item is called in its map or list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    Document,
    Key(String),
    Index(usize),
}

/// What stands as the value of an item. Brackets: from the opening one to the closing one, or to where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Nothing,
    Text(Range<usize>, Style),
    Map(Option<Range<usize>>),
    List(Option<Range<usize>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// Lines below `|` or `>`.
    Block,
}

impl Outline {
    pub(super) fn of(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let breaks = characters.iter().enumerate().filter(|(_, character)| **character == '\n');
        let starts = std::iter::once(0).chain(breaks.map(|(index, _)| index + 1)).collect();
        let (items, comments) = block::read(&characters);
        Self { characters, starts, items, comments }
    }

    pub(super) fn item(&self, index: usize) -> &Item {
        // Indices are made here, and the document is always there.
        self.items.get(index).unwrap_or(&self.items[0])
    }

    /// The names that lead to an item.
    pub(super) fn path(&self, mut index: usize) -> Vec<Name> {
        let mut path = Vec::new();
        while index != 0 {
            path.push(self.item(index).name.clone());
            index = self.item(index).parent;
        }
        path.reverse();
        path
    }

    /// The line of an offset, from 0.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Where a line begins.
    pub(super) fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.characters.len())
    }

    pub(super) fn column(&self, offset: usize) -> usize {
        offset - self.start(self.line(offset)).min(offset)
    }

    /// The offset of a line and column from 0, both within the text.
    pub(super) fn offset(&self, line: usize, column: usize) -> usize {
        let end = match self.starts.get(line + 1) {
            Some(next) => next - 1,
            None => self.characters.len(),
        };
        (self.start(line) + column).min(end)
    }

    pub(super) fn text(&self, range: &Range<usize>) -> String {
        self.characters.get(range.clone()).unwrap_or_default().iter().collect()
    }

    pub(super) fn place(&self, range: &Range<usize>) -> Place {
        let at = |offset: usize| {
            let line = self.line(offset);
            Position { line: line + 1, column: offset - self.start(line) + 1, offset }
        };
        Place { file: FileId(0), span: Span { start: at(range.start), end: at(range.end) } }
    }
}

/// The JSON pointer of names.
pub(super) fn pointer(path: &[Name]) -> String {
    path.iter().fold(String::new(), |pointer, name| match name {
        Name::Document => pointer,
        Name::Key(key) => below(&pointer, key),
        Name::Index(index) => format!("{pointer}/{index}"),
    })
}
