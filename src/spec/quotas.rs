//! Quotas that AWS has raised, under `deploy.quotas`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Quotas of the account in its region that AWS has raised. If left out, the default quota applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quotas {
    /// Characters of an event pattern, as compact JSON: EventBridge's quota "Event pattern size".
    #[schemars(range(min = 2048, max = 4096), extend("$comment" = "EventBridge's default is 2,048, and AWS raises it to 4,096 at most"))]
    pub event_pattern_characters: u32,

    /// Requests a second that `PutEvents` takes, for all buses together: EventBridge's quota "PutEvents throttle
    /// limit in transactions per second". If left out, the default of the region applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000), extend("$comment" = "the defaults are 400 to 10,000, by region"))]
    pub put_events_per_second: Option<u32>,

    /// Events a second that all rules together send to their targets: EventBridge's quota "Invocations throttle
    /// limit in transactions per second". If left out, the default of the region applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000), extend("$comment" = "the defaults are 750 to 18,750, by region"))]
    pub invocations_per_second: Option<u32>,

    /// Invocations that all functions of the account can run at once in its region: Lambda's quota "Concurrent
    /// executions". If left out, 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 1_000_000), extend("$comment" = "Lambda's default is 1,000; a new account may have 10"))]
    pub concurrent_executions: Option<u32>,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            event_pattern_characters: 2048,
            put_events_per_second: None,
            invocations_per_second: None,
            concurrent_executions: None,
        }
    }
}
