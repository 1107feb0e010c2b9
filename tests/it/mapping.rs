//! Events of other shapes than the default one, through the real pipeline: their rows, one key's newest state, and what of them
//! is never shown.

use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC};

/// Nested keys, the envelope's time, numbers as keys, and a value that is never stored.
const HISTORY: &str = "\
event:
  partition_key: {attribute: order_id, from: $.detail.order.id}
  sort_key: {attribute: placed_at, from: [$.time, \"$.detail.lines[0]['line-no']\"]}
  type: {attribute: kind, from: $.detail-type}
  data: {attribute: order, from: $.detail}
  attributes: {customer: $.detail.customer.id, total: {from: $.detail.total, format: number}}
  drop: [$.detail.customer.email, $.detail.note]
";

/// One row for each order, of its newest event.
const STATE: &str = "\
event:
  partition_key: {attribute: order_id, from: $.detail.order.id, format: number}
  sort_key: none
  type: none
  data: {attribute: lines, from: $.detail.lines}
  on_conflict: replace_if_newer
  newer_by: {attribute: version, from: $.detail.version, format: number}
table: {ttl_days: none}
";

fn order(version: u64, sku: &str) -> Value {
    json!({
        "source": "shop", "detail-type": "order.placed", "time": "2026-01-31T09:05:00Z",
        "detail": {
            "order": {"id": 4711}, "version": version, "total": 12.50,
            "customer": {"id": "c-1", "email": "mira@example.org"}, "note": "ring twice",
            "lines": [{"line-no": 7, "sku": sku}],
        },
    })
}

/// A local cloud with the pipeline of a shop whose events are mapped so.
fn deployed(mapping: &str) -> Cloud {
    let cloud = Cloud::new();
    let spec =
        SPEC.replace("source: [shipment.service], detail-type: [{prefix: shipment.}]", "source: [shop]");
    cloud.write("spec.yaml", &format!("{spec}{mapping}"));
    cloud.local("apply", &[]).succeeded();
    cloud
}

fn sent(cloud: &Cloud, event: &Value) -> Value {
    let event = cloud.write("event.json", &event.to_string());
    cloud.local("send", &["--event", event.to_str().expect("UTF-8"), "--wait", "--format", "json"]).json()
}

fn rows(cloud: &Cloud, more: &[&str]) -> Vec<Value> {
    let read = cloud.local("query", &[&["--format", "json"], more].concat()).succeeded();
    read.json()["rows"].as_array().expect("rows").clone()
}

#[test]
fn any_value_of_an_event_can_be_a_key_or_an_attribute() {
    let cloud = deployed(HISTORY);
    assert_eq!(sent(&cloud, &order(1, "a"))["rows"], 1);
    assert_eq!(sent(&cloud, &order(1, "a"))["duplicates"], 1, "another id, the same content");
    let [row] = rows(&cloud, &["--key", "4711"]).try_into().expect("one row");
    assert_eq!(
        (&row["order_id"], &row["kind"], &row["customer"]),
        (&"4711".into(), &"order.placed".into(), &"c-1".into())
    );
    assert_eq!(
        (&row["placed_at"], &row["total"]),
        (&"2026-01-31T09:05:00.000000000Z#7".into(), &json!(12.5))
    );
    assert_eq!(row["order"]["customer"], json!({"id": "c-1"}));
    assert!(row.get("event_extra").is_none() && row["order"].get("note").is_none());
    cloud.local("query", &[]).succeeded().prints(&["placed_at", "order_id", "kind", "4711"]);

    // Other content under the same key is a dead letter, of which nothing is shown that is dropped.
    assert_eq!(sent(&cloud, &order(1, "b"))["dead_letters"], 1);
    let spec = cloud.path("spec.yaml");
    let dead = cloud.run(&["dlq", "list", spec.to_str().expect("UTF-8"), "--local"]).succeeded();
    assert!(
        dead.stdout.contains("conflict") && !dead.stdout.contains("mira"),
        "{}{}",
        dead.stdout,
        dead.stderr
    );
    // Not even the name of a field that is dropped as a whole.
    assert!(dead.stdout.contains("lines") && !dead.stdout.contains("note"), "{}", dead.stdout);
    // The same code makes events that the mapping takes.
    cloud.local("send", &["--count", "20", "--wait"]).succeeded();
}

#[test]
fn a_table_of_current_state_keeps_the_newest_event_of_each_key() {
    let cloud = deployed(STATE);
    assert_eq!(sent(&cloud, &order(9, "a"))["rows"], 1);
    assert_eq!(sent(&cloud, &order(10, "b"))["rows"], 1);
    assert_eq!(sent(&cloud, &order(8, "c"))["superseded"], 1);
    assert_eq!(sent(&cloud, &order(10, "b"))["duplicates"], 1);
    let [row] = rows(&cloud, &["--key", "4711"]).try_into().expect("one row");
    assert_eq!(
        (&row["order_id"], &row["version"], &row["lines"][0]["sku"]),
        (&4711.into(), &10.into(), &"b".into())
    );
    assert!(row.get("expires_at").is_none() && row.get("event_extra").is_some());
    assert_eq!(rows(&cloud, &[]).len(), 1);
    cloud.local("query", &["--key", "not-a-number"]).exited(64).says(&["is not a number"]);
}
