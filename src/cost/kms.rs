use super::Item;
use super::traffic::{SECONDS, Traffic};
use super::usage::Usage;
use crate::spec::{Encryption, QueueEncryption, Spec, UndeliveredEncryption};

/// Seconds that SQS and DynamoDB use a data key for before they ask KMS for the next.
const REUSE: f64 = 300.0;
/// Callers of KMS: EventBridge, Lambda and the processor for the queue and its dead letters, DynamoDB for the table.
const CALLERS: f64 = 5.0;
/// EventBridge encrypts an event with the bus's own key, and decrypts it for the rule.
const OF_EVENT: f64 = 2.0;

/// Keys owned by AWS are free.
pub(super) fn usage(spec: &Spec, traffic: &Traffic) -> Vec<Usage> {
    let everywhere = spec.encryption != Encryption::AwsOwned;
    let queue = matches!(spec.queue.encryption, Some(QueueEncryption::KmsKey(_)))
        || matches!(spec.queue.undelivered.encryption, UndeliveredEncryption::KmsKey(_));
    let mut found = Vec::new();
    if spec.encryption == Encryption::StackKey {
        found.push(Usage::fixed(Item::Keys, 1.0, "the stack's key, and one more after each rotation"));
    }
    if everywhere && spec.bus.existing.is_none() {
        let why = "events on a bus with a key, at most";
        found.push(Usage::grows(Item::KeyRequests, traffic.events * OF_EVENT, why));
    }
    if everywhere || queue {
        let why = "keys of queues and table, at most";
        found.push(Usage::fixed(Item::KeyRequests, SECONDS / REUSE * CALLERS, why));
    }
    found
}
