//! The JSON Schema of an event's detail, compiled once and checked within limits.
//!
//! pipectl checks specs with the `jsonschema` crate. It is not used here, although it can read custom value types. It
//! holds a schema's own numbers as doubles unless `serde_json/arbitrary_precision` is on, which cargo enables for every
//! crate of the workspace. Also, its work has no limit: to report where a value fails, it collects the errors of every
//! branch of `anyOf` at every level, so an event of 20 levels takes 20 s if a schema of four lines calls itself twice.
//! Events are untrusted input, and a dead letter must state where it fails. So schemas are evaluated here, and every step
//! is counted; the test `the_library_agrees` compares the results with the crate's. Libraries translate and match the
//! patterns.

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
    /// The JSON pointer of the invalid part.
    pub pointer: String,
    /// The problem.
    pub message: String,
    /// The edit that fixes it.
    pub help: String,
}

impl Problem {
    fn new(pointer: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), message: message.into(), help: help.into() }
    }
}

/// Where a detail violates the schema. It contains no value of the detail, and only names that the schema contains too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The JSON pointer of the value within the detail; `*` replaces a name that the schema does not contain.
    pub pointer: String,
    /// The same with every name, for people who may see the event.
    pub location: String,
    /// The schema's keyword; `None` if checking the schema takes too many steps.
    pub keyword: Option<&'static str>,
    /// The name of the field that is missing.
    pub missing: Option<String>,
}

impl Schema {
    /// Reads and compiles a schema.
    ///
    /// # Errors
    /// The first part that is invalid, or that cannot be checked.
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

    /// The schema as written.
    #[must_use]
    pub fn document(&self) -> &Json {
        &self.document
    }

    /// The first violation of the schema in `detail`.
    #[must_use]
    pub fn violation(&self, detail: &Json) -> Option<Violation> {
        run::violation(&self.compiled, detail)
    }
}

impl Violation {
    /// Checking took too many steps to find out.
    fn exhausted() -> Self {
        Self { pointer: String::new(), location: String::new(), keyword: None, missing: None }
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

/// Compares the text; the compiled form follows from it.
impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Schema {}

/// Serialised as a string within the JSON around it: a JSON parser may round numbers.
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
