//! What Lambda hands over and what it wants back.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use crate::attribute::{Attribute, Attributes};

/// One record of the batch, read leniently: a record that is not what SQS sends is
/// this record's trouble, not the batch's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// The id SQS gave the message. `None` only when the invocation was made by hand.
    pub message_id: Option<String>,
    /// The message's body; empty when there is none.
    pub body: String,
    /// Deliveries so far, this one included; 1 when it is not said.
    pub receive_count: u32,
    /// When it came into the queue, in milliseconds since 1970.
    pub sent: Option<i64>,
    /// When it was received for the first time, in milliseconds since 1970.
    pub first_received: Option<i64>,
    /// What its sender wrote on it; `None` where some of it cannot be read, and so not be sent on.
    pub attributes: Option<Attributes>,
    /// Its group, where the queue shares its capacity fairly among groups.
    pub group: Option<String>,
    /// The trace it belongs to, as X-Ray writes it.
    pub trace_header: Option<String>,
}

/// The records of an SQS invocation, or `None` when it is not one.
///
/// Streams and topics send `Records` too, but none with a message id or a body. None of
/// theirs could be named as a failure, and an answer without failures would tell a stream
/// that all of them are done.
#[must_use]
pub fn records(mut invocation: Value) -> Option<Vec<Record>> {
    let Value::Array(records) = invocation.get_mut("Records")?.take() else {
        return None;
    };
    let records: Vec<Record> = records.into_iter().map(record).collect();
    let is_foreign = |record: &Record| record.message_id.is_none() && record.body.is_empty();
    (records.is_empty() || !records.iter().all(is_foreign)).then_some(records)
}

fn record(mut record: Value) -> Record {
    let system = |name: &str| record["attributes"][name].as_str();
    let receive_count = system("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1);
    let first_received = system("ApproximateFirstReceiveTimestamp").and_then(|at| at.parse().ok());
    let sent = system("SentTimestamp").and_then(|at| at.parse().ok());
    let [group, trace_header] =
        ["MessageGroupId", "AWSTraceHeader"].map(|name| system(name).map(str::to_owned));
    let written = record["messageAttributes"].as_object().into_iter().flatten();
    let attributes =
        written.map(|(name, value)| Some((name.clone(), Attribute::of_invocation(value)?))).collect();
    let mut text = |key| match record.get_mut(key).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    Record {
        message_id: text("messageId").filter(|id| !id.trim().is_empty()),
        body: text("body").unwrap_or_default(),
        receive_count,
        sent,
        first_received,
        attributes,
        group,
        trace_header,
    }
}

/// The answer of a function with `ReportBatchItemFailures`: the messages SQS shall keep.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Response {
    /// Failed messages in the order of their records, each id once.
    #[serde(rename = "batchItemFailures")]
    pub failures: Vec<ItemFailure>,
}

/// One message that was not processed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemFailure {
    /// The message's id.
    #[serde(rename = "itemIdentifier")]
    pub message_id: String,
}

impl Response {
    /// Returns these messages to the queue.
    ///
    /// A record without an id cannot be named, and an empty identifier would make Lambda
    /// return the whole batch, good messages with it, until they are all dead letters.
    /// SQS always sets the id, so behind such a record there is no message to lose: it is
    /// left out here and stands in the log.
    #[must_use]
    pub fn keeping<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut named = HashSet::new();
        let failures = records
            .into_iter()
            .filter_map(|record| record.message_id.as_ref())
            .filter(|id| named.insert(*id))
            .map(|id| ItemFailure { message_id: id.clone() })
            .collect();
        Self { failures }
    }
}
