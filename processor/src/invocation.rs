//! What Lambda passes in, and the answer it expects.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use crate::attribute::{Attribute, Attributes};

/// One record of the batch, read leniently: an invalid record fails alone, without the batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// The id SQS gave the message. `None` only if the invocation was made by hand.
    pub message_id: Option<String>,
    /// The message's body; empty if there is none.
    pub body: String,
    /// Deliveries so far, including this one; 1 if it is missing.
    pub receive_count: u32,
    /// When SQS received it, in milliseconds since 1970.
    pub sent_at: Option<i64>,
    /// When it was received for the first time, in milliseconds since 1970.
    pub first_received: Option<i64>,
    /// The attributes its sender set; `None` if one of them cannot be read and so cannot be sent again.
    pub attributes: Option<Attributes>,
    /// Its message group, if the queue shares its capacity fairly among groups.
    pub group: Option<String>,
    /// The trace it belongs to, as X-Ray writes it.
    pub trace_header: Option<String>,
}

/// The records of an SQS invocation; `None` if it is not one.
///
/// Streams and topics also send `Records`, but without a message id or a body. None of these could be reported as a
/// failure, and an answer without failures would acknowledge all of them.
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
    let [sent_at, first_received] = ["SentTimestamp", "ApproximateFirstReceiveTimestamp"]
        .map(|name| system(name).and_then(|at| at.parse().ok()));
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
        sent_at,
        first_received,
        attributes,
        group,
        trace_header,
    }
}

/// The answer of a function with `ReportBatchItemFailures`: the messages that SQS retains.
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
    /// A record without an id cannot be reported, and an empty identifier would make Lambda return the whole batch,
    /// including the good messages, until they are all dead letters. SQS always sets the id, so such a record has no
    /// message that could be lost: it is left out here and reported in the log.
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
