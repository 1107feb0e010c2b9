//! What an apply or a destroy reports while it runs.

use std::collections::BTreeMap;

use serde::Serialize;

/// The events of an apply or a destroy. Public JSON shape: one object per line, under `event`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum DeployEvent {
    /// A change set is ready; nothing is changed yet.
    ChangeSetReady { id: String },
    /// Another operation runs. It is followed to its end before anything else is done.
    Attached {
        stack: String,
        state: String,
        /// The client request token of the call that began it, if the service returns it. pipectl's tokens name the
        /// command and the user.
        begun_by: Option<String>,
    },
    /// The operation of another caller failed.
    OtherFailed { reason: String },
    /// From here on, the operation runs at the service.
    Started {
        stack: String,
        /// Duration of the last update; `None` before the first one.
        former_seconds: Option<u64>,
    },
    /// The state of a resource, or of the stack itself.
    Resource {
        logical_id: String,
        #[serde(rename = "type")]
        resource_type: String,
        state: String,
        /// The service's reason, if any. For a failure it is the cause.
        reason: Option<String>,
        /// Since the resource's operation began; `None` for its first event.
        seconds: Option<i64>,
    },
    /// The service does not answer. Following continues.
    Waiting { reason: String },
    /// The last event of an operation that failed: the first diagnostic of its failure.
    Failed { code: &'static str, message: String, help: Option<String> },
    /// The last event of an operation that succeeded.
    Outcome(DeployOutcome),
}

/// The result of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeployOutcome {
    pub stack: String,
    /// `created`, `updated`, `code changed`, `unchanged`, `recovered` or `destroyed`.
    pub result: &'static str,
    pub state: String,
    pub outputs: BTreeMap<String, String>,
}
