//! The path of one event, by its row, its dead letter and the processor's log.

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::proxy::{Fate, Proxy};

/// The names of the known hops, with the milliseconds to each.
fn known(document: &Value) -> Vec<(String, Option<i64>)> {
    let hops = document["hops"].as_array().expect("hops").iter();
    let known = hops.filter(|hop| hop["at"].is_string());
    known.map(|hop| (hop["hop"].as_str().expect("a name").to_owned(), hop["milliseconds"].as_i64())).collect()
}

#[test]
fn an_event_is_followed_from_its_time_to_its_row_or_its_end() {
    let cloud = Cloud::new();
    let trace = |more: &[&str]| cloud.local("trace", more);
    trace(&["id"]).exited(1).reports(&["error[stack::missing]"]);
    cloud.local("apply", &[]).succeeded();
    cloud.local("send", &["--count", "2", "--wait"]).succeeded();
    let rows = cloud.local("query", &["--format", "json"]).succeeded().json()["rows"].clone();
    let text = |name: &str| rows[0][name].as_str().expect(name).to_owned();
    let (id, message, partition) = (text("event_id"), text("message_id"), text("shipment_id"));
    let key = format!("{partition},{}", text("event_timestamp"));
    assert!(text("queued_at") <= text("processed_at"), "{rows}");

    let by_key = trace(&[&id, "--key", &key, "--format", "json"]).succeeded().json_document();
    assert_eq!(
        (&by_key["found"], &by_key["event_id"], &by_key["message_id"]),
        (&json!("row"), &json!(id), &json!(message))
    );
    let hops = known(&by_key);
    let names: Vec<&str> = hops.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["event", "queued", "received", "stored"], "{by_key}");
    assert!(
        hops[1..].iter().all(|(_, step)| step.is_some_and(|step| (-2_000..60_000).contains(&step))),
        "{by_key}"
    );
    assert_eq!(by_key["hops"][1]["at"], rows[0]["queued_at"]);
    assert_eq!(by_key["xray_unknown"], "the local cloud has no X-Ray");
    // The partition key alone is enough, and so is the message's id; no other key is.
    trace(&[&message, "--key", &partition]).succeeded().prints(&["queued", "█", "by its key"]);
    let other = rows[1]["shipment_id"].as_str().expect("a key");
    trace(&[&id, "--key", other]).exited(1).reports(&["error[trace::not-found]", "is of event `"]);
    trace(&[&id, "--key", "nobody"]).exited(1).reports(&["there is no row with this key"]);
    // No scan unless it is requested.
    let proxy = Proxy::before(&cloud);
    trace(&[&id]).exited(1).reports(&["error[trace::not-found]", "--key PARTITION,SORT", "--scan"]);
    assert!(proxy.taken().iter().all(|call| call.name != "Scan"));
    trace(&[&id, "--scan"]).succeeded().prints(&["by a scan"]);
    trace(&["nobody", "--scan"]).exited(1).reports(&["error[trace::not-found]: no row that was read"]);
    // A source that may not be read is reported where its result is missing.
    proxy.judge(|call| if call.name == "FilterLogEvents" { Fate::Deny } else { Fate::Pass });
    let silent = trace(&[&id, "--key", &key, "--format", "json"]).succeeded().json_document();
    assert_eq!(known(&silent).len(), 3, "{silent}");
    assert!(
        silent["hops"][3]["why"].as_str().is_some_and(|why| why.contains("logs:FilterLogEvents")),
        "{silent}"
    );
    proxy.judge(|_| Fate::Pass);

    let event = json!({"event_timestamp": "2026-11-23T10:00:00Z", "event_type": "created", "event_data": {}});
    let event = cloud.write("dead.json", &event.to_string());
    cloud.local("send", &["--event", event.to_str().expect("UTF-8"), "--wait"]).exited(1);
    let spec = cloud.path("spec.yaml");
    let listed = cloud.run(&["dlq", "list", spec.to_str().expect("UTF-8"), "--local", "--format", "json"]);
    let dead_letter =
        listed.succeeded().json()["messages"][0]["message_id"].as_str().expect("an id").to_owned();
    let dead = trace(&[&dead_letter, "--format", "json"]).succeeded().json_document();
    let names: Vec<String> = known(&dead).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["event", "queued", "received", "dead"], "{dead}");
    assert_eq!(dead["log"][0]["level"], "ERROR", "{dead}");
    // By the event's own id too.
    let event = dead["event_id"].as_str().expect("an id").to_owned();
    let shown = trace(&[&event]).succeeded();
    shown.prints(&["dead letter", "reason=missing-field"]).reports(&["pipectl dlq show"]);
}
