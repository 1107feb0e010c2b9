use serde_json::{Value, json};

use crate::diagnostic::{Position, Span};

/// How the client counts columns. Lines count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Characters, as we do.
    Utf32,
    /// Two for what lies beyond the basic plane, such as an emoji: the protocol's own way.
    Utf16,
}

impl Encoding {
    /// Ours where the client knows it.
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

    pub(super) fn range(self, text: &str, span: Span) -> Value {
        json!({"start": self.position(text, span.start), "end": self.position(text, span.end)})
    }

    fn position(self, text: &str, position: Position) -> Value {
        let line = text.lines().nth(position.line.saturating_sub(1)).unwrap_or_default();
        let before = line.chars().take(position.column.saturating_sub(1));
        let character: usize = before.map(|character| self.width(character)).sum();
        json!({"line": position.line.saturating_sub(1), "character": character})
    }

    /// Line from 0 and column from 0 in characters of what the client calls a position.
    pub(super) fn read(self, text: &str, position: &Value) -> (usize, usize) {
        let number =
            |key: &str| position[key].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        let (line, wanted) = (number("line"), number("character"));
        let mut width = 0;
        let column = text.lines().nth(line).unwrap_or_default().chars().take_while(|character| {
            width += self.width(*character);
            width <= wanted
        });
        (line, column.count())
    }
}
