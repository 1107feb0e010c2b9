//! Columns as the client counts them, and as pipectl does.

use std::cell::OnceCell;

use serde_json::{Value, json};

use crate::diagnostic::{Location, Position, SourceText};

/// How the client counts columns. Lines count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Characters, as pipectl does.
    Utf32,
    /// UTF-16 units, two for characters such as an emoji: the protocol's default.
    Utf16,
}

impl Encoding {
    /// UTF-32 if the client supports it.
    pub(super) fn agreed(parameters: &Value) -> Self {
        let offered = parameters["capabilities"]["general"]["positionEncodings"].as_array();
        let knows = offered.is_some_and(|encodings| encodings.iter().any(|encoding| encoding == "utf-32"));
        if knows { Self::Utf32 } else { Self::Utf16 }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf32 => "utf-32",
            Self::Utf16 => "utf-16",
        }
    }

    fn width(self, character: char) -> usize {
        match self {
            Self::Utf32 => 1,
            Self::Utf16 => character.len_utf16(),
        }
    }

    /// Line and column of a client's position, from 0 and in characters. A position after the text is its end: a client
    /// that is one change behind, or hostile, may send any number.
    pub(super) fn read(self, text: &str, position: &Value) -> (usize, usize) {
        let number =
            |key: &str| position[key].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        let (line, wanted) = (number("line").min(text.lines().count()), number("character"));
        let mut width = 0;
        let column = text.lines().nth(line).unwrap_or_default().chars().take_while(|character| {
            width += self.width(*character);
            width <= wanted
        });
        (line, column.count())
    }
}

/// The texts with positions. A hostile document has ten thousand diagnostics in a megabyte, so each text is scanned
/// once.
pub(super) struct Texts<'a> {
    pub(super) sources: &'a [SourceText],
    encoding: Encoding,
    lines: Vec<OnceCell<Vec<Line>>>,
}

/// What is needed to convert the columns of a line.
struct Line {
    /// In characters.
    length: usize,
    /// The columns, from 0, of characters that count as two UTF-16 units.
    wide: Vec<usize>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(sources: &'a [SourceText], encoding: Encoding) -> Self {
        Self { sources, encoding, lines: sources.iter().map(|_| OnceCell::new()).collect() }
    }

    pub(super) fn source(&self, location: Location) -> Option<&'a SourceText> {
        self.sources.get(location.file.0)
    }

    /// The protocol's form; without a location, the beginning of the text.
    pub(super) fn range(&self, location: Option<Location>) -> Value {
        let position = |of: fn(Location) -> Position| {
            location.map_or_else(
                || json!({"line": 0, "character": 0}),
                |location| self.position(location, of(location)),
            )
        };
        json!({"start": position(|location| location.span.start), "end": position(|location| location.span.end)})
    }

    fn position(&self, location: Location, position: Position) -> Value {
        let number = position.line.saturating_sub(1);
        let line = self.lines_of(location).get(number);
        let column = line.map_or(0, |line| position.column.saturating_sub(1).min(line.length));
        let more = line.map_or(0, |line| line.wide.partition_point(|wide| *wide < column));
        json!({"line": number, "character": column + more})
    }

    fn lines_of(&self, location: Location) -> &[Line] {
        let (Some(cell), Some(source)) = (self.lines.get(location.file.0), self.source(location)) else {
            return &[];
        };
        cell.get_or_init(|| source.text.lines().map(|line| self.line(line)).collect())
    }

    fn line(&self, line: &str) -> Line {
        let wide = line.chars().enumerate().filter(|(_, character)| self.encoding.width(*character) > 1);
        Line { length: line.chars().count(), wide: wide.map(|(column, _)| column).collect() }
    }
}
