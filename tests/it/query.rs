//! Rows are found by status and time, across all shards that the index ever had, unless they have expired.

use std::collections::{BTreeMap, BTreeSet};

use pipectl::operate::status_keys;
use pipectl::render::{Template, most_spread, recorded_spread, spread, successor};
use processor::row::processing_status;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};
use crate::values::rendered;

#[test]
fn rows_of_all_shards_come_in_one_order_newest_first() {
    let cloud = Cloud::new();
    let path = cloud.path("spec.yaml");
    let spec = path.to_str().expect("UTF-8");
    let query = |more: &[&str]| cloud.run(&[&["query", spec, "--local"], more].concat());
    query(&[]).exited(1).reports(&["error[stack::missing]"]);
    cloud.write("spec.yaml", &format!("{SPEC}table: {{status_index: {{shards: 7}}}}\n"));
    cloud.local("apply", &[]).succeeded();
    query(&[]).succeeded().reports(&["no rows"]);

    for number in 10..26 {
        let at = format!("2026-01-31T09:{number}:00+01:00");
        let detail = json!({"shipment_id": format!("S-{number}"), "event_timestamp": at, "event_type": "created",
            "event_data": {"exact": 12.500}});
        let event = cloud.write("event.json", &detail.to_string());
        cloud.local("send", &["--event", event.to_str().expect("UTF-8")]).succeeded();
    }
    let mut rows = Vec::new();
    for _ in 0..100 {
        let output = query(&["--format", "json", "--limit", "100", "--verbose"]).succeeded();
        assert!(output.stderr.contains("of 8 partition keys"), "{}", output.stderr);
        rows = output.json()["rows"].as_array().expect("rows").clone();
        if rows.len() == 16 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let times: Vec<&str> = rows.iter().filter_map(|row| row["event_timestamp"].as_str()).collect();
    let expected: Vec<String> =
        (10..26).rev().map(|minute| format!("2026-01-31T08:{minute}:00.000000000Z")).collect();
    assert_eq!(times, expected);
    let mut shards: Vec<&str> = rows.iter().filter_map(|row| row["processing_status"].as_str()).collect();
    shards.sort_unstable();
    shards.dedup();
    assert!(shards.len() > 1, "{shards:?}");

    let some = query(&[
        "--since",
        "2026-01-31T08:20:00Z",
        "--until",
        "2026-01-31T09:24:00+01:00",
        "--limit",
        "3",
        "--format",
        "json",
    ]);
    let some = some.succeeded().json();
    let minutes: Vec<&str> =
        some["rows"].as_array().expect("rows").iter().filter_map(|row| row["shipment_id"].as_str()).collect();
    assert_eq!(minutes, ["S-24", "S-23", "S-22"]);
    query(&["--shipment", "S-12"]).succeeded().prints(&["S-12", "2026-01-31T08:12:00.000000000Z", "created"]);
    query(&["--since", "1h"]).succeeded().reports(&["no rows"]);
    query(&["--since", "yesterday"]).exited(64).reports(&["error[query::no-time]", "--since 1h"]);
}

const LOAD: &str =
    "load: {events_per_day: 1000000, peak_events_per_second: 3000, average_event_bytes: 500}\n";

fn sent(cloud: &Cloud, from: u32, to: u32) {
    for number in from..to {
        let detail = json!({"shipment_id": format!("S-{number}"), "event_timestamp": format!("2026-01-31T09:{number}:00Z"),
            "event_type": "created", "event_data": {}});
        let event = cloud.write("event.json", &detail.to_string());
        cloud.local("send", &["--event", event.to_str().expect("UTF-8"), "--wait"]).succeeded();
    }
}

fn found(cloud: &Cloud) -> usize {
    let output = cloud.local("query", &["--format", "json", "--limit", "100"]).succeeded();
    output.json()["rows"].as_array().map_or(0, Vec::len)
}

fn records_six(applied: Run) {
    let applied = applied.succeeded();
    let recorded = applied.stdout.lines().find(|line| line.contains("StatusIndexShards"));
    assert!(recorded.is_some_and(|line| line.ends_with(" 6")), "{}", applied.stdout);
}

#[test]
fn fewer_shards_hide_no_row_and_come_only_from_the_spec() {
    let cloud = Cloud::new();
    let spec = |more: &str| drop(cloud.write("spec.yaml", &format!("{SPEC}{more}")));
    spec(LOAD);
    records_six(cloud.local("apply", &[]));
    sent(&cloud, 10, 30);
    assert_eq!(found(&cloud), 20);

    // Without `load` nothing changes: the number now belongs to the stack.
    spec("");
    let plan = cloud.local("plan", &[]).succeeded();
    plan.reports(&["remains spread over 6 keys", "write `table: {status_index: {shards: 6}}`"]);
    assert_eq!(found(&cloud), 20, "the spec is not applied");
    cloud.local("apply", &[]).succeeded();
    assert_eq!(found(&cloud), 20);
    // Another load does not change it either: it recommends one.
    spec(&LOAD.replace("3000", "1000"));
    cloud.local("plan", &[]).succeeded().reports(&["`load` recommends 2", "shards: 2}}`"]);
    cloud.local("apply", &[]).succeeded();
    assert_eq!(cloud.local("plan", &["--format", "json"]).succeeded().json()["action"], "none");

    spec("table: {status_index: {shards: 2}}\n");
    let words = "over 2 keys of the status index, 6 before: readers of it must now read `PROCESSED` and each of \
                 `PROCESSED#0` to `PROCESSED#5`";
    for arguments in [&["--format", "json"][..], &["--format", "json", "--offline"]] {
        let plan = cloud.local("plan", arguments).succeeded().json();
        let changes = plan["changes"].as_array().expect("changes").clone();
        let change = changes.iter().find(|change| change["logical_id"] == "Processor").expect("the function");
        assert_eq!(change["risk"], "interruption");
        assert!(change["why"].as_str().is_some_and(|why| why.contains(words)), "{}", change["why"]);
    }
    records_six(cloud.local("apply", &["--yes"]));
    sent(&cloud, 30, 40);
    assert_eq!(found(&cloud), 30);

    // The table is retained with all rows, and the next stack knows their index keys.
    cloud.local("destroy", &["--yes"]).succeeded();
    spec("table: {status_index: {shards: 1}}\n");
    records_six(cloud.local("apply", &["--yes"]));
    assert_eq!(found(&cloud), 30);
    // A rollback is an ordinary change.
    cloud.local("rollback", &["--yes"]).succeeded();
    assert_eq!(found(&cloud), 30);
}

#[test]
fn rows_past_their_time_are_left_out_unless_asked_for() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let put = |shipment: &str, minute: u32, expires_at: Value| {
        let mut item = json!({
            "shipment_id": {"S": shipment}, "event_timestamp": {"S": format!("2026-01-31T09:{minute}:00.000000000Z")},
            "event_type": {"S": "created"}, "event_data": {"M": {}}, "processing_status": {"S": "PROCESSED"},
        });
        if !expires_at.is_null() {
            item["expires_at"] = expires_at;
        }
        let put = json!({"TableName": "walk-test", "Item": item});
        cloud.target("dynamodb", "DynamoDB_20120810.PutItem", &put.to_string());
    };
    put("endless", 10, Value::Null);
    put("lives", 11, json!({"N": "99999999999"}));
    put("over", 12, json!({"N": "1000000000"}));
    put("over", 13, json!({"N": "1000000001.5"}));
    let names = |arguments: &[&str]| -> Vec<String> {
        let output = cloud.local("query", &[arguments, &["--format", "json"]].concat()).succeeded().json();
        let rows = output["rows"].as_array().expect("rows").clone();
        let name = |row: &Value| row["shipment_id"].as_str().expect("a key").to_owned();
        let names: Vec<String> = rows.iter().map(name).collect();
        if let Some(marks) = output["expired"].as_array() {
            let over: Vec<bool> = names.iter().map(|name| name == "over").collect();
            assert_eq!(json!(marks), json!(over));
        } else {
            assert!(!arguments.contains(&"--expired"));
        }
        names
    };
    assert_eq!(names(&[]), ["lives", "endless"]);
    assert_eq!(names(&["--limit", "1"]), ["lives"], "behind rows that do not count");
    assert_eq!(names(&["--shipment", "over"]), [] as [&str; 0]);
    assert_eq!(names(&["--expired"]), ["over", "over", "lives", "endless"]);
    assert_eq!(names(&["--expired", "--shipment", "over"]), ["over", "over"]);
    let table = cloud.local("query", &["--expired"]).succeeded();
    assert_eq!(table.stdout.lines().filter(|line| line.ends_with("expired")).count(), 2, "{}", table.stdout);

    // An expired row does not exist for `send --wait` either: the processor writes the event again.
    let detail =
        json!({"shipment_id": "over", "event_timestamp": "2026-01-31T09:12:00Z", "event_type": "created"});
    let event = cloud.write("event.json", &detail.to_string());
    let wait = ["--event", event.to_str().expect("UTF-8"), "--wait", "--format", "json"];
    let output = cloud.local("send", &wait).succeeded().json();
    assert_eq!((&output["rows"], &output["duplicates"]), (&json!(1), &json!(0)));
    assert_eq!(names(&[]), ["over", "lives", "endless"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// For any sequence of shard numbers of a stack, with or without a record in custom templates.
    #[test]
    fn after_any_numbers_of_shards_every_row_is_under_a_key_that_is_read(
        counts in prop::collection::vec(1_u32..30, 1..6),
        unrecorded: bool,
    ) {
        let mut deployed: Option<Value> = None;
        let mut rows = BTreeSet::new();
        for (step, count) in counts.iter().enumerate() {
            let wanted = rendered(&format!("{SPEC}table: {{status_index: {{shards: {count}}}}}\n"));
            let mut wanted = wanted;
            if unrecorded && let Some(outputs) = wanted.parsed["Outputs"].as_object_mut() {
                outputs.remove("StatusIndexShards");
                wanted = Template::from_parsed(wanted.parsed);
            }
            if let Some(deployed) = &deployed {
                wanted = successor(deployed, &wanted, &BTreeSet::new()).unwrap_or(wanted);
            }
            prop_assert_eq!(spread(&wanted.parsed), Some(*count));
            rows.extend((0..40).map(|row| processing_status(&format!("S{step}-{row}"), *count)));
            let outputs = wanted.parsed["Outputs"].as_object().expect("outputs").iter();
            let outputs: BTreeMap<String, String> =
                outputs.filter_map(|(name, one)| Some((name.clone(), one["Value"].as_str()?.to_owned()))).collect();
            let most = recorded_spread(&outputs).unwrap_or(1).max(*count);
            let read: BTreeSet<String> = status_keys("PROCESSED", most).into_iter().collect();
            prop_assert!(rows.is_subset(&read), "{:?} are not read", rows.difference(&read).collect::<Vec<_>>());
            prop_assert!(most_spread(&wanted.parsed) >= most);
            deployed = Some(wanted.parsed);
        }
    }
}
