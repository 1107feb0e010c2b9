use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// CloudWatch alarms and who receives them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Alarms {
    /// E-mail addresses and ARNs of SNS topics to notify. An address must confirm its subscription once.
    #[schemars(
        length(max = 20),
        example = serde_json::json!(["ops@example.com"]),
        inner(
            length(max = 320),
            regex(
                pattern = r"^([^@\s]+@[^@\s]+\.[^@\s]+|arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+)$"
            )
        ),
        extend("$comment" = "CloudWatch notifies by e-mail and by SNS topics")
    )]
    pub notify: Vec<String>,

    /// Messages waiting in the queue, on average, above which the pipeline is falling behind.
    pub queue_depth: Alarm<QueueDepth>,

    /// Messages in the dead-letter queues. One is already an event that was not stored.
    pub dead_letters: Alarm<DeadLetters>,

    /// Deliveries to the queue that EventBridge gave up, and undelivered events that it could not store either.
    pub failed_deliveries: Alarm<Count>,

    /// The age of the oldest message in the queue.
    pub oldest_message: Alarm<Seconds>,

    /// Failed invocations of the processor.
    pub processor_errors: Alarm<Count>,

    /// Throttled invocations of the processor: no concurrency left.
    pub processor_throttles: Alarm<Count>,

    /// Throttled writes of the table: no capacity left.
    pub write_throttles: Alarm<Count>,

    /// Events with the key of an earlier event but different content.
    pub conflicts: Alarm<Count>,
}

impl Alarms {
    /// By field: the settings of its alarm, or `None` if it is off.
    #[must_use]
    pub fn settings(&self) -> BTreeMap<String, Option<Value>> {
        let Value::Object(mut fields) = json!(self) else { return BTreeMap::new() };
        fields.remove("notify");
        fields.into_iter().map(|(field, value)| (field, Some(value).filter(Value::is_object))).collect()
    }
}

/// An alarm's settings, or `off`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "{Settings}Alarm")]
pub enum Alarm<Settings> {
    /// No alarm.
    #[schemars(title = "off")]
    Off(Off),
    /// The alarm's settings.
    #[schemars(title = "settings")]
    On(Settings),
}

impl<Settings: Default> Default for Alarm<Settings> {
    fn default() -> Self {
        Self::On(Settings::default())
    }
}

impl<Settings> Alarm<Settings> {
    /// The settings, or `None` if the alarm is off.
    #[must_use]
    pub fn settings(&self) -> Option<&Settings> {
        match self {
            Self::Off(_) => None,
            Self::On(settings) => Some(settings),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// No alarm.
    Off,
}

/// The alarm on waiting messages: fires when their average is above `threshold` for `evaluation_periods`
/// periods in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QueueDepth {
    /// Messages; the alarm fires above this number. If left out, the messages of one minute at the peak of
    /// `load`, else 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000_000), extend("$comment" = "one or more, as CloudWatch counts whole messages, errors and writes"))]
    pub threshold: Option<u32>,

    /// Seconds of one period, a multiple of 60.
    #[schemars(range(min = 60, max = 86_400), extend("multipleOf" = 60), extend("$comment" = "CloudWatch has AWS metrics by the whole minute, and looks at a day at most in one period"))]
    pub period_seconds: u32,

    /// Periods in a row.
    #[schemars(range(min = 1, max = 1440), extend("$comment" = "CloudWatch looks back a day at most where periods are shorter than an hour"))]
    pub evaluation_periods: u32,
}

impl Default for QueueDepth {
    fn default() -> Self {
        Self { threshold: None, period_seconds: 300, evaluation_periods: 2 }
    }
}

/// The alarm on dead letters: fires when there are `threshold` or more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeadLetters {
    /// Messages; the alarm fires at this number.
    #[schemars(range(min = 1, max = 10_000_000), extend("$comment" = "one or more, as CloudWatch counts whole messages, errors and writes"))]
    pub threshold: u32,

    /// Seconds of one period, a multiple of 60.
    #[schemars(range(min = 60, max = 86_400), extend("multipleOf" = 60), extend("$comment" = "CloudWatch has AWS metrics by the whole minute, and looks at a day at most in one period"))]
    pub period_seconds: u32,

    /// Periods in a row.
    #[schemars(range(min = 1, max = 1440), extend("$comment" = "CloudWatch looks back a day at most where periods are shorter than an hour"))]
    pub evaluation_periods: u32,
}

impl Default for DeadLetters {
    fn default() -> Self {
        Self { threshold: 1, period_seconds: 60, evaluation_periods: 1 }
    }
}

/// An alarm on an age: fires at `threshold_seconds` or more for one period of five minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Seconds {
    /// Seconds; the alarm fires at this age. At most a quarter of `queue.retention_days` leaves time to act.
    #[schemars(range(min = 1, max = 1_209_600), extend("$comment" = "SQS retains a message for at most 14 days"))]
    pub threshold_seconds: u32,
}

impl Default for Seconds {
    fn default() -> Self {
        Self { threshold_seconds: 3600 }
    }
}

/// An alarm on a count: fires at `threshold` or more within one period of five minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Count {
    /// The count at which the alarm fires.
    #[schemars(range(min = 1, max = 1_000_000), extend("$comment" = "one or more, as CloudWatch counts whole messages, errors and writes"))]
    pub threshold: u32,
}

impl Default for Count {
    fn default() -> Self {
        Self { threshold: 1 }
    }
}
