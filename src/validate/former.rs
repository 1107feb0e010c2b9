//! `sort_key_format` in the current form: the edits that preserve comments, layout and meaning.

use processor::mapping::Format;

use crate::diagnostic::{Edit, FileId, Fix, Location, Position, Span};
use crate::source::SpecTree;
use crate::spec::{EventMapping, Mapped, SortKeyFormat};

const SORT_KEY: &str = "/event/sort_key";
const FORMER: &str = "/event/sort_key_format";

/// The edits, if the text is simple enough and all of it is in the spec's own file: other specs may read a base too.
pub(super) fn fix(tree: &SpecTree, event: &EventMapping) -> Option<Fix> {
    let text = Text::of(tree)?;
    let entry = text.entry(FORMER)?;
    let is_here = tree.has(SORT_KEY) && tree.key_location(SORT_KEY).file == FileId(0);
    let mut edits = Vec::new();
    let format = event.sort_key_format?;
    match (&event.sort_key, is_here) {
        (Mapped::Full(full), true) if full.format.is_none() && format == SortKeyFormat::Text => {
            edits.push(text.with_format()?);
            edits.push(text.without(entry)?);
        }
        (Mapped::Name(name), true) if !event.sort_key.is_none() && format == SortKeyFormat::Text => {
            text.entry(SORT_KEY)?;
            edits.push(Edit { location: tree.value_location(SORT_KEY), text: text.full(name, format) });
            edits.push(text.without(entry)?);
        }
        // The default is a timestamp, and a format of its own takes precedence.
        (_, true) => edits.push(text.without(entry)?),
        (Mapped::Name(name), false) if !event.sort_key.is_none() => {
            let value = match format {
                SortKeyFormat::Text => text.full(name, format),
                SortKeyFormat::Timestamp => text.word(name),
            };
            let key = text.word("sort_key");
            edits.push(Edit { location: text.location(entry.0, entry.1), text: format!("{key}: {value}") });
        }
        (_, false) => return None,
    }
    Some(Fix { title: "write `format` under `sort_key`".to_owned(), edits })
}

/// The spec's own file. Offsets count characters.
struct Text<'a> {
    tree: &'a SpecTree,
    characters: Vec<char>,
    /// Keys are in quotes, as in JSON.
    is_quoted: bool,
}

impl<'a> Text<'a> {
    fn of(tree: &'a SpecTree) -> Option<Self> {
        let characters = tree.sources().first()?.text.chars().collect();
        let is_quoted = tree.text_at(tree.key_location(FORMER)).starts_with('"');
        Some(Self { tree, characters, is_quoted })
    }

    fn word(&self, word: &str) -> String {
        if self.is_quoted { format!("\"{word}\"") } else { word.to_owned() }
    }

    fn full(&self, name: &str, format: SortKeyFormat) -> String {
        let format = match format {
            SortKeyFormat::Text => Format::Text,
            SortKeyFormat::Timestamp => Format::Timestamp,
        };
        let path = format!("$.detail.{name}");
        let entries = [("attribute", name), ("from", &path), ("format", format.as_str())];
        let entries = entries.map(|(key, value)| format!("{}: {}", self.word(key), self.word(value)));
        format!("{{{}}}", entries.join(", "))
    }

    /// The range of a key and its scalar, if only a colon is between them. An alias has its value elsewhere, and an
    /// anchor's value is used elsewhere.
    fn entry(&self, pointer: &str) -> Option<(usize, usize)> {
        let (key, value) = (self.tree.key_location(pointer), self.tree.value_location(pointer));
        let (start, end) = (key.span.start.offset, value.span.end.offset);
        let between: String =
            self.characters.get(key.span.end.offset..value.span.start.offset)?.iter().collect();
        let is_plain =
            key.file == FileId(0) && value.file == FileId(0) && between.trim_end_matches(' ') == ":";
        let is_anchored = self.tree.text_at(value).starts_with('&');
        (is_plain && !is_anchored && key.span.start.line == value.span.end.line).then_some((start, end))
    }

    /// The map under `sort_key` with a format as its first entry.
    fn with_format(&self) -> Option<Edit> {
        let map = self.tree.value_location(SORT_KEY).span.start;
        let entries = ["attribute", "from"].map(|key| format!("{SORT_KEY}/{key}"));
        let keys =
            entries.iter().filter(|entry| self.tree.has(entry)).map(|entry| self.tree.key_location(entry));
        let keys: Vec<Location> = keys.collect();
        if keys.iter().any(|key| key.file != FileId(0) || key.span.start < map) {
            return None;
        }
        let entry = format!("{}: {}", self.word("format"), self.word(Format::Text.as_str()));
        let first = keys.iter().map(|key| key.span.start).min()?;
        if self.characters.get(map.offset) == Some(&'{') {
            return Some(Edit {
                location: self.location(first.offset, first.offset),
                text: format!("{entry}, "),
            });
        }
        let windows = self.characters.windows(2).any(|pair| pair == ['\r', '\n']);
        let line_end = if windows { "\r\n" } else { "\n" };
        let indent = " ".repeat(first.column - 1);
        let is_block = self.line_start(first.offset) + first.column - 1 == first.offset
            && self.characters[self.line_start(first.offset)..first.offset].iter().all(|one| *one == ' ');
        let edit = Edit {
            location: self.location(first.offset, first.offset),
            text: format!("{entry}{line_end}{indent}"),
        };
        is_block.then_some(edit)
    }

    /// The removal of an entry that is not the only one of its map: with its line, if nothing else is on it.
    fn without(&self, (start, end): (usize, usize)) -> Option<Edit> {
        let map = self.tree.value_location("/event");
        if map.file == FileId(0) && self.characters.get(map.span.start.offset) == Some(&'{') {
            return Some(self.without_in_flow(start, end));
        }
        let line = self.line_start(start);
        if self.characters[line..start].iter().any(|character| *character != ' ') {
            return None;
        }
        let remainder = self.characters[end..].iter().take_while(|character| **character != '\n').count();
        let after: String = self.characters[end..end + remainder].iter().collect();
        let edit = |from, to| Some(Edit { location: self.location(from, to), text: String::new() });
        match after.trim() {
            "" if end + remainder < self.characters.len() => edit(line, end + remainder + 1),
            // The last line of a file without a line break.
            "" => {
                let before = self.characters[..line].iter().rev();
                let line_end = before.take_while(|character| ['\r', '\n'].contains(character)).take(2);
                let windows = self.characters[..line].ends_with(&['\r', '\n']);
                edit(line - if windows { 2 } else { line_end.take(1).count() }, end)
            }
            comment if comment.starts_with('#') => {
                let blanks = after.chars().take_while(|character| character.is_whitespace()).count();
                edit(start, end + blanks)
            }
            _ => None,
        }
    }

    fn without_in_flow(&self, start: usize, end: usize) -> Edit {
        let blank = |character: &&char| **character == ' ';
        let behind = end + self.characters[end..].iter().take_while(blank).count();
        let before = start - self.characters[..start].iter().rev().take_while(blank).count();
        let (from, to) = if self.characters.get(behind) == Some(&',') {
            (start, behind + 1 + self.characters[behind + 1..].iter().take_while(blank).count())
        } else if self.characters[..before].last() == Some(&',') {
            (before - 1, end)
        } else {
            (start, behind)
        };
        Edit { location: self.location(from, to), text: String::new() }
    }

    fn line_start(&self, offset: usize) -> usize {
        let before = self.characters[..offset].iter().rev();
        offset - before.take_while(|character| **character != '\n').count()
    }

    fn location(&self, start: usize, end: usize) -> Location {
        let at = |offset: usize| Position {
            line: 1 + self.characters[..offset].iter().filter(|character| **character == '\n').count(),
            column: 1 + offset - self.line_start(offset),
            offset,
        };
        Location { file: FileId(0), span: Span { start: at(start), end: at(end) } }
    }
}
