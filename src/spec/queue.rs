use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyArn, Processor};

/// Seconds of an outage that good events survive by default.
const OUTAGE: u32 = 12 * 3600;
const DAY: u32 = 86_400;
/// The fewest receives that Lambda's documentation advises, and the most that SQS counts.
const LEAST_RECEIVES: u32 = 5;
const MOST_RECEIVES: u32 = 1000;

/// The SQS queue between bus and processor, and its dead-letter queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// Seconds that a message is hidden while the processor works on it. If left out, it is 6 ×
    /// `processor.timeout_seconds` + `processor.batch.window_seconds`, as Lambda advises.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 43_200), extend("$comment" = "SQS hides a received message for at most 12 hours"))]
    pub visibility_timeout_seconds: Option<u32>,

    /// Days an unprocessed message is retained.
    #[schemars(range(min = 1, max = 14), extend("$comment" = "SQS retains a message for at most 14 days"))]
    pub retention_days: u32,

    /// Seconds a receive call waits for a message. 20 makes the fewest empty, billed calls.
    #[schemars(range(min = 0, max = 20), extend("$comment" = "SQS holds a receive call open for at most 20 s"))]
    pub receive_wait_seconds: u32,

    /// Encryption at rest of the queue and its dead-letter queue, if it should differ from `encryption`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<QueueEncryption>,

    /// The path of the value that identifies the sender or customer of an event, such as `$.detail.customer_id`.
    /// SQS then serves these values in turn, so that many messages of one do not delay the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), regex(pattern = r"^\$(\.[A-Za-z0-9_-]+)+$"), example = &"$.detail.customer_id", extend("$comment" = "EventBridge takes a path of field names, of at most 100 characters, as message group"))]
    pub fair_by: Option<String>,

    /// The queue for messages that the processor cannot store, and when they go there.
    pub dead_letter: DeadLetter,

    /// The queue for events that EventBridge could not deliver.
    pub undelivered: Undelivered,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            visibility_timeout_seconds: None,
            retention_days: 4,
            receive_wait_seconds: 20,
            encryption: None,
            fair_by: None,
            dead_letter: DeadLetter::default(),
            undelivered: Undelivered::default(),
        }
    }
}

impl Queue {
    /// The visibility timeout in seconds: as written, otherwise Lambda's advice for the processor.
    #[must_use]
    pub fn visibility_timeout(&self, processor: &Processor) -> u32 {
        self.visibility_timeout_seconds.unwrap_or_else(|| processor.advised_visibility_timeout())
    }

    /// When an event that can never become a row becomes a dead letter, as a text.
    #[must_use]
    pub fn time_of_death(&self, processor: &Processor) -> String {
        let seconds = self.visibility_timeout(processor) * self.max_receive_count(processor);
        match self.dead_letter.permanent {
            Permanent::AtOnce => "at once".to_owned(),
            Permanent::AfterReceives => format!("after about {seconds} s"),
        }
    }

    /// The receives before a message becomes a dead letter: as written, otherwise as many as an outage of 12 hours needs.
    #[must_use]
    pub fn max_receive_count(&self, processor: &Processor) -> u32 {
        let visibility = self.visibility_timeout(processor).max(1);
        let by_default = match self.dead_letter.permanent {
            Permanent::AfterReceives => LEAST_RECEIVES,
            Permanent::AtOnce => {
                // The first one is at its beginning, the last one after its end.
                let outlasting = OUTAGE.div_ceil(visibility) + 1;
                let within_retention = (self.retention_days * DAY - 1) / visibility;
                outlasting.min(within_retention).clamp(LEAST_RECEIVES, MOST_RECEIVES)
            }
        };
        self.dead_letter.max_receive_count.unwrap_or(by_default)
    }
}

/// Encryption at rest of the queue and its dead-letter queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum QueueEncryption {
    /// Keys owned by SQS, free of charge.
    #[schemars(title = "sse_sqs")]
    SseSqs,
    /// A key of your own, by its ARN. `pipectl explain encryption --policy SPEC` prints what its policy must allow.
    #[schemars(title = "kms_key")]
    KmsKey(KeyArn),
}

/// The queue for messages that the processor cannot store, and when they go there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeadLetter {
    /// When an event that can never become a row goes there: `at_once`, sent by the processor itself with the
    /// reason, or `after_receives`, moved by SQS after too many receives.
    pub permanent: Permanent,

    /// Receives before a message becomes a dead letter. Below 5, one period of throttling can make valid messages
    /// dead letters. If left out, enough for valid events to survive 12 hours of outage, if `retention_days`
    /// allows. With `permanent: after_receives` it is 5, because an invalid event waits for all receives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000), extend("$comment" = "SQS counts 1 to 1,000 receives"))]
    pub max_receive_count: Option<u32>,

    /// Days a dead letter is retained. A message that SQS moves keeps its first enqueue time, so this must exceed
    /// `queue.retention_days`.
    #[schemars(range(min = 1, max = 14), extend("$comment" = "SQS retains a message for at most 14 days"))]
    pub retention_days: u32,
}

impl Default for DeadLetter {
    fn default() -> Self {
        Self { permanent: Permanent::default(), max_receive_count: None, retention_days: 14 }
    }
}

/// When an event that can never become a row becomes a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permanent {
    /// At its first receive, with the reason on it. After a failure that a deployment may have caused
    /// (`row-refused`, `panic`), at the fifth.
    #[default]
    AtOnce,
    /// After `max_receive_count` receives, like any other failure.
    AfterReceives,
}

/// The queue for events that EventBridge could not deliver.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Undelivered {
    /// Encryption at rest of this queue. A KMS key whose policy lacks a statement for EventBridge stops
    /// deliveries to the queue; with the same key here, those undelivered events would be lost as well.
    pub encryption: UndeliveredEncryption,
}

/// Encryption at rest of the queue for undelivered events.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum UndeliveredEncryption {
    /// Keys owned by SQS, free of charge: no key policy can stop an event here.
    #[default]
    #[schemars(title = "sse_sqs")]
    SseSqs,
    /// Encrypted like the queue.
    #[schemars(title = "as_queue")]
    AsQueue,
    /// A key of your own, by its ARN.
    #[schemars(title = "kms_key")]
    KmsKey(KeyArn),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_events_survive_half_a_day_where_the_queue_keeps_them_so_long() {
        let receives = |visibility: u32, retention_days: u32| {
            let queue =
                Queue { visibility_timeout_seconds: Some(visibility), retention_days, ..Queue::default() };
            queue.max_receive_count(&Processor::default())
        };
        assert_eq!([receives(370, 4), receives(360, 4), receives(43_200, 4)], [118, 121, 5]);
        assert_eq!([receives(10, 4), receives(0, 1), receives(8_640, 1)], [1000, 1000, 6]);
        let mut queue = Queue::default();
        queue.dead_letter.permanent = Permanent::AfterReceives;
        assert_eq!(queue.max_receive_count(&Processor::default()), 5);
        queue.dead_letter.max_receive_count = Some(3);
        assert_eq!(queue.max_receive_count(&Processor::default()), 3);
    }
}
