//! What an apply or a destroy reports while it runs.

use std::collections::BTreeMap;

use serde::Serialize;

/// What happens during an apply or a destroy. Public JSON shape: one object a line, under `event`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum DeployEvent {
    /// A change set is ready; nothing is changed yet.
    ChangeSetReady { id: String },
    /// Another operation runs; it is followed to its end before anything else happens.
    Attached {
        stack: String,
        state: String,
        /// The token of the call that began it, where the service tells: pipectl's name the command and the user.
        begun_by: Option<String>,
    },
    /// The operation of another did not succeed.
    OtherFailed { reason: String },
    /// The operation runs at the server from here on.
    Started {
        stack: String,
        /// What the last update took, where there was one.
        former_seconds: Option<u64>,
    },
    /// A resource's state, or the stack's own.
    Resource {
        logical_id: String,
        #[serde(rename = "type")]
        resource_type: String,
        state: String,
        /// The service's words where there are any; for a failure they are the cause.
        reason: Option<String>,
        /// Since the resource's operation began; `None` at its beginning.
        seconds: Option<i64>,
    },
    /// The service does not answer; following goes on.
    Waiting { reason: String },
    /// The last event of an operation that did not succeed: the first diagnostic of its failure.
    Failed { code: &'static str, message: String, help: Option<String> },
    /// The last event of one that did.
    Outcome(DeployOutcome),
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeployOutcome {
    pub stack: String,
    /// `created`, `updated`, `code changed`, `unchanged`, `recovered` or `destroyed`.
    pub result: &'static str,
    pub state: String,
    pub outputs: BTreeMap<String, String>,
}
