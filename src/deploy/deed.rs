//! What the evidence of one command holds.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::checkout::Checkout;
use crate::diagnostic::Failure;

/// What one command changed. Public JSON shape. What was added since the first of these is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    pub version: u32,
    /// When it began, in RFC 3339 and UTC.
    pub at: String,
    /// When it ended; `None`: it goes on, or was interrupted.
    pub ended: Option<String>,
    /// The caller's ARN.
    pub by: String,
    /// The spec, as it was given.
    pub spec: String,
    /// SHA-256 of what the spec says, with what it extends and its defaults.
    #[serde(default)]
    pub spec_digest: Option<String>,
    /// The checkout that the spec is in, if it is in one.
    #[serde(default)]
    pub git: Option<Checkout>,
    /// pipectl's version.
    pub pipectl: String,
    /// `apply`, `apply --code-only`, `apply --adopt`, `rollback`, `destroy`, `recover`, `drift --revert`; of messages `redrive`,
    /// `edit`, `import`, `purge` and others.
    pub operation: String,
    /// The queue whose messages they were.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub queue: String,
    /// The flags that chose them.
    #[serde(default)]
    pub chosen: String,
    /// How many SQS took where they were sent, and deleted where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<usize>,
    /// What was agreed to: the flags that answer, and what was typed.
    #[serde(default)]
    pub consents: Vec<String>,
    /// Whether it did all that it was to do.
    pub complete: bool,
    #[serde(default)]
    pub outcome: Option<DeedOutcome>,
    /// The key of the record of the apply, by which `rollback` comes back to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeedOutcome {
    /// `created`, `updated`, `rolled back`, `destroyed` and the like; `done`, `incomplete` or `failed`.
    pub result: String,
    /// What changed, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<String>,
    /// Of a failure: pipectl's exit code, the diagnostic's code and its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl DeedOutcome {
    pub(super) fn of(result: &str) -> Self {
        Self { result: result.to_owned(), ..Self::default() }
    }

    pub(super) fn failed(failure: &Failure) -> Self {
        let first = failure.diagnostics.first();
        Self {
            exit: Some(failure.exit as u8),
            code: first.map(|first| first.code.name.to_owned()),
            message: first.map(|first| first.message.clone()),
            ..Self::of("failed")
        }
    }
}

impl Deed {
    /// When, for people.
    #[must_use]
    pub fn moment(&self) -> String {
        moment(&self.at)
    }
}

/// An instant in RFC 3339 and UTC, for people.
pub(super) fn moment(at: &str) -> String {
    format!("{} UTC", at.get(..19).unwrap_or(at).replace('T', " "))
}

/// A deed on its way into the bucket.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) deed: Deed,
    /// What both objects' names begin with; `None`: nothing was done yet.
    pub(super) stem: Option<String>,
    /// Why one could not be written.
    pub(super) failed: Option<String>,
}

/// The record of what a run does to the stack, while a verb is at work.
#[derive(Debug, Default)]
pub(super) struct Recording(Mutex<Option<Entry>>);

impl Recording {
    pub(super) fn put(&self, entry: Entry) {
        *self.entry() = Some(entry);
    }

    pub(super) fn take(&self) -> Option<Entry> {
        self.entry().take()
    }

    /// Whether a verb is at work.
    pub(super) fn is_open(&self) -> bool {
        self.entry().is_some()
    }

    /// What was checked out when it began.
    pub(super) fn git(&self) -> Option<Checkout> {
        self.entry().as_ref().and_then(|entry| entry.deed.git.clone())
    }

    /// What the apply changed, and the record of it, where there is one.
    pub(super) fn applied(&self, key: Option<String>, changes: &str) {
        if let Some(entry) = self.entry().as_mut() {
            entry.deed.record = key;
            entry.deed.outcome =
                Some(DeedOutcome { changes: Some(changes.to_owned()), ..DeedOutcome::default() });
        }
    }

    /// Never held while something is waited for.
    fn entry(&self) -> MutexGuard<'_, Option<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
