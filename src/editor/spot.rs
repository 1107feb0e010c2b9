//! What can be inserted at a cursor.

use std::ops::Range;

use super::outline::{Name, Outline, Style, Value, unquoted};

/// The position of a cursor among the values of a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) part: Part,
    /// The path of the map that the key belongs to, or of the value.
    pub(super) path: Vec<Name>,
    /// The range of the existing text without its quotes; empty at the cursor if there is none.
    pub(super) typed: Range<usize>,
    pub(super) quotes: Option<Style>,
    /// Within brackets.
    pub(super) in_brackets: bool,
    /// Whether only blanks or a dash are before it on its line, so that the first key of a map is valid as well.
    pub(super) begins_line: bool,
    /// The other keys of the map, or the other texts of the list.
    pub(super) present: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A key of the map at the path; the existing one, and whether it has a colon.
    Key { entry: Option<String>, has_colon: bool },
    /// The value at the path, which can be replaced.
    Value,
    /// A new item of the list at the path, which needs a dash.
    NewItem,
    /// Within the value at the path, where hover works, but completion does not.
    Around,
}

impl Spot {
    /// The path of the entry or value at the cursor; `None` if the key is not typed yet.
    pub(super) fn full_path(&self) -> Option<Vec<Name>> {
        let mut path = self.path.clone();
        match &self.part {
            Part::Key { entry, .. } => path.push(Name::Key(entry.clone().filter(|entry| !entry.is_empty())?)),
            Part::Value | Part::Around => {}
            Part::NewItem => return None,
        }
        Some(path)
    }
}

/// A cursor in a text.
#[derive(Clone, Copy)]
pub(super) struct Location<'a> {
    pub(super) outline: &'a Outline,
    pub(super) cursor: usize,
    pub(super) in_brackets: bool,
}

impl Location<'_> {
    /// Whether only blanks and dashes are before an offset on its line.
    pub(super) fn begins_line(&self, at: usize) -> bool {
        let line = self.outline.start(self.outline.line(at));
        let before = self.outline.characters.get(line..at).unwrap_or_default();
        !self.in_brackets && before.iter().all(|character| matches!(character, ' ' | '\t' | '-'))
    }

    /// Whether the range contains the cursor and is on one line.
    pub(super) fn on_one_line(&self, range: &Range<usize>) -> bool {
        self.inside(range) && self.outline.line(range.start) == self.outline.line(range.end)
    }

    fn inside(&self, range: &Range<usize>) -> bool {
        range.start <= self.cursor && self.cursor <= range.end
    }

    pub(super) fn key(&self, map: usize, entry: Option<usize>) -> Spot {
        let children = self.outline.item(map).children.iter();
        let others = children.filter(|child| Some(**child) != entry);
        let present = others.filter_map(|child| match &self.outline.item(*child).name {
            Name::Key(key) => Some(key.clone()),
            _ => None,
        });
        let present = present.collect();
        let item = entry.map(|entry| self.outline.item(entry));
        let name = item.and_then(|item| match &item.name {
            Name::Key(key) => Some(key.clone()),
            _ => None,
        });
        let has_colon = item.is_some_and(|item| item.after.is_some());
        let key = item.map_or(self.cursor..self.cursor, |item| item.key.clone());
        let begins_line = self.begins_line(key.start);
        let (typed, quotes) = self.without_quotes(key);
        let part = Part::Key { entry: name, has_colon };
        Spot { part, typed, quotes, begins_line, present, ..self.empty(self.outline.path(map)) }
    }

    pub(super) fn value(&self, item: usize) -> Option<Spot> {
        let path = self.outline.path(item);
        match &self.outline.item(item).value {
            Value::Nothing => Some(Spot { present: self.others(item), ..self.empty(path) }),
            Value::Text(range, style) => {
                if self.on_one_line(range) && *style != Style::Block {
                    let (typed, quotes) = self.without_quotes(range.clone());
                    let present = self.others(item);
                    let begins_line = self.begins_line(range.start);
                    return Some(Spot { typed, quotes, begins_line, present, ..self.empty(path) });
                }
                // Blanks before or after it, and texts of several lines.
                Some(Spot { part: Part::Around, ..self.empty(path) })
            }
            Value::Map(_) | Value::List(_) => Some(Spot { part: Part::Around, ..self.empty(path) }),
        }
    }

    pub(super) fn new_item(&self, list: usize, part: Part) -> Spot {
        let children = self.outline.item(list).children.iter();
        let before = children.filter(|child| self.outline.item(**child).key.start < self.cursor).count();
        let mut path = self.outline.path(list);
        path.push(Name::Index(before));
        Spot { part, present: self.texts(list, None), ..self.empty(path) }
    }

    /// The other texts of an item's list.
    fn others(&self, item: usize) -> Vec<String> {
        match &self.outline.item(item).name {
            Name::Index(_) => self.texts(self.outline.item(item).parent, Some(item)),
            _ => Vec::new(),
        }
    }

    fn texts(&self, list: usize, but: Option<usize>) -> Vec<String> {
        let children = self.outline.item(list).children.iter().filter(|child| Some(**child) != but);
        let text = |child: &usize| match &self.outline.item(*child).value {
            Value::Text(range, style) => Some(unquoted(&self.outline.text(range), *style)),
            _ => None,
        };
        children.filter_map(text).collect()
    }

    fn empty(&self, path: Vec<Name>) -> Spot {
        Spot {
            part: Part::Value,
            path,
            typed: self.cursor..self.cursor,
            quotes: None,
            in_brackets: self.in_brackets,
            begins_line: self.begins_line(self.cursor),
            present: Vec::new(),
        }
    }

    /// The range of a key or scalar without its quotes.
    fn without_quotes(&self, range: Range<usize>) -> (Range<usize>, Option<Style>) {
        let characters = self.outline.characters.get(range.clone()).unwrap_or_default();
        let Some(quote @ ('"' | '\'')) = characters.first() else { return (range, None) };
        let style = if *quote == '"' { Style::Double } else { Style::Single };
        let is_closed = characters.len() > 1 && characters.last() == Some(quote);
        let inner = range.start + 1..if is_closed { range.end - 1 } else { range.end };
        // Outside of the quotes, they are replaced, too.
        if self.inside(&inner) { (inner, Some(style)) } else { (range, None) }
    }
}
