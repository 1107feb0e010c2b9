//! Events of other shapes than the default one, through the real pipeline: their rows, the newest state of a key, and the
//! fields that are never shown.

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

/// A local cloud with the pipeline of a shop, with this mapping.
fn deployed(mapping: &str) -> Cloud {
    let cloud = Cloud::new();
    let spec =
        SPEC.replace("source: [shipment.service], detail-type: [{prefix: shipment.}]", "source: [shop]");
    cloud.write("spec.yaml", &format!("{spec}{mapping}"));
    cloud.local("apply", &[]).succeeded();
    cloud
}

/// A schema too large for Lambda's environment, in which only `total` changes.
fn order_schema(total: &Value) -> String {
    let unused: serde_json::Map<String, Value> = (0..120)
        .map(|at| (format!("reserved_{at}"), json!({"type": ["string", "null"], "maxLength": 64})))
        .collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["order", "total"],
        "properties": unused,
    });
    schema["properties"]["total"] = total.clone();
    schema["properties"]["lines"] =
        json!({"items": {"required": ["sku"], "properties": {"sku": {"pattern": "^[a-z]+$"}}}});
    assert!(schema.to_string().len() > 4_096);
    schema.to_string()
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

    // Other content under the same key is a dead letter, whose dropped fields are not shown.
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
    // The same code generates events that the mapping accepts.
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
    cloud.local("query", &["--key", "not-a-number"]).exited(64).reports(&["is not a number"]);
}

#[test]
fn an_event_that_violates_the_schema_is_a_dead_letter_with_the_location() {
    let cloud = Cloud::new();
    let spec =
        SPEC.replace("source: [shipment.service], detail-type: [{prefix: shipment.}]", "source: [shop]");
    cloud.write("spec.yaml", &format!("{spec}{HISTORY}  schema: {{file: order.schema.json}}\n"));
    cloud.write("order.schema.json", &order_schema(&json!({"type": "number", "multipleOf": 0.1})));
    cloud.local("apply", &[]).succeeded();
    assert_eq!(sent(&cloud, &order(1, "a"))["rows"], 1);
    assert_eq!(sent(&cloud, &order(2, "A"))["dead_letters"], 1);
    let spec = cloud.path("spec.yaml");
    let list = ["dlq", "list", spec.to_str().expect("UTF-8"), "--local"];
    let dead = cloud.run(&[&list[..], &["--format", "json"]].concat()).json();
    let [dead_letter] = dead["messages"].as_array().expect("messages").as_slice() else { panic!("{dead}") };
    assert_eq!(dead_letter["reason"], "contract", "{dead}");
    assert!(dead.to_string().contains("`/lines/0/sku` of the detail violates `pattern`"), "{dead}");
    cloud.run(&list).prints(&["contract", "/lines/0/sku"]);
    // A generated event has no order.
    cloud.local("send", &["--count", "3"]).exited(1).reports(&["`required`", "--event"]);
}

#[test]
fn a_change_of_the_schema_is_another_version_and_a_break_is_refused_by_name() {
    let cloud = Cloud::new();
    let spec =
        SPEC.replace("source: [shipment.service], detail-type: [{prefix: shipment.}]", "source: [shop]");
    cloud.write("spec.yaml", &format!("{spec}{HISTORY}  schema: {{file: order.schema.json}}\n"));
    let schema = |total: Value| cloud.write("order.schema.json", &order_schema(&total));
    schema(json!({"type": "number", "maximum": 20}));
    cloud.local("apply", &[]).succeeded();
    let version = |cloud: &Cloud| {
        let aliases =
            cloud.request("GET", "lambda", "/2015-03-31/functions/walk-processor-test/aliases/live", "");
        aliases["FunctionVersion"].as_str().expect("a version").to_owned()
    };
    let first = version(&cloud);
    cloud.local("plan", &["--detailed-exitcode"]).succeeded();

    // Nothing else changes: everything accepted before is still accepted, and more.
    schema(json!({"type": ["number", "null"], "maximum": 30}));
    cloud.local("plan", &["--detailed-exitcode"]).exited(2).prints(&["ProcessorVersion"]);
    cloud.local("apply", &[]).succeeded();
    assert_ne!(version(&cloud), first);
    assert_eq!(sent(&cloud, &order(1, "a"))["rows"], 1);

    schema(json!({"type": "number", "maximum": 25}));
    let named = [
        "guard::contract-break",
        "`/total`: `type` no longer takes null",
        "`maximum` is 25 now",
        "--accept contract-break",
    ];
    cloud.local("plan", &[]).exited(4).reports(&named);
    cloud.local("apply", &[]).exited(4).reports(&named);
    cloud.local("plan", &["--accept", "contract-break"]).succeeded();
    cloud.local("apply", &["--accept", "contract-break"]).succeeded();
    // The rollback accepts more.
    cloud.local("rollback", &[]).succeeded();
    assert_eq!(sent(&cloud, &order(2, "b"))["rows"], 0, "its key is taken");
}
