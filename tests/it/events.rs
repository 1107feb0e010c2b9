//! Events of 35 real shapes, through the real pipeline: the rows that `tests/events/index.json` names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::init::{file, index};

/// The most time for all rows.
const LONG: Duration = Duration::from_secs(600);

/// One pipeline for the events of one mapping.
struct Group {
    spec: String,
    table: String,
    entries: Vec<Value>,
}

fn event(entry: &Value) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file(entry)).expect("an event")).expect("JSON")
}

fn spec(name: &str, entry: &Value) -> String {
    let source = &event(entry)["source"];
    let mut text =
        format!("version: 1\nname: {name}\nenvironment: t\nbus:\n  pattern: {{source: [{source}]}}\n");
    text += "queue: {visibility_timeout_seconds: 3, dead_letter: {max_receive_count: 2}}\n";
    text += "processor: {timeout_seconds: 3, batch: {size: 10, window_seconds: 0}}\ndashboard: false\nexports: false\n";
    let alarms = "queue_depth dead_letters oldest_message processor_errors processor_throttles write_throttles conflicts";
    text += "alarms:\n";
    for alarm in alarms.split(' ') {
        let _ = writeln!(text, "  {alarm}: off");
    }
    let _ = writeln!(text, "  failed_deliveries: off\nevent:");
    let key = &entry["partition_key"];
    let (sort, format) = (&entry["sort_key"], &entry["sort_format"]);
    let _ = writeln!(text, "  partition_key: {{attribute: pk, from: {key}}}");
    let _ = writeln!(text, "  sort_key: {{attribute: sk, from: {sort}, format: {format}}}");
    let _ = writeln!(text, "  type: {{attribute: kind, from: {}}}", entry["type"]);
    let _ = writeln!(text, "  data: {{attribute: content, from: {}}}", entry["data"]);
    text
}

/// The pipelines, all in one local cloud. Two events that have the same key get a pipeline each.
fn deployed(cloud: &Cloud) -> Vec<Group> {
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for entry in index() {
        let apart = if entry["about"].as_str().expect("a text").contains("is a conflict") {
            &entry["file"]
        } else {
            &Value::Null
        };
        let mapping =
            ["partition_key", "sort_key", "sort_format", "type", "data"].map(|field| entry[field].clone());
        // One rule matches the events of one source.
        let group_key = json!([mapping, event(&entry)["source"], apart]).to_string();
        groups.entry(group_key).or_default().push(entry);
    }
    let groups: Vec<Group> = groups
        .into_values()
        .map(|entries| {
            let name = format!("e{}", &entries[0]["file"].as_str().expect("a file")[..2]);
            let path = cloud.write(&format!("{name}.yaml"), &spec(&name, &entries[0]));
            Group { spec: path.to_str().expect("UTF-8").to_owned(), table: format!("{name}-t"), entries }
        })
        .collect();
    let specs: Vec<&str> = groups.iter().map(|group| group.spec.as_str()).collect();
    cloud.run(&[&["apply", "--local", "--yes"], &specs[..]].concat()).succeeded();
    groups
}

fn rows(cloud: &Cloud, table: &str) -> Vec<Value> {
    let found = cloud.target("dynamodb", "DynamoDB_20120810.Scan", &json!({"TableName": table}).to_string());
    found["Items"].as_array().expect("items").clone()
}

/// Waits until each event of the groups has its expected row, and returns the rows by table.
fn become_rows(cloud: &Cloud, groups: &[&Group]) -> BTreeMap<String, Vec<Value>> {
    let begun = Instant::now();
    let mut found = BTreeMap::new();
    for group in groups {
        let mut there = rows(cloud, &group.table);
        while there.len() < group.entries.len() && begun.elapsed() < LONG {
            std::thread::sleep(Duration::from_millis(200));
            there = rows(cloud, &group.table);
        }
        for entry in &group.entries {
            let expected = &entry["expect"];
            let is_it = |row: &&Value| {
                let sort = row["sk"]["S"].as_str().or(row["sk"]["N"].as_str());
                row["pk"]["S"] == expected["partition_key"] && sort == expected["sort_key"].as_str()
            };
            let row = there.iter().find(is_it).unwrap_or_else(|| panic!("{entry}\n{there:?}"));
            assert_eq!(row["kind"]["S"], expected["type"], "{entry}");
            assert_eq!(row["sk"]["N"].is_string(), entry["sort_format"] == "number", "{entry}");
            let kind = row["content"].as_object().and_then(|content| content.keys().next()).expect("data");
            assert!(["M", "L", "S"].contains(&kind.as_str()), "{entry}");
        }
        assert_eq!(there.len(), group.entries.len(), "{there:?}");
        found.insert(group.table.clone(), there);
    }
    found
}

#[test]
fn events_of_thirty_five_shapes_become_the_rows_that_are_named() {
    let cloud = Cloud::new();
    let groups = deployed(&cloud);
    let send = |group: &Group, entry: &Value, to: &str| {
        cloud.run(&["send", &group.spec, "--local", "--event", &file(entry), "--to", to]).succeeded()
    };
    for group in &groups {
        for entry in &group.entries {
            send(group, entry, "queue");
        }
    }
    let found = become_rows(&cloud, &groups.iter().collect::<Vec<_>>());
    for group in &groups {
        for entry in &group.entries {
            let event = event(entry);
            // In the row of its own id and time.
            let row =
                found[&group.table].iter().find(|row| row["event_id"]["S"] == event["id"]).expect("a row");
            assert_eq!(
                (&row["event_time"]["S"], &row["event_source"]["S"]),
                (&event["time"], &event["source"])
            );
        }
    }

    // The same over the bus, which accepts no events with a source of AWS.
    let is_own = |entry: &Value| !event(entry)["source"].as_str().expect("a text").starts_with("aws.");
    let own: Vec<&Group> = groups.iter().filter(|group| group.entries.iter().all(is_own)).collect();
    assert_eq!(own.iter().map(|group| group.entries.len()).sum::<usize>(), 14);
    for group in &own {
        for row in &found[&group.table] {
            let key = json!({"TableName": group.table, "Key": {"pk": row["pk"], "sk": row["sk"]}});
            cloud.target("dynamodb", "DynamoDB_20120810.DeleteItem", &key.to_string());
        }
        for entry in &group.entries {
            send(group, entry, "bus").reports(&["gives each event a new id"]);
        }
    }
    let again = become_rows(&cloud, &own);
    for group in own {
        for (entry, row) in group.entries.iter().zip(&again[&group.table]) {
            let event = event(entry);
            assert_eq!(row["event_time"]["S"], event["time"], "{entry}");
            assert_ne!(row["event_id"]["S"], event["id"], "{entry}");
        }
    }
}

/// The queue gets what its rule sends: with `bus.input: detail` the detail alone.
#[test]
fn events_sent_into_the_queue_are_followed() {
    let cloud = Cloud::new();
    let detail = |id: u32| json!({"shipment_id": format!("S-{id}"), "event_timestamp": "2026-01-31T09:05:00Z", "event_type": "created"});
    let envelope = |id: u32| json!({"id": format!("e-{id}"), "source": "shipment.service", "detail-type": "shipment.created", "time": "2026-01-31T09:05:00Z", "detail": detail(id)});
    let sent = |text: &str, more: &[&str]| {
        let given = cloud.write("given.json", text);
        let words =
            ["--to", "queue", "--wait", "--format", "json", "--event", given.to_str().expect("UTF-8")];
        cloud.local("send", &[&words[..], more].concat())
    };
    cloud.local("apply", &[]).succeeded();
    let lines: Vec<String> = (0..12).map(|id| envelope(id).to_string()).collect();
    let report = sent(&lines.join("\n"), &[]).succeeded().json();
    assert_eq!(
        (&report["sent"], &report["rows"], &report["rejected_by_queue"]),
        (&json!(12), &json!(12), &json!(0))
    );
    // A detail alone gets an envelope, and another id is a duplicate of the same content.
    let report = sent(&json!([detail(20), detail(1)]).to_string(), &[]).succeeded().json();
    assert_eq!((&report["rows"], &report["duplicates"]), (&json!(1), &json!(1)), "{report}");
    let report = sent(
        &json!({"id": "e-x", "source": "shipment.service", "detail-type": "shipment.created", "detail": {}})
            .to_string(),
        &[],
    );
    assert_eq!(report.exited(1).json()["dead_letters"], 1);
    cloud
        .local("send", &["--to", "queue", "--count", "3", "--wait"])
        .succeeded()
        .prints(&["refused by queue", "0"]);

    let spec = crate::cloud::SPEC.replace("bus:\n", "bus:\n  input: detail\n");
    cloud.write("spec.yaml", &spec);
    cloud.local("apply", &[]).succeeded();
    let report = sent(&format!("{}\n{}", envelope(30), detail(31)), &["--count", "2"]).succeeded().json();
    assert_eq!(
        (&report["sent"], &report["dead_letters"], &report["open"]),
        (&json!(4), &json!(0), &json!(0)),
        "{report}"
    );
    let row = &cloud.local("query", &["--key", "S-30", "--format", "json"]).succeeded().json()["rows"][0];
    assert!(row.get("event_source").is_none() && row["event_type"] == "created", "{row}");
}
