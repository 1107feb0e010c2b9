//! Lines of block YAML: keys and dashes by their columns.

use std::ops::Range;

use super::text::{ends_key, is_blank, line_end, quoted, trimmed, unquoted};
use super::{Item, MOST, Name, Style, Value};

/// Parses lines: keys and dashes by their columns, and their values.
pub(super) struct Reader<'a> {
    pub(super) characters: &'a [char],
    pub(super) at: usize,
    pub(super) items: Vec<Item>,
    pub(super) comments: Vec<Range<usize>>,
    /// The items that a deeper line would belong to, the document first.
    open: Vec<usize>,
    /// The beginning of the current line.
    start: usize,
}

pub(super) fn read(characters: &[char]) -> (Vec<Item>, Vec<Range<usize>>) {
    let document = Item {
        parent: 0,
        name: Name::Document,
        key: 0..0,
        after: Some(0),
        value: Value::Nothing,
        children: Vec::new(),
        column: 0,
        slot: None,
    };
    let (items, comments) = (vec![document], Vec::new());
    let mut reader = Reader { characters, at: 0, items, comments, open: vec![0], start: 0 };
    while reader.at < characters.len() && reader.items.len() < MOST {
        reader.line();
    }
    (reader.items, reader.comments)
}

impl Reader<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    pub(super) fn blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
    }

    /// The indentation of the innermost open item, in columns.
    pub(super) fn base(&self) -> Option<usize> {
        self.open.last().filter(|last| **last != 0).map(|last| self.items[*last].column)
    }

    pub(super) fn add(
        &mut self,
        parent: usize,
        name: Name,
        key: Range<usize>,
        after: Option<usize>,
    ) -> usize {
        let index = self.items.len();
        let column = key.start.saturating_sub(self.start);
        let (value, children) = (Value::Nothing, Vec::new());
        self.items.push(Item { parent, name, key, after, value, children, column, slot: None });
        self.items[parent].children.push(index);
        index
    }

    /// Records a comment, up to the end of its line, and skips it.
    pub(super) fn comment(&mut self) {
        let end = line_end(self.characters, self.at);
        self.comments.push(self.at..end);
        self.at = end;
    }

    /// Parses one line, and those on which its value continues.
    fn line(&mut self) {
        let start = self.at;
        self.start = start;
        self.blanks();
        match self.peek() {
            Some('%') if self.at == start => return self.skip_line(),
            Some('-' | '.') if self.at == start && self.is_marker() => {
                self.open.truncate(1);
                self.at += 3;
                self.blanks();
            }
            _ => {}
        }
        match self.peek() {
            None | Some('\n' | '#') => self.skip_line(),
            Some(_) => self.entries(),
        }
    }

    /// Skips the remainder of a line; only a comment matters in it.
    pub(super) fn skip_line(&mut self) {
        self.blanks();
        if self.peek() == Some('#') {
            self.comment();
        }
        self.at = line_end(self.characters, self.at) + 1;
    }

    fn is_marker(&self) -> bool {
        let word = self.characters.get(self.at..self.at + 3).unwrap_or_default();
        (word == ['-', '-', '-'] || word == ['.', '.', '.'])
            && ends_key(self.characters.get(self.at + 3), false)
    }

    /// Parses the content of a line: dashes, then a key with its value, or text of a value.
    fn entries(&mut self) {
        loop {
            let column = self.at - self.start;
            if self.peek() == Some('-') && ends_key(self.characters.get(self.at + 1), false) {
                let parent = self.parent(column, true);
                let index = self.items[parent].children.len();
                if self.items[parent].value == Value::Nothing {
                    self.items[parent].value = Value::List(None);
                }
                let item = self.add(parent, Name::Index(index), self.at..self.at + 1, Some(self.at + 1));
                self.open.push(item);
                self.at += 1;
                self.blanks();
                if matches!(self.peek(), None | Some('\n' | '#')) {
                    return self.skip_line();
                }
                continue;
            }
            let Some((key, name, colon)) = self.key() else { return self.loose(column) };
            let parent = self.parent(column, false);
            self.make_map(parent);
            let item = self.add(parent, Name::Key(name), key, Some(colon + 1));
            self.open.push(item);
            self.at = colon + 1;
            return self.value(item);
        }
    }

    /// The item that something in this column belongs to. A list may be in the column of its key.
    fn parent(&mut self, column: usize, dash: bool) -> usize {
        while let Some(last) = self.open.last().copied().filter(|last| *last != 0) {
            let own = self.items[last].column;
            let holds_dash = dash && own == column && matches!(self.items[last].name, Name::Key(_));
            if own < column || holds_dash {
                return last;
            }
            self.open.pop();
        }
        0
    }

    /// Turns an item into a map. A word below its key was then the beginning of a key.
    fn make_map(&mut self, item: usize) {
        match self.items[item].value.clone() {
            Value::Nothing => self.items[item].value = Value::Map(None),
            Value::Text(range, style) => {
                self.items[item].value = Value::Map(None);
                let before = self.characters[..range.start].iter().rev();
                let column = before.clone().take_while(|one| is_blank(**one)).count();
                let is_first = before.clone().nth(column).is_none_or(|one| *one == '\n');
                let source_text: String = self.characters[range.clone()].iter().collect();
                if is_first && !source_text.contains('\n') {
                    let key = self.add(item, Name::Key(unquoted(&source_text, style)), range, None);
                    self.items[key].column = column;
                }
            }
            Value::Map(_) | Value::List(_) => {}
        }
    }

    /// The key that begins here: its range, its text, and the offset of its colon; `None` if the line has none.
    fn key(&self) -> Option<(Range<usize>, String, usize)> {
        let first = self.peek()?;
        if matches!(first, '"' | '\'') {
            let end = line_end(self.characters, self.at);
            let (range, style) = quoted(&self.characters[..end], self.at, self.base());
            let blanks = self.characters[range.end..end].iter().take_while(|one| is_blank(**one)).count();
            let colon = range.end + blanks;
            let is_key = self.characters.get(colon) == Some(&':');
            let source_text: String = self.characters[range.clone()].iter().collect();
            return (is_key && ends_key(self.characters.get(colon + 1), false))
                .then(|| (range, unquoted(&source_text, style), colon));
        }
        if matches!(first, '{' | '[') {
            return None;
        }
        let mut at = self.at;
        while let Some(character) = self.characters.get(at).filter(|character| **character != '\n') {
            match character {
                ':' if ends_key(self.characters.get(at + 1), false) => {
                    let key = trimmed(self.characters, self.at..at);
                    let name = self.characters[key.clone()].iter().collect();
                    return Some((key, name, at));
                }
                '#' if at > self.at && is_blank(self.characters[at - 1]) => return None,
                _ => at += 1,
            }
        }
        None
    }

    /// Text on a line without a key: the value of the item above, its continuation, or a key without a colon yet.
    fn loose(&mut self, column: usize) {
        let parent = self.parent(column, false);
        let is_text = !matches!(self.peek(), Some('{' | '[' | '"' | '\''));
        let continued_start = match &self.items[parent].value {
            Value::Nothing => return self.value(parent),
            Value::Text(range, Style::Plain) if is_text => Some(range.start),
            _ => None,
        };
        if let Some(start) = continued_start {
            let (range, _) = self.plain();
            self.items[parent].value = Value::Text(start..range.end, Style::Plain);
            return self.skip_line();
        }
        self.make_map(parent);
        if !is_text && matches!(self.peek(), Some('{' | '[')) {
            let item = self.add(parent, Name::Key(String::new()), self.at..self.at, Some(self.at));
            return self.value(item);
        }
        let (key, style) = if is_text { self.plain() } else { self.quoted() };
        let source_text: String = self.characters[key.clone()].iter().collect();
        let item = self.add(parent, Name::Key(unquoted(&source_text, style)), key, None);
        self.open.push(item);
        self.skip_line();
    }
}
