use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The EventBridge bus, its rule and its archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bus {
    /// The EventBridge event pattern of the rule: which events on the bus go to the queue.
    #[schemars(
        extend("minProperties" = 1),
        example = serde_json::json!({"source": ["shipment.service"], "detail-type": [{"prefix": "shipment."}]}),
        extend("$comment" = "an empty pattern matches nothing, and EventBridge refuses it")
    )]
    pub pattern: Map<String, Value>,

    /// Example events, to try the pattern and the processor on.
    #[serde(default)]
    pub samples: Samples,

    /// What the queue receives: the whole EventBridge envelope, or its `detail` alone. The processor is told the
    /// same.
    #[serde(default)]
    pub input: Input,

    /// How long and how often EventBridge tries to deliver an event to the queue. What it gives up on goes to the
    /// rule's own dead-letter queue.
    #[serde(default)]
    pub retry: Retry,

    /// The archive all events of the pattern's sources are kept in, for replays.
    #[serde(default)]
    pub archive: Archive,
}

/// Example events, each a JSON file, named relative to the spec.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Samples {
    /// Events the pattern must match and the processor must accept.
    #[serde(rename = "match")]
    #[schemars(length(max = 100), extend("$comment" = "each is read and tried on every validation"))]
    pub matching: Vec<String>,

    /// Events the pattern must not match.
    #[schemars(length(max = 100), extend("$comment" = "each is read and tried on every validation"))]
    pub ignore: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The whole event: id, time, source, detail-type and detail.
    #[default]
    Envelope,
    /// Only the event's `detail`. The event's own id and time are lost.
    Detail,
}

/// EventBridge's retries towards the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Further attempts after the first.
    #[schemars(range(min = 0, max = 185), extend("$comment" = "EventBridge retries at most 185 times"))]
    pub max_attempts: u32,

    /// The age at which EventBridge gives up on an event, in seconds.
    #[schemars(range(min = 60, max = 86_400), extend("$comment" = "EventBridge retries for at least a minute and at most a day"))]
    pub max_event_age_seconds: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { max_attempts: 185, max_event_age_seconds: 86_400 }
    }
}

/// The archive of the bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Archive {
    /// Days an event stays in the archive; 0 keeps it for ever.
    #[schemars(range(min = 0, max = 3650), extend("$comment" = "0 is for ever; more than ten years is more likely a typing mistake"))]
    pub retention_days: u32,
}

impl Default for Archive {
    fn default() -> Self {
        Self { retention_days: 7 }
    }
}
