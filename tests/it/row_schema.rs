//! The JSON Schema of stored rows, compared with the processor's rows.

use camino::Utf8Path;
use jiff::Timestamp;
use pipectl::render::{render, row_schema};
use pipectl::sandbox::Process;
use pipectl::{source, validate};
use processor::decide::{Message, decide};
use serde_json::{Value, json};

use crate::cloud::Cloud;

const EVENTS: &str = "tests/events";

fn schema(text: &str) -> (Value, processor::config::Config) {
    let tree = source::read_text(Utf8Path::new("specs/made.yaml"), text).expect("YAML");
    let checked =
        validate::validate(&tree, false).unwrap_or_else(|failure| panic!("{:?}", failure.diagnostics));
    let template = render(&checked, &Process).expect("a template");
    (row_schema(checked.spec(), &template.parsed), validate::processor_config(checked.spec()))
}

/// Each of the 35 events of real shapes, with the mapping that its row needs.
#[test]
fn every_row_matches_its_schema() {
    let index = std::fs::read_to_string(format!("{EVENTS}/index.json")).expect("the index");
    let index: Vec<Value> = serde_json::from_str(&index).expect("JSON");
    for entry in index {
        let file = entry["file"].as_str().expect("a file");
        let spec = json!({
            "version": 1, "name": "rows", "environment": "test", "bus": {"pattern": {"source": [{"prefix": ""}]}},
            "event": {
                "partition_key": {"attribute": "pk", "from": entry["partition_key"]},
                "sort_key": {"attribute": "sk", "from": entry["sort_key"], "format": entry["sort_format"]},
                "type": {"attribute": "kind", "from": entry["type"]},
                "data": {"attribute": "data", "from": entry["data"]},
                "attributes": {"region": "$.region", "both": {"from": ["$.region", "$.account"]}},
            },
        });
        let (schema, config) = schema(&spec.to_string());
        let body = std::fs::read_to_string(format!("{EVENTS}/{file}")).expect("an event");
        let message = Message { body: &body, message_id: Some("m"), receive_count: 1 };
        let row = decide(&config, message, Timestamp::UNIX_EPOCH).expect("a row").to_json();
        let row: Value = serde_json::from_str(&row).expect("JSON");
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
        let errors: Vec<String> = validator.iter_errors(&row).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{file}: {errors:?}\n{row}");
        let known = schema["properties"].as_object().expect("properties");
        assert!(row.as_object().expect("a row").keys().all(|name| known.contains_key(name)), "{file}: {row}");
    }
}

#[test]
fn it_names_types_and_keys() {
    let cloud = Cloud::new();
    let more = "\
event:
  partition_key: {attribute: order_id, from: $.detail.order.id, format: number}
  sort_key: none
  type: none
  data: {attribute: lines, from: $.detail.lines}
  attributes: {total: {from: $.detail.total, format: number}}
  on_conflict: replace_if_newer
  newer_by: {attribute: changed_at, from: $.detail.changed_at}
table: {ttl_days: none}
";
    let spec = cloud.write("orders.yaml", &format!("{}{more}", crate::cloud::SPEC));
    let schema = cloud.run(&["schema", "--row", spec.to_str().expect("UTF-8")]).succeeded().json_document();
    assert_eq!(schema["x-dynamodb-key"], json!({"partition_key": "order_id"}));
    assert_eq!(
        schema["x-dynamodb-indexes"],
        json!([{"name": "status-timestamp-index", "partition_key": "processing_status", "sort_key": "processed_at", "projection": "ALL"}])
    );
    let of = |name: &str| {
        (schema["properties"][name]["type"].clone(), schema["properties"][name]["x-dynamodb-type"].clone())
    };
    assert_eq!(of("order_id"), (json!("number"), json!("N")));
    assert_eq!(of("total"), (json!("number"), json!("N")));
    assert_eq!(of("changed_at"), (json!("string"), json!("S")));
    assert_eq!(schema["properties"]["changed_at"]["format"], "date-time");
    assert_eq!(of("lines").1, json!(["S", "N", "BOOL", "L", "M"]));
    assert!(
        schema["properties"].get("expires_at").is_none() && schema["properties"].get("event_type").is_none()
    );
    let required = schema["required"].as_array().expect("a list");
    assert!(required.contains(&json!("order_id")) && !required.contains(&json!("total")));
    cloud.run(&["schema", "--row", "tests/invalid/event__path/spec.yaml"]).exited(3);
}
