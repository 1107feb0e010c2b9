//! When SQS received the message of a row, as an attribute of the row. It belongs to a delivery and not to the event: no
//! identity includes it, and no event is rejected because of it.

use jiff::Timestamp;

use crate::config::Config;
use crate::json::Json;
use crate::mapping::Mapping;
use crate::row::Row;
use crate::size::{LARGEST_ITEM, item_bytes};

/// When SQS received the message, RFC 3339 in UTC with milliseconds; absent if the record does not have it. A mapping may
/// have an attribute of this name, as it could before the processor had one: then the row has the mapping's value.
pub const QUEUED_AT: &str = "queued_at";

/// The spelling of an instant that SQS gives in milliseconds since 1970.
#[must_use]
pub fn spelled(millisecond: i64) -> Option<String> {
    Timestamp::from_millisecond(millisecond).ok().map(|at| format!("{at:.3}"))
}

/// Whether rows of the mapping have the processor's attribute.
#[must_use]
pub fn is_ours(mapping: &Mapping) -> bool {
    mapping.attributes().all(|(_, field)| field.attribute != QUEUED_AT)
}

/// The row with the time `sent`, in milliseconds since 1970; without it if the row would be too large for DynamoDB.
#[must_use]
pub fn with_queued_at(mut row: Row, config: &Config, sent: Option<i64>) -> Row {
    let Some(at) = sent.and_then(spelled).filter(|_| is_ours(&config.event)) else { return row };
    if item_bytes(&row.attributes) + QUEUED_AT.len() + at.len() <= LARGEST_ITEM {
        row.attributes.insert(QUEUED_AT.to_owned(), Json::Text(at));
    }
    row
}
