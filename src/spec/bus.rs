use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{FurtherRule, Producer};

/// The EventBridge bus, its rule and its archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bus {
    /// The EventBridge event pattern of the rule: it selects the events on the bus that go to the queue.
    #[schemars(
        extend("minProperties" = 1),
        example = serde_json::json!({"source": ["shipment.service"], "detail-type": [{"prefix": "shipment."}]}),
        extend("$comment" = "an empty pattern matches nothing, and EventBridge refuses it")
    )]
    pub pattern: Map<String, Value>,

    /// An existing bus, by its name or ARN, or `default`: the account's default bus, which has the events of AWS
    /// services. The stack creates a rule and an archive on it, and never changes or deletes the bus; several
    /// pipelines can share one. If left out, the stack creates its own bus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512), regex(pattern = r"^(arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/)?[/.\-_A-Za-z0-9]{1,256}$"), example = &"default", extend("$comment" = "a bus has a name of up to 256 letters, digits, `.`, `-`, `_` and `/`, or is named by its ARN, such as `arn:aws:events:eu-west-1:123456789012:event-bus/orders`"))]
    pub existing: Option<String>,

    /// Other accounts that may put events on the bus: account ids in quotes, organizations and organizational
    /// units. The bus policy allows them `PutEvents`, for the sources in the patterns.
    #[serde(default)]
    #[schemars(length(max = 50), example = serde_json::json!(["123456789012"]), extend("$comment" = "the policy of a bus has 10 KB at most"))]
    pub producers: Vec<Producer>,

    /// More patterns whose events go to the same queue. An event that matches two patterns arrives twice, but is
    /// one row.
    #[serde(default)]
    #[schemars(length(max = 20), extend("$comment" = "a bus has 300 rules at most, in some regions 100, those of all its users together"))]
    pub rules: Vec<FurtherRule>,

    /// Example events to test the pattern and the processor.
    #[serde(default)]
    pub samples: Samples,

    /// What the queue receives: the whole EventBridge envelope, or only its `detail`. The processor expects the
    /// same.
    #[serde(default)]
    pub input: Input,

    /// How long and how often EventBridge tries to deliver an event to the queue. After that it sends the event
    /// to the queue for undelivered events.
    #[serde(default)]
    pub retry: Retry,

    /// The archive with all events of the pattern's sources, for replays; or `off`.
    #[serde(default)]
    pub archive: Archiving,
}

impl Bus {
    /// The name of the existing bus, if the stack uses one.
    #[must_use]
    pub fn existing_name(&self) -> Option<&str> {
        let existing = self.existing.as_deref()?;
        Some(existing.split_once(":event-bus/").map_or(existing, |(_, name)| name))
    }
}

/// Example events, each a JSON file, named relative to the spec.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Samples {
    /// Events that the pattern must match and the processor must accept.
    #[serde(rename = "match")]
    #[schemars(length(max = 100), extend("$comment" = "each is read and checked on every validation"))]
    pub matching: Vec<String>,

    /// Events that the pattern must not match.
    #[schemars(length(max = 100), extend("$comment" = "each is read and checked on every validation"))]
    pub ignore: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The whole event: id, time, source, detail-type and detail.
    #[default]
    Envelope,
    /// Only the event's `detail`. The event's id and time are lost.
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

/// The archive's settings, or `off`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Archiving {
    /// No archive: nothing can be replayed.
    #[schemars(title = "off")]
    Off(NoArchive),
    /// The archive's settings.
    #[schemars(title = "settings")]
    On(Archive),
}

impl Default for Archiving {
    fn default() -> Self {
        Self::On(Archive::default())
    }
}

impl Archiving {
    /// The settings, or `None` if there is no archive.
    #[must_use]
    pub fn settings(&self) -> Option<&Archive> {
        match self {
            Self::Off(_) => None,
            Self::On(settings) => Some(settings),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoArchive {
    /// No archive: nothing can be replayed.
    Off,
}

/// The archive of the bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Archive {
    /// Days the archive retains an event; 0 means without limit.
    #[schemars(range(min = 0, max = 3650), extend("$comment" = "0 means without limit; more than ten years is probably a typing mistake"))]
    pub retention_days: u32,
}

impl Default for Archive {
    fn default() -> Self {
        Self { retention_days: 7 }
    }
}
