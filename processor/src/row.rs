//! The row an event becomes.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::json::{Json, canonical_map};

/// `PROCESSED`, or `PROCESSED#<n>` when the status index is spread.
pub const PROCESSING_STATUS: &str = "processing_status";
/// When the row was made, RFC 3339 in UTC with milliseconds.
pub const PROCESSED_AT: &str = "processed_at";
/// How often SQS had delivered the message, a number from 1.
pub const RETRY_COUNT: &str = "retry_count";
/// The SQS message's id; absent when the record had none.
pub const MESSAGE_ID: &str = "message_id";
/// When DynamoDB may delete the row, in epoch seconds: the table's TTL attribute.
pub const EXPIRES_AT: &str = "expires_at";
/// The envelope's `id`, or the content hash of a bare detail.
pub const EVENT_ID: &str = "event_id";
/// SHA-256 of the detail's canonical text, in lower-case hexadecimal.
pub const CONTENT_SHA256: &str = "content_sha256";
/// The envelope's `time`, as written; absent for a bare detail.
pub const EVENT_TIME: &str = "event_time";
/// The envelope's `source`; absent for a bare detail.
pub const EVENT_SOURCE: &str = "event_source";
/// The envelope's `detail-type`; absent for a bare detail.
pub const EVENT_DETAIL_TYPE: &str = "event_detail_type";
/// An object with the detail's fields that have no attribute of their own; absent
/// when there are none.
pub const EVENT_EXTRA: &str = "event_extra";

/// Every attribute the processor writes itself. An event's field of such a name goes
/// to [`EVENT_EXTRA`]; a configured name must not be one of them.
pub const CONTROL_ATTRIBUTES: [&str; 11] = [
    PROCESSING_STATUS,
    PROCESSED_AT,
    RETRY_COUNT,
    MESSAGE_ID,
    EXPIRES_AT,
    EVENT_ID,
    CONTENT_SHA256,
    EVENT_TIME,
    EVENT_SOURCE,
    EVENT_DETAIL_TYPE,
    EVENT_EXTRA,
];

/// A row ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Value of the partition key.
    pub partition_key: String,
    /// Value of the sort key, in its stored spelling.
    pub sort_key: String,
    /// What tells a repeated delivery from another event with the same key.
    pub content_sha256: String,
    /// Every attribute, the keys included.
    pub attributes: BTreeMap<String, Json>,
}

impl Row {
    /// The attributes as one line of plain JSON, sorted, numbers exact. (Not DynamoDB's
    /// typed JSON.)
    #[must_use]
    pub fn to_json(&self) -> String {
        canonical_map(&self.attributes)
    }
}

/// The value of [`PROCESSING_STATUS`]: the shard is the first eight bytes of the
/// partition key's SHA-256 modulo `shards`, so a reader can compute it too and all events
/// of one key stay on one shard.
#[must_use]
pub fn processing_status(partition_key: &str, shards: u32) -> String {
    if shards <= 1 {
        return "PROCESSED".to_owned();
    }
    let hash = Sha256::digest(partition_key.as_bytes());
    let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("PROCESSED#{}", number % u64::from(shards))
}
