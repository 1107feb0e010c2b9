//! Rows are found by status and time, across all shards of the index.

use serde_json::json;

use crate::cloud::{Cloud, SPEC};

#[test]
fn rows_of_all_shards_come_in_one_order_newest_first() {
    let cloud = Cloud::new();
    let path = cloud.path("spec.yaml");
    let spec = path.to_str().expect("UTF-8");
    let query = |more: &[&str]| cloud.run(&[&["query", spec, "--local"], more].concat());
    query(&[]).exited(1).says(&["error[stack::missing]"]);
    cloud.write("spec.yaml", &format!("{SPEC}table: {{status_index: {{shards: 7}}}}\n"));
    cloud.local("apply", &[]).succeeded();
    query(&[]).succeeded().says(&["no rows"]);

    for number in 10..26 {
        let at = format!("2026-01-31T09:{number}:00+01:00");
        let detail = json!({"shipment_id": format!("S-{number}"), "event_timestamp": at, "event_type": "created",
            "event_data": {"exact": 12.500}});
        let event = cloud.write("event.json", &detail.to_string());
        cloud.local("send", &["--event", event.to_str().expect("UTF-8")]).succeeded();
    }
    let mut rows = Vec::new();
    for _ in 0..100 {
        let told = query(&["--format", "json", "--limit", "100", "--verbose"]).succeeded();
        assert!(told.stderr.contains("of 8 partition keys"), "{}", told.stderr);
        rows = told.json()["rows"].as_array().expect("rows").clone();
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
    query(&["--since", "1h"]).succeeded().says(&["no rows"]);
    query(&["--since", "yesterday"]).exited(64).says(&["error[query::no-time]", "--since 1h"]);
}
