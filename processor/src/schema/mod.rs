//! What an event's detail must be: a JSON Schema, compiled once and checked within bounds.
//!
//! The `jsonschema` crate, with which pipectl checks specs, is not used here, though it reads values of one's own. It keeps a
//! schema's own numbers as doubles unless `serde_json/arbitrary_precision` is on, which cargo switches on for every crate of
//! the workspace. And what it does has no bound: to say where a value fails, it collects the errors of every branch of
//! `anyOf` at every level, so an event of 20 levels costs 20 s where a schema of four lines calls itself twice. An event
//! is a stranger's text, and a dead letter must say where it fails. So what a schema means is worked out here, step by counted
//! step; the test `the_library_agrees` compares it with the crate's answers. Patterns are translated and matched by libraries.

mod compile;
mod document;
mod keyword;
mod pattern;
mod reach;
mod run;
mod seen;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::Json;
use compile::Compiled;

pub use document::{Document, Draft, LARGEST};

/// A JSON Schema that an event's detail must satisfy.
#[derive(Clone)]
pub struct Schema {
    text: String,
    document: Arc<Json>,
    compiled: Arc<Compiled>,
}

/// Why a text is not a schema the processor can check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// The JSON pointer of the part that is wrong.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// The edit.
    pub help: String,
}

impl Problem {
    fn new(pointer: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), message: message.into(), help: help.into() }
    }
}

/// Where a detail violates the schema. It names no value of the detail, and of names only those that the schema has, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The JSON pointer of the value within the detail; `*` stands for a name that the schema does not give.
    pub pointer: String,
    /// The same with every name, for who may see the event.
    pub place: String,
    /// The schema's keyword; `None` where the schema takes too many steps to be checked.
    pub keyword: Option<&'static str>,
    /// The name of the field that is missing.
    pub missing: Option<String>,
}

impl Schema {
    /// Reads and compiles a schema.
    ///
    /// # Errors
    /// The first part that is wrong, or that cannot be checked.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let json = document::parse(text)?;
        let compiled = Compiled::of(&Document::of(&json)?)?;
        Ok(Self { text: json.canonical(), document: Arc::new(json), compiled: Arc::new(compiled) })
    }

    /// The schema in canonical JSON.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The schema as it is written.
    #[must_use]
    pub fn document(&self) -> &Json {
        &self.document
    }

    /// Where `detail` first violates the schema.
    #[must_use]
    pub fn violation(&self, detail: &Json) -> Option<Violation> {
        run::violation(&self.compiled, detail)
    }
}

impl Violation {
    /// It took too many steps to say whether there is one.
    fn exhausted() -> Self {
        Self { pointer: String::new(), place: String::new(), keyword: None, missing: None }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(keyword) = self.keyword else {
            return write!(formatter, "checking it takes more than {} steps", run::STEPS);
        };
        match self.pointer.as_str() {
            "" => write!(formatter, "the detail violates `{keyword}`")?,
            pointer => write!(formatter, "`{pointer}` of the detail violates `{keyword}`")?,
        }
        match &self.missing {
            Some(name) => write!(formatter, ": `{name}` is missing"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Schema").field(&self.text).finish()
    }
}

/// By what is written; the compiled form follows from it.
impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Schema {}

/// As a text within the JSON around it: what reads that rounds numbers.
impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).map_err(|problem| {
            serde::de::Error::custom(format!("the schema at `{}`: {}", problem.pointer, problem.message))
        })
    }
}
