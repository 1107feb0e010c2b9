use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Quotas of the account in its region that AWS has raised. Left out, the default quota counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quotas {
    /// Characters of an event pattern, as compact JSON: EventBridge's quota "Event pattern size".
    #[schemars(range(min = 2048, max = 4096), extend("$comment" = "EventBridge's default is 2,048, and AWS raises it to 4,096 at most"))]
    pub event_pattern_characters: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { event_pattern_characters: 2048 }
    }
}
