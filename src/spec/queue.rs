use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyArn, Processor};

/// The SQS queue between bus and processor, and its dead-letter queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// Seconds a message stays hidden while the processor works on it. Left out, it is
    /// 6 × `processor.timeout_seconds` + `processor.batch.window_seconds`, as Lambda advises.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 43_200), extend("$comment" = "SQS hides a received message for at most 12 hours"))]
    pub visibility_timeout_seconds: Option<u32>,

    /// Days an unprocessed message is kept.
    #[schemars(range(min = 1, max = 14), extend("$comment" = "SQS keeps a message for at most 14 days"))]
    pub retention_days: u32,

    /// Seconds a receive call waits for a message. 20 makes the fewest empty, billed calls.
    #[schemars(range(min = 0, max = 20), extend("$comment" = "SQS holds a receive call open for at most 20 s"))]
    pub receive_wait_seconds: u32,

    /// Encryption at rest of the queue and its dead-letter queue, where it is not to be that of `encryption`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<QueueEncryption>,

    /// The place in an event whose value its sender or customer is known by, such as `$.detail.customer_id`. SQS then
    /// hands out messages in turns between these values, so that a flood of one does not hold up the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), regex(pattern = r"^\$(\.[A-Za-z0-9_-]+)+$"), example = &"$.detail.customer_id", extend("$comment" = "EventBridge takes a path of names in an event, of at most 100 characters, as message group"))]
    pub fair_by: Option<String>,

    /// Where messages go that the processor has refused too often.
    pub dead_letter: DeadLetter,

    /// Where events go that EventBridge could not deliver to the queue.
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
    /// The visibility timeout in seconds: as written, else what Lambda advises for the processor.
    #[must_use]
    pub fn visibility_timeout(&self, processor: &Processor) -> u32 {
        self.visibility_timeout_seconds.unwrap_or_else(|| processor.advised_visibility_timeout())
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

/// Where messages go that the processor has refused too often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeadLetter {
    /// Receives before a message counts as dead. Below 5, one throttling storm can kill good messages.
    #[schemars(range(min = 1, max = 1000), extend("$comment" = "SQS counts 1 to 1,000 receives"))]
    pub max_receive_count: u32,

    /// Days a dead letter is kept. A message keeps its first enqueue time, so this must exceed
    /// `queue.retention_days`.
    #[schemars(range(min = 1, max = 14), extend("$comment" = "SQS keeps a message for at most 14 days"))]
    pub retention_days: u32,
}

impl Default for DeadLetter {
    fn default() -> Self {
        Self { max_receive_count: 5, retention_days: 14 }
    }
}

/// Where events go that EventBridge could not deliver to the queue.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Undelivered {
    /// Encryption at rest of this queue. A KMS key whose policy lacks a statement for EventBridge stops deliveries to
    /// the queue; with the same key here, the events it stops would be lost as well.
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
    /// As the queue is encrypted.
    #[schemars(title = "as_queue")]
    AsQueue,
    /// A key of your own, by its ARN.
    #[schemars(title = "kms_key")]
    KmsKey(KeyArn),
}
