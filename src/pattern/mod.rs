//! EventBridge's event pattern language, offline: what the service would refuse, what can never match, and whether an
//! event matches. Where the documentation is silent, AWS's open-source engine (event-ruler) decides.

mod anything_but;
mod certain;
mod cidr;
mod complexity;
mod crowded;
mod envelope;
mod leaf;
mod matching;
mod misplaced;
mod numeric;
mod operator;
mod parse;
mod quoted;
mod suggest;
mod text;
mod wildcard;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use certain::{Certain, certain};
pub use envelope::{envelope_fields, envelope_meaning, is_of_envelope, nearest_of_envelope};

use leaf::Leaf;

/// A parsed event pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Every field that the pattern names, in order.
    leaves: Vec<Leaf>,
    /// The pattern without `$or`: an event matches if it matches all leaves (by index) of one branch.
    branches: Vec<Vec<usize>>,
    /// What EventBridge accepts today and would refuse with one more wildcard.
    warnings: Vec<Mistake>,
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// A JSON pointer from the pattern's root, such as `/detail/weight/0/numeric/1`.
    pub pointer: String,
    /// Whether the key is wrong, not its value.
    pub on_key: bool,
    pub message: String,
    /// The exact edit that fixes it.
    pub help: String,
}

/// The names of the operators.
#[must_use]
pub fn operator_names() -> &'static [&'static str] {
    &operator::NAMES
}

/// The first field, in the pattern's order, that does not match an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Dotted, such as `detail.weight`.
    pub field: String,
    /// What the pattern requires and what the event has.
    pub reason: String,
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// All mistakes in it, in the pattern's order.
    pub fn parse(pattern: &Map<String, Value>) -> Result<Pattern, Vec<Mistake>> {
        parse::parse(pattern)
    }

    /// What EventBridge accepts and nearly refuses.
    #[must_use]
    pub fn warnings(&self) -> &[Mistake] {
        &self.warnings
    }

    /// Values of a pattern that are quoted operators.
    #[must_use]
    pub fn quoted_operators(pattern: &Map<String, Value>) -> Vec<Mistake> {
        quoted::quoted(pattern)
    }

    /// The length of a pattern in characters, as its quota counts it.
    #[must_use]
    pub fn length(pattern: &Map<String, Value>) -> usize {
        text::length(pattern)
    }

    /// Whether an event matches.
    pub fn matches(&self, event: &Value) -> Result<(), Mismatch> {
        matching::matches(self, event)
    }
}
