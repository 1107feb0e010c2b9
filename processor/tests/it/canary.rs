//! Canaries: each becomes a row with a status of its own, and the other parts of the processor do not see it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use pipectl_processor::batch::{Outcome, Store};
use pipectl_processor::bury::Dead;
use pipectl_processor::canary::{FIELD, LATE_SECONDS, Mark, Secret};
use pipectl_processor::environment::Environment;
use pipectl_processor::handler::{Answer, answer};
use pipectl_processor::reason::Reason;
use pipectl_processor::row::Row;
use pipectl_processor::throttle::Throttle;
use serde_json::{Value, json};
use tokio::time::Instant;

const SECRET: &str = "AROAEXAMPLE/11111111-2222";
/// A schema that allows no unknown fields.
const CLOSED: &str = r#"{"type": "object", "additionalProperties": false, "properties": {"shipment_id": {}, "event_timestamp": {}, "event_type": {}}}"#;
const NOW: &str = "2026-01-31T10:00:00Z";

/// Stores the rows it is given; if set so, as if the table did not exist. Must never get a dead letter.
#[derive(Default)]
struct Memory {
    has_no_row: bool,
    rows: Mutex<Vec<Row>>,
}

impl Store for Memory {
    async fn put(&self, row: Row, _: Timestamp, _: &Throttle) -> Outcome {
        if self.has_no_row {
            return Outcome::failed(Reason::TableNotFound, "no such table");
        }
        self.rows.lock().unwrap().push(row);
        Outcome::Written
    }

    async fn bury(&self, dead: &[Dead<'_>], _: Instant) -> Vec<bool> {
        panic!("{dead:?} would be buried")
    }
}

fn environment(config: &Value) -> Environment {
    let config = config.to_string();
    Environment::read(|name| match name {
        "EVENTS_TABLE_NAME" => Some("events".to_owned()),
        "CANARY_KEY" => Some(SECRET.to_owned()),
        "PIPELINE_CONFIG" => Some(config.clone()),
        _ => None,
    })
    .unwrap()
}

fn mark(secret: &str, sent_seconds_ago: i64) -> String {
    let now: Timestamp = NOW.parse().unwrap();
    let mark = Mark { nonce: 7, sent_at: now.as_millisecond() - sent_seconds_ago * 1_000 };
    mark.signed(&Secret::new(secret.to_owned()))
}

fn detail(mark: &str) -> Value {
    json!({"shipment_id": "S-1", "event_timestamp": "2026-01-31T09:05:00Z", "event_type": "created", FIELD: mark})
}

fn envelope(mark: &str) -> Value {
    json!({"id": "e-1", "source": "s", "detail-type": "d", "time": "2026-01-31T09:59:59Z", "detail": detail(mark)})
}

async fn run(store: &Arc<Memory>, config: &Value, bodies: &[Value]) -> Answer {
    let records = bodies.iter().enumerate().map(|(index, body)| {
        json!({"messageId": format!("m-{index}"), "body": body.to_string(), "attributes": {"ApproximateReceiveCount": "1"}})
    });
    let payload = json!({"Records": records.collect::<Vec<_>>()});
    let now = NOW.parse().unwrap();
    answer(&environment(config), store, payload, "r-1", now, Duration::from_secs(60)).await.unwrap()
}

/// The rows, and the lines of a batch, including the outcome of the canary.
async fn stored(config: &Value, body: Value) -> (Vec<Row>, Vec<Value>) {
    let store = Arc::new(Memory::default());
    let answer = run(&store, config, &[body]).await;
    assert_eq!(answer.response.failures.len(), 0);
    let lines = answer.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    (store.rows.lock().unwrap().clone(), lines)
}

#[tokio::test]
async fn a_canary_is_a_row_of_its_own_kind_with_both_inputs() {
    for (config, body) in [
        (json!({}), envelope(&mark(SECRET, 5))),
        (json!({"input": "detail"}), detail(&mark(SECRET, 5))),
        // Also if the rows have no time to live.
        (json!({"version": 2, "ttl_days": null}), envelope(&mark(SECRET, 5))),
        // The schema does not see the mark.
        (json!({"version": 2, "event": {"schema": CLOSED}}), envelope(&mark(SECRET, 5))),
    ] {
        let (rows, lines) = stored(&config, body).await;
        let [row] = rows.as_slice() else { panic!("{config}: {lines:?}") };
        let row: Value = serde_json::from_str(&row.to_json()).unwrap();
        assert_eq!(row["shipment_id"], "pipectl-canary#00000000000000000000000000000007");
        assert_eq!((&row["processing_status"], &row["event_type"]), (&json!("CANARY"), &json!("created")));
        assert_eq!(row["expires_at"], json!(1_769_857_200), "an hour from now");
        assert!(!row.to_string().contains(FIELD), "{row}");
        // No metrics, only its own line.
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((&line["message"], &line["outcome"]), (&json!("canary"), &json!("written")));
        assert_eq!(line["request_id"], "r-1", "its invocation ended well");
    }
}

#[tokio::test]
async fn a_number_as_key_is_one_that_no_counter_comes_to() {
    let config = json!({"version": 2, "event": {"partition_key": {"attribute": "order", "from": ["$.detail.shipment_id"], "format": "number"}}});
    let mut body = envelope(&mark(SECRET, 5));
    body["detail"]["shipment_id"] = json!(12);
    let (rows, lines) = stored(&config, body).await;
    assert_eq!(rows.len(), 1, "{lines:?}");
    assert_eq!(rows[0].attributes["order"].canonical(), "-10000000000000000000000000000000000007");
}

#[tokio::test]
async fn a_mark_that_is_not_signed_by_the_stack_is_a_field_like_any_other() {
    let good = mark(SECRET, 5);
    let (signed, tag) = good.rsplit_once('.').unwrap();
    let later = signed.replacen("1.", "1.9", 1);
    for mark in [
        mark("another", 5),
        format!("{later}.{tag}"),
        format!("{signed}."),
        format!("{signed}.{}", &tag[..2]),
        good.replacen("1.", "2.", 1),
        good.replacen("0000", "+000", 1),
        String::new(),
    ] {
        let (rows, lines) = stored(&json!({}), envelope(&mark)).await;
        assert_eq!((rows.len(), rows[0].partition_key.as_str()), (1, "S-1"), "{mark}");
        assert_eq!((&lines[0]["message"], &lines[0]["Written"]), (&json!("batch"), &json!(1)));
    }
}

#[tokio::test]
async fn late_and_replayed_canaries_are_dropped() {
    let mut replayed = envelope(&mark(SECRET, 5));
    replayed["replay-name"] = json!("r");
    for (body, outcome) in [
        (replayed, "replayed"),
        (envelope(&mark(SECRET, LATE_SECONDS + 1)), "late"),
        (envelope(&mark(SECRET, -LATE_SECONDS - 1)), "late"),
        (detail(&mark(SECRET, LATE_SECONDS + 1)), "late"),
    ] {
        let (rows, lines) = stored(&json!({}), body).await;
        assert_eq!((rows.len(), lines.len(), &lines[0]["outcome"]), (0, 1, &json!(outcome)));
    }
}

#[tokio::test]
async fn a_canary_without_a_row_is_neither_counted_nor_tried_again_nor_buried() {
    let mut refused = envelope(&mark(SECRET, 5));
    refused["detail"]["event_timestamp"] = json!("now");
    let store = Arc::new(Memory { has_no_row: true, ..Memory::default() });
    for (body, outcome, detail) in [
        (refused, "refused", "invalid-timestamp"),
        (envelope(&mark(SECRET, 5)), "failed", "table-not-found: no such table"),
    ] {
        let answer = run(&store, &json!({}), &[body]).await;
        assert_eq!((answer.response.failures.len(), answer.lines.len()), (0, 1));
        let line: Value = serde_json::from_str(&answer.lines[0]).unwrap();
        assert_eq!(line["outcome"], outcome);
        assert!(line["detail"].as_str().unwrap().contains(detail), "{line}");
    }
}

#[tokio::test]
async fn beside_others_a_canary_changes_none_of_their_counts() {
    let mut other = envelope("none");
    other["detail"].as_object_mut().unwrap().remove(FIELD);
    let store = Arc::new(Memory::default());
    let answer = run(&store, &json!({}), &[envelope(&mark(SECRET, 5)), other]).await;
    let batch: Value = serde_json::from_str(&answer.lines[0]).unwrap();
    assert_eq!(
        (&batch["message"], &batch["records"], &batch["Written"]),
        (&json!("batch"), &json!(1), &json!(1))
    );
    assert_eq!(batch["WriteLatency"].as_array().unwrap().len(), 1);
    assert_eq!((answer.lines.len(), store.rows.lock().unwrap().len()), (2, 2));
    assert_eq!(answer.stages[1].records, 1);
}
