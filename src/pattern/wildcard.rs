use serde_json::Value;

use super::{Mistake, operator};

/// A text with `*` in it: the literal pieces between the stars.
#[derive(Debug, Clone)]
pub(super) struct Wildcard {
    first: String,
    /// The text after each star.
    remainder: Vec<String>,
    /// Its location, as a JSON pointer from the pattern's root.
    pub(super) pointer: String,
}

/// Equal at any location.
impl PartialEq for Wildcard {
    fn eq(&self, other: &Self) -> bool {
        self.first == other.first && self.remainder == other.remainder
    }
}

impl Eq for Wildcard {}

/// Why a wildcard is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    StarsInARow,
    /// A backslash before anything but `*` and `\`.
    Escape,
}

impl Wildcard {
    pub(super) fn parse(source: &str) -> Result<Wildcard, Refusal> {
        let mut pieces = vec![String::new()];
        let mut after_star = false;
        let mut characters = source.chars();
        while let Some(character) = characters.next() {
            let literal = match character {
                '*' if after_star => return Err(Refusal::StarsInARow),
                '*' => None,
                '\\' => match characters.next() {
                    Some(escaped @ ('*' | '\\')) => Some(escaped),
                    _ => return Err(Refusal::Escape),
                },
                plain => Some(plain),
            };
            after_star = literal.is_none();
            match (literal, pieces.last_mut()) {
                (Some(character), Some(piece)) => piece.push(character),
                _ => pieces.push(String::new()),
            }
        }
        let mut pieces = pieces.into_iter();
        Ok(Wildcard {
            first: pieces.next().unwrap_or_default(),
            remainder: pieces.collect(),
            pointer: String::new(),
        })
    }

    /// The text before, between and after the stars; one piece if there is no star.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.first.as_str()).chain(self.remainder.iter().map(String::as_str))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let Some(mut left) = text.strip_prefix(self.first.as_str()) else { return false };
        let Some((last, middle)) = self.remainder.split_last() else { return left.is_empty() };
        // The leftmost position of each piece leaves the most text for the next, so no position is tried twice.
        for piece in middle {
            match left.split_once(piece.as_str()) {
                Some((_, after)) => left = after,
                None => return false,
            }
        }
        left.ends_with(last.as_str())
    }
}

/// Parses the value of `wildcard`.
pub(super) fn parse(value: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Wildcard> {
    let text = operator::text_of("wildcard", value, pointer, "order-*", mistakes)?;
    let refused = match Wildcard::parse(&text) {
        Ok(wildcard) => return Some(Wildcard { pointer: pointer.to_owned(), ..wildcard }),
        Err(refusal) => refusal,
    };
    let (message, help) = match refused {
        Refusal::StarsInARow => {
            ("`wildcard` has two `*` in a row", "write one `*`, or `\\*` for a literal one")
        }
        Refusal::Escape => (
            "`wildcard` has a `\\` that escapes neither `*` nor `\\`",
            "write `\\\\` for a literal backslash",
        ),
    };
    let (message, help) = (message.to_owned(), help.to_owned());
    mistakes.push(Mistake { pointer: pointer.to_owned(), on_key: false, message, help });
    None
}
