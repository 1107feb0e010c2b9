//! Custom code: it gets each event before the mapping does, and returns it or rejects it.
//!
//! [`crate::decide::read`] is the one place that calls it, so everything that reads an event for a decision sees the same
//! event: the row, the identity, the erased key, a canary. `pipectl` calls the same code through `bootstrap --decide`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::decide::shallow;
use crate::event::Event;
use crate::json::Json;
use crate::parse::LONGEST_KEY;
use crate::path::{DETAIL, Path};
use crate::reason::{Reason, Rejection};

/// Why custom code rejects an event. The text is part of the program, so no value of an event can get into a log or a
/// dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    message: &'static str,
}

impl Rejected {
    /// A rejection with the problem, such as `the carrier is unknown`.
    #[must_use]
    pub const fn because(message: &'static str) -> Self {
        Self { message }
    }
}

impl From<Rejected> for Rejection {
    fn from(rejected: Rejected) -> Self {
        Self::new(Reason::RejectedByCode, rejected.message)
    }
}

/// Custom code as the processor calls it: an event becomes another one, or is rejected.
type Transform = dyn Fn(Event) -> Result<Event, Rejection> + Send + Sync;

/// Custom code, or none. Two values are always equal: a config is what was written, whatever code runs with it.
#[derive(Clone, Default)]
pub struct Code(Option<Arc<Transform>>);

impl Code {
    /// The code to call for each event. It must not depend on time or state: the same event gives the same answer.
    pub fn new(transform: impl Fn(Event) -> Result<Event, Rejection> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(transform)))
    }

    /// Whether there is any.
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// The event that custom code returns.
    ///
    /// # Errors
    /// The code rejects it, or returned an invalid event.
    pub(crate) fn apply(&self, event: Event) -> Result<Event, Rejection> {
        let Some(transform) = &self.0 else { return Ok(event) };
        let event = transform(event)?;
        shallow(&event)?;
        match event.detail() {
            Some(detail) if has_wrong_key(detail) => {
                let message = format!(
                    "the custom code created an object key that is empty or longer than {LONGEST_KEY} bytes"
                );
                Err(Rejection::new(Reason::InvalidKey, message).at(Path::of_envelope(DETAIL).pointer()))
            }
            _ => Ok(event),
        }
    }
}

/// Whether an object has a key that a parsed body cannot have, but custom code can create.
fn has_wrong_key(fields: &BTreeMap<String, Json>) -> bool {
    fields.iter().any(|(key, value)| key.is_empty() || key.len() > LONGEST_KEY || is_wrong(value))
}

fn is_wrong(value: &Json) -> bool {
    match value {
        Json::Map(fields) => has_wrong_key(fields),
        Json::List(items) => items.iter().any(is_wrong),
        _ => false,
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Code" } else { "no code" })
    }
}

impl PartialEq for Code {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Code {}
