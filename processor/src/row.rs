//! The row an event becomes.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::identity::{Former, Mark};
use crate::json::{Json, canonical_map};
use crate::number::Number;

/// `PROCESSED`, or `PROCESSED#<n>` if the status index is sharded.
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
/// What identifies the event: `v2:` and a SHA-256 in lower-case hexadecimal. Rows from before hashes had a version have
/// the hash alone, of the detail's canonical text.
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

/// SHA-256 of the key of an event that was erased on request ([`crate::erasure::key_sha256`]). An item with it is a mark,
/// not a row. An event whose key is taken by a mark is neither written nor a conflict.
pub const ERASED_KEY_SHA256: &str = "erased_key_sha256";

/// Every attribute the processor writes itself. An event's field with such a name is stored in [`EVENT_EXTRA`]; a
/// configured name must not be one of them.
pub const CONTROL_ATTRIBUTES: [&str; 12] = [
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
    ERASED_KEY_SHA256,
];

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyValue {
    /// DynamoDB's type S.
    Text(String),
    /// DynamoDB's type N.
    Number(Number),
}

impl KeyValue {
    /// Its text; a number in its canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.as_str(),
        }
    }

    /// The value of the attribute.
    #[must_use]
    pub fn into_json(self) -> Json {
        match self {
            Self::Text(text) => Json::Text(text),
            Self::Number(number) => Json::Number(number),
        }
    }
}

/// A row ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Value of the partition key.
    pub partition_key: KeyValue,
    /// Value of the sort key, in its stored spelling; `None` if the table has none.
    pub sort_key: Option<KeyValue>,
    /// The attribute by which one event is newer than another, if newer ones replace older ones.
    pub newer_by: Option<(String, KeyValue)>,
    /// Distinguishes a duplicate from another event with the same key.
    pub content_sha256: String,
    /// Every attribute, the keys included.
    pub attributes: BTreeMap<String, Json>,
    /// How the row is recognised if an earlier processor wrote it.
    pub former: Former,
}

impl Row {
    /// The attributes as one line of plain JSON, sorted, numbers exact. (Not DynamoDB's
    /// typed JSON.)
    #[must_use]
    pub fn to_json(&self) -> String {
        canonical_map(&self.attributes)
    }

    /// Its attributes, and the values by which it is recognised.
    #[must_use]
    pub fn into_parts(self) -> (BTreeMap<String, Json>, Mark) {
        let text = |name: &str| self.attributes.get(name).and_then(Json::as_text).map(str::to_owned);
        let mark = Mark {
            message_id: text(MESSAGE_ID),
            source: text(EVENT_SOURCE),
            detail_type: text(EVENT_DETAIL_TYPE),
            content_sha256: self.content_sha256,
            sort_key: self.sort_key,
            newer_by: self.newer_by.map(|(_, value)| value),
            former: self.former,
        };
        (self.attributes, mark)
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
