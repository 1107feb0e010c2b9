//! The interface to the configuration of each hop.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CallError, DetectedDrift};

/// The alias in the templates, which the queue's mapping calls.
pub const LIVE: &str = "live";

/// A rule in EventBridge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundRule {
    /// `ENABLED`, `DISABLED` and the like.
    pub state: String,
    pub pattern: Option<String>,
    pub targets: Vec<FoundTarget>,
}

/// The target of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundTarget {
    pub arn: String,
    /// The part of the event that is sent; `None`: the whole event.
    pub input_path: Option<String>,
    /// The ARN of the queue for undeliverable events.
    pub dead_letters: Option<String>,
}

/// A queue in SQS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundQueue {
    pub arn: String,
    pub policy: Option<Value>,
    /// The ARN of its dead-letter queue.
    pub dead_letters: Option<String>,
}

/// A function, or a version of it, in Lambda.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundFunction {
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: String,
    pub role: String,
    pub environment: BTreeMap<String, String>,
}

/// An event source mapping in Lambda.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundMapping {
    /// `Enabled`, `Disabled` or a transition.
    pub state: String,
    pub queue: String,
    /// The ARN of the function.
    pub function: String,
    /// Whether a failed message is returned alone.
    pub reports_failures: bool,
}

/// A table in DynamoDB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundKeys {
    /// `ACTIVE` and others.
    pub status: String,
    /// Attributes by key type: `HASH`, `RANGE`.
    pub keys: BTreeMap<String, String>,
}

/// The configuration of each hop of a pipeline. `None`: it does not exist.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait HopApi {
    async fn found_rule(&self, bus: &str, name: &str) -> Result<Option<FoundRule>, CallError>;
    async fn found_queue(&self, name: &str) -> Result<Option<FoundQueue>, CallError>;
    /// For the version that `alias` points to; without one, for the function itself.
    async fn found_function(
        &self,
        name: &str,
        alias: Option<&str>,
    ) -> Result<Option<FoundFunction>, CallError>;
    /// The reserved concurrency of a function.
    async fn reserved_concurrency(&self, name: &str) -> Result<Option<u64>, CallError>;
    async fn found_mapping(&self, uuid: &str) -> Result<Option<FoundMapping>, CallError>;
    async fn found_keys(&self, table: &str) -> Result<Option<FoundKeys>, CallError>;
    /// The changes that CloudFormation detects for one resource.
    async fn resource_drift(&self, stack: &str, logical_id: &str) -> Result<DetectedDrift, CallError>;
}
