//! The interface to the configuration of each hop.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CallError, DetectedDrift};

/// The alias of the templates: what the queue calls.
pub const LIVE: &str = "live";

/// A rule as EventBridge has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundRule {
    /// `ENABLED`, `DISABLED` and the like.
    pub state: String,
    pub pattern: Option<String>,
    pub targets: Vec<FoundTarget>,
}

/// Where a rule sends its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundTarget {
    pub arn: String,
    /// The part of the event that is sent; `None`: all of it.
    pub input_path: Option<String>,
    /// The ARN of the queue for what cannot be delivered.
    pub dead_letters: Option<String>,
}

/// A queue as SQS has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundQueue {
    pub arn: String,
    pub policy: Option<Value>,
    /// The ARN of its dead-letter queue.
    pub dead_letters: Option<String>,
}

/// A function, or a version of it, as Lambda has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundFunction {
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: String,
    pub role: String,
    pub environment: BTreeMap<String, String>,
}

/// An event source mapping as Lambda has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundMapping {
    /// `Enabled`, `Disabled` and between.
    pub state: String,
    pub queue: String,
    /// The ARN of what it calls.
    pub function: String,
    /// Whether one failed message goes back alone.
    pub reports_failures: bool,
}

/// A table as DynamoDB has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundKeys {
    /// `ACTIVE` and others.
    pub status: String,
    /// Attributes by what they are: `HASH`, `RANGE`.
    pub keys: BTreeMap<String, String>,
}

/// What each hop of a pipeline is set up to do. `None`: there is no such thing.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait HopApi {
    async fn found_rule(&self, bus: &str, name: &str) -> Result<Option<FoundRule>, CallError>;
    async fn found_queue(&self, name: &str) -> Result<Option<FoundQueue>, CallError>;
    /// Of the version that `alias` calls; without one, of the function itself.
    async fn found_function(
        &self,
        name: &str,
        alias: Option<&str>,
    ) -> Result<Option<FoundFunction>, CallError>;
    /// How many invocations at once are reserved for a function.
    async fn reserved_concurrency(&self, name: &str) -> Result<Option<u64>, CallError>;
    async fn found_mapping(&self, uuid: &str) -> Result<Option<FoundMapping>, CallError>;
    async fn found_keys(&self, table: &str) -> Result<Option<FoundKeys>, CallError>;
    /// What CloudFormation finds changed of one resource.
    async fn resource_drift(&self, stack: &str, logical_id: &str) -> Result<DetectedDrift, CallError>;
}
