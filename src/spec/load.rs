use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The traffic you expect. Capacity, cost and alarms are checked against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Load {
    /// Events a day, on average.
    #[schemars(range(min = 1, max = 1_000_000_000_u64), extend("$comment" = "the most that EventBridge takes in its largest regions"))]
    pub events_per_day: u64,

    /// Events a second in the busiest minute. EventBridge takes at most 10,000 PutEvents entries a second in the
    /// largest regions.
    #[schemars(range(min = 1, max = 10_000), extend("$comment" = "EventBridge takes at most 10,000 events a second in its largest regions"))]
    pub peak_events_per_second: u32,

    /// Bytes of an average event, envelope included. EventBridge takes up to 1 MiB.
    #[schemars(range(min = 1, max = 1_048_576), extend("$comment" = "EventBridge takes events of at most 1 MiB"))]
    pub average_event_bytes: u32,
}

impl Default for Load {
    fn default() -> Self {
        Self { events_per_day: 30_000, peak_events_per_second: 50, average_event_bytes: 1024 }
    }
}
