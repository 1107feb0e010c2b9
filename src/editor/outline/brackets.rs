//! Flow YAML: maps and lists in brackets that may still be open.

use std::ops::Range;

use super::block::Reader;
use super::text::{begins_other, ends_key, is_blank, quoted, trimmed, unquoted};
use super::{MOST, Name, Style, Value};

/// Open brackets.
struct Level {
    /// The item whose value they are.
    owner: usize,
    is_map: bool,
    start: usize,
    /// The offset after the bracket or the last comma.
    slot: usize,
    /// The item that began since then.
    current: Option<usize>,
}

impl Reader<'_> {
    /// Parses a map or list in brackets, starting at the opening one, as the value of an item. Returns whether the
    /// brackets are not closed: then the reader is at the beginning of the line that belongs to something else.
    pub(super) fn brackets(&mut self, item: usize) -> bool {
        let base = self.base();
        let mut levels: Vec<Level> = Vec::new();
        self.open_bracket(&mut levels, item);
        while let Some(level) = levels.last_mut() {
            match self.peek() {
                None => self.close_all(&mut levels),
                Some(_) if self.items.len() > MOST => {
                    self.at = self.characters.len();
                }
                Some('\n') => {
                    if begins_other(self.characters, self.at + 1, base) {
                        self.close_all(&mut levels);
                        self.at += 1;
                        return true;
                    }
                    self.at += 1;
                }
                Some(character) if is_blank(character) => self.at += 1,
                Some('#') if self.at > 0 && !is_word(self.characters[self.at - 1]) => self.comment(),
                Some('{' | '[') => {
                    let owner = self.owner(level);
                    self.open_bracket(&mut levels, owner);
                }
                Some(bracket @ ('}' | ']')) => self.close_bracket(&mut levels, bracket == '}'),
                Some(',') => {
                    self.end_slot(level);
                    self.at += 1;
                }
                Some(':') if level.is_map && self.is_colon(level) => self.colon(level),
                Some('"' | '\'') => {
                    let (range, style) = quoted(self.characters, self.at, base);
                    self.at = range.end;
                    self.word(level, range, style);
                }
                Some(_) => {
                    let range = self.plain_word();
                    self.word(level, range, Style::Plain);
                }
            }
        }
        false
    }

    fn open_bracket(&mut self, levels: &mut Vec<Level>, owner: usize) {
        let is_map = self.peek() == Some('{');
        let open = Some(self.at..self.characters.len());
        self.items[owner].value = if is_map { Value::Map(open) } else { Value::List(open) };
        levels.push(Level { owner, is_map, start: self.at, slot: self.at + 1, current: None });
        self.at += 1;
    }

    /// Closes the innermost brackets of this kind, and unclosed ones within them.
    fn close_bracket(&mut self, levels: &mut Vec<Level>, is_map: bool) {
        if let Some(found) = levels.iter().rposition(|level| level.is_map == is_map) {
            for level in levels.drain(found..).rev().collect::<Vec<_>>() {
                self.close(&level);
            }
        }
        self.at += 1;
    }

    fn close_all(&mut self, levels: &mut Vec<Level>) {
        for level in levels.drain(..).rev().collect::<Vec<_>>() {
            self.close(&level);
        }
    }

    fn close(&mut self, level: &Level) {
        self.end_current(level);
        let brackets = Some(level.start..self.at);
        let value = if level.is_map { Value::Map(brackets) } else { Value::List(brackets) };
        self.items[level.owner].value = value;
    }

    fn end_slot(&mut self, level: &mut Level) {
        self.end_current(level);
        level.slot = self.at + 1;
        level.current = None;
    }

    fn end_current(&mut self, level: &Level) {
        if let Some(current) = level.current {
            self.items[current].slot = Some(level.slot..self.at);
        }
    }

    /// The item whose value begins here: the entry after its colon, else a new one.
    fn owner(&mut self, level: &mut Level) -> usize {
        let waits = level.current.filter(|current| {
            self.items[*current].after.is_some() && self.items[*current].value == Value::Nothing
        });
        waits.unwrap_or_else(|| self.begin(level, String::new(), self.at..self.at, Some(self.at)))
    }

    fn begin(&mut self, level: &mut Level, key: String, range: Range<usize>, after: Option<usize>) -> usize {
        // Something that is not separated by a comma.
        if level.current.is_some() {
            self.end_current(level);
            level.slot = self.at;
        }
        let name = match level.is_map {
            true => Name::Key(key),
            false => Name::Index(self.items[level.owner].children.len()),
        };
        let item = self.add(level.owner, name, range, after);
        self.items[item].slot = Some(level.slot..self.characters.len());
        level.current = Some(item);
        item
    }

    /// Whether the colon here ends a key; after quotes it always does.
    fn is_colon(&self, level: &Level) -> bool {
        let is_behind_quotes = self.at > 0 && matches!(self.characters[self.at - 1], '"' | '\'');
        let waits = level.current.is_none_or(|current| self.items[current].after.is_none());
        waits && (is_behind_quotes || ends_key(self.characters.get(self.at + 1), true))
    }

    fn colon(&mut self, level: &mut Level) {
        let item = match level.current {
            Some(current) => current,
            None => self.begin(level, String::new(), self.at..self.at, None),
        };
        self.at += 1;
        self.items[item].after = Some(self.at);
    }

    /// A word: a key, a value, or a continuation of one.
    fn word(&mut self, level: &mut Level, range: Range<usize>, style: Style) {
        let source_text: String = self.characters[range.clone()].iter().collect();
        let text = unquoted(&source_text, style);
        let Some(current) = level.current else {
            let after = (!level.is_map).then_some(range.start);
            let key = if level.is_map { range.clone() } else { range.start..range.start };
            let item = self.begin(level, text, key, after);
            if !level.is_map {
                self.items[item].value = Value::Text(range, style);
            }
            return;
        };
        let item = &mut self.items[current];
        match (&item.value, item.after) {
            (_, None) => item.key.end = range.end,
            (Value::Text(before, style), _) => item.value = Value::Text(before.start..range.end, *style),
            (Value::Nothing, _) => item.value = Value::Text(range, style),
            (Value::Map(_) | Value::List(_), _) => {}
        }
    }

    /// Skips a text without quotes, at least one character.
    fn plain_word(&mut self) -> Range<usize> {
        let start = self.at;
        self.at += 1;
        while let Some(character) = self.peek() {
            let ends = match character {
                ',' | '[' | ']' | '{' | '}' | '\n' => true,
                ':' => ends_key(self.characters.get(self.at + 1), true),
                '#' => is_blank(self.characters[self.at - 1]),
                _ => false,
            };
            if ends {
                break;
            }
            self.at += 1;
        }
        trimmed(self.characters, start..self.at)
    }
}

fn is_word(character: char) -> bool {
    !is_blank(character) && !matches!(character, '\n' | ',' | '[' | '{')
}
