//! Properties of any bytes as an invocation. The fuzz target compiles this file too.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use pipectl_processor::config::Config;
use pipectl_processor::decide::{Message, decide};
use pipectl_processor::invocation::{Record, Response, records};
use pipectl_processor::json::Json;
use pipectl_processor::row::{CONTENT_SHA256, EVENT_EXTRA, RETRY_COUNT, Row};
use pipectl_processor::size::{LARGEST_ITEM, item_bytes};

/// The answer, or `None` if the function reports an error. Nothing is written: a record that becomes a row counts as
/// written.
pub(crate) fn answer(bytes: &[u8]) -> Option<Response> {
    let records = records(serde_json::from_slice(bytes).ok()?)?;
    assert!(
        records.is_empty()
            || records.iter().any(|record| record.message_id.is_some() || !record.body.is_empty()),
        "not from a queue, and no error"
    );
    let mut failed = Vec::new();
    let mut refused = BTreeSet::new();
    for record in &records {
        let message = Message {
            body: &record.body,
            message_id: record.message_id.as_deref(),
            receive_count: record.receive_count,
        };
        match decide(&Config::default(), message, Timestamp::UNIX_EPOCH) {
            Ok(row) => check(&row, record),
            Err(rejection) => {
                assert!(!rejection.message.is_empty(), "{rejection:?}");
                refused.extend(record.message_id.as_deref());
                failed.push(record);
            }
        }
    }
    let response = Response::keeping(failed);
    let named: Vec<&str> = response.failures.iter().map(|failure| failure.message_id.as_str()).collect();
    assert!(named.iter().all(|id| !id.trim().is_empty()), "an empty identifier returns the whole batch");
    assert!(named.len() == refused.len() && named.iter().all(|id| refused.contains(id)), "{named:?}");
    Some(response)
}

/// DynamoDB accepts the row, and the row's fields give the same content again.
fn check(row: &Row, record: &Record) {
    assert!((1..=2_048).contains(&row.partition_key.as_str().len()));
    assert_eq!(row.sort_key.as_ref().unwrap().as_str().len(), "2026-01-31T09:05:00.000000000Z".len());
    assert!(item_bytes(&row.attributes) <= LARGEST_ITEM);
    let text = |name| row.attributes.get(name).and_then(Json::as_text);
    assert_eq!(text("shipment_id"), Some(row.partition_key.as_str()));
    assert_eq!(text("event_timestamp"), row.sort_key.as_ref().map(|key| key.as_str()));
    assert_eq!(text(CONTENT_SHA256), Some(row.content_sha256.as_str()));
    let Json::Number(retry_count) = &row.attributes[RETRY_COUNT] else { panic!("no number") };
    assert_eq!(retry_count.as_str(), record.receive_count.to_string());

    // Its own fields, sent again, are the same content. Empty data may have been missing data.
    let mut fields = row.attributes.clone();
    fields.retain(|name, _| {
        ["shipment_id", "event_timestamp", "event_type", "event_data"].contains(&name.as_str())
    });
    if let Some(Json::Map(extra)) = row.attributes.get(EVENT_EXTRA) {
        fields.extend(extra.clone());
    }
    let mut contents = contents_of(&fields, row);
    if fields["event_data"].canonical() == "{}" {
        fields.remove("event_data");
        contents.extend(contents_of(&fields, row));
    }
    assert!(contents.contains(&row.content_sha256), "{fields:?}");
}

/// The contents that the fields of a row can have come from: in an envelope, whose blank texts are in no row, or in a
/// bare detail.
fn contents_of(fields: &BTreeMap<String, Json>, row: &Row) -> Vec<String> {
    let names = ["event_source", "event_detail_type"];
    let [source, detail_type] =
        names.map(|name| row.attributes.get(name).cloned().unwrap_or_else(|| Json::Text(String::new())));
    let named = [("source", source), ("detail-type", detail_type), ("detail", Json::Map(fields.clone()))];
    let envelope = named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut contents = vec![content(envelope)];
    if names.iter().all(|name| !row.attributes.contains_key(*name)) {
        contents.push(content(fields.clone()));
    }
    contents
}

fn content(body: BTreeMap<String, Json>) -> String {
    let body = Json::Map(body).canonical();
    let config = Config::default();
    let message = Message { body: &body, message_id: None, receive_count: 1 };
    decide(&config, message, Timestamp::UNIX_EPOCH).expect("a row's fields make a row").content_sha256
}
