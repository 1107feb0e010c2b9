//! The evidence of one command.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::checkout::Checkout;
use crate::diagnostic::Failure;

/// What one command changed. Public JSON shape. Fields that were added after the first version are optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub version: u32,
    /// When it began, in RFC 3339 and UTC.
    pub at: String,
    /// When it ended; `None`: it still runs, or was interrupted.
    pub ended: Option<String>,
    /// The caller's ARN.
    pub by: String,
    /// The spec's path on the command line.
    pub spec: String,
    /// SHA-256 of the spec's content, including what it extends and its defaults.
    #[serde(default)]
    pub spec_digest: Option<String>,
    /// The checkout that contains the spec, if any.
    #[serde(default)]
    pub git: Option<Checkout>,
    /// pipectl's version.
    pub pipectl: String,
    /// `apply`, `apply --code-only`, `apply --adopt`, `rollback`, `destroy`, `recover`, `drift --revert`; for messages
    /// `redrive`, `edit`, `import`, `purge` and others.
    pub operation: String,
    /// The queue of the messages.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub queue: String,
    /// The flags that selected them.
    #[serde(default)]
    pub chosen: String,
    /// How many messages SQS accepted, and how many were deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<usize>,
    /// What the user accepted: flags that give consent, and typed answers.
    #[serde(default)]
    pub consents: Vec<String>,
    /// Whether it did everything that was requested.
    pub complete: bool,
    #[serde(default)]
    pub outcome: Option<EvidenceOutcome>,
    /// The key of the apply's record, which `rollback` uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}

/// The result of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceOutcome {
    /// `created`, `updated`, `rolled back`, `destroyed` and the like; `done`, `incomplete` or `failed`.
    pub result: String,
    /// What changed, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<String>,
    /// For a failure: pipectl's exit code, the diagnostic's code and its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl EvidenceOutcome {
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

impl Evidence {
    /// The time, for people.
    #[must_use]
    pub fn moment(&self) -> String {
        moment(&self.at)
    }
}

/// An instant in RFC 3339 and UTC, for people.
pub(super) fn moment(at: &str) -> String {
    format!("{} UTC", at.get(..19).unwrap_or(at).replace('T', " "))
}

/// A deed that is to be written to the bucket.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) evidence: Evidence,
    /// The prefix of both objects' names; `None`: nothing was written yet.
    pub(super) stem: Option<String>,
    /// Why an object could not be written.
    pub(super) failed: Option<String>,
}

/// The record of what a command does to the stack, while it runs.
#[derive(Debug, Default)]
pub(super) struct Recording(Mutex<Option<Entry>>);

impl Recording {
    pub(super) fn put(&self, entry: Entry) {
        *self.entry() = Some(entry);
    }

    pub(super) fn take(&self) -> Option<Entry> {
        self.entry().take()
    }

    /// Whether a command runs.
    pub(super) fn is_open(&self) -> bool {
        self.entry().is_some()
    }

    /// The checkout when it began.
    pub(super) fn git(&self) -> Option<Checkout> {
        self.entry().as_ref().and_then(|entry| entry.evidence.git.clone())
    }

    /// Adds what the apply changed, and its record, if there is one.
    pub(super) fn applied(&self, key: Option<String>, changes: &str) {
        if let Some(entry) = self.entry().as_mut() {
            entry.evidence.record = key;
            entry.evidence.outcome =
                Some(EvidenceOutcome { changes: Some(changes.to_owned()), ..EvidenceOutcome::default() });
        }
    }

    /// Never held across an await.
    fn entry(&self) -> MutexGuard<'_, Option<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
