//! One key is erased: rows, dead letters, and everything that could restore them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run};

/// A pipeline with rows and a dead letter of two keys.
struct Pipeline(Cloud);

fn detail(key: &str, minute: u32, kind: Option<&str>) -> Value {
    let mut detail = json!({
        "shipment_id": key, "event_timestamp": format!("2026-01-31T09:{minute}:00Z"), "event_data": {"who": "Ada"},
    });
    if let Some(kind) = kind {
        detail["event_type"] = kind.into();
    }
    detail
}

impl Pipeline {
    fn new() -> Self {
        let pipeline = Self(Cloud::new());
        pipeline.0.local("apply", &[]).succeeded();
        for key in ["S-1", "S-2"] {
            for minute in 10..13 {
                pipeline.send(&detail(key, minute, Some("created")), 0);
            }
            // Without a type it can never become a row.
            pipeline.send(&detail(key, 13, None), 1);
        }
        pipeline
    }

    fn send(&self, detail: &Value, code: i32) -> Value {
        let file = self.0.write("event.json", &detail.to_string());
        let file = file.to_str().expect("UTF-8").to_owned();
        self.0.local("send", &["--event", &file, "--wait", "--format", "json"]).exited(code).json()
    }

    fn run(&self, words: &[&str]) -> Run {
        let spec = self.0.path("spec.yaml");
        let spec = spec.to_str().expect("UTF-8");
        let words: Vec<&str> = words.iter().map(|word| if *word == "SPEC" { spec } else { word }).collect();
        self.0.run(&[&words[..], &["--local", "--format", "json"]].concat())
    }

    fn erase(&self, more: &[&str]) -> Value {
        self.run(&[&["erase", "SPEC", "--key", "S-1"], more].concat()).succeeded().json()
    }

    fn rows(&self, key: &str) -> usize {
        let read = self.run(&["query", "SPEC", "--key", key, "--expired"]).succeeded().json();
        read["rows"].as_array().expect("rows").len()
    }

    /// The bodies of all dead letters.
    fn dead(&self) -> Vec<String> {
        let listed = self.run(&["dlq", "list", "SPEC", "--show-payload"]).succeeded().json();
        let messages = listed["messages"].as_array().expect("messages").clone();
        messages.iter().map(|one| one["body"].as_str().expect("a body").to_owned()).collect()
    }

    /// There is no row or dead letter of the key, and every item under it in the table is a mark.
    fn has_nothing_of_s_1(&self, after: &str) {
        assert_eq!(self.rows("S-1"), 0, "{after}");
        assert!(!self.dead().iter().any(|body| body.contains("S-1")), "{after}");
        let ask = json!({
            "TableName": "walk-test", "ConsistentRead": true, "KeyConditionExpression": "shipment_id = :k",
            "ExpressionAttributeValues": {":k": {"S": "S-1"}},
        });
        let found = self.0.target("dynamodb", "DynamoDB_20120810.Query", &ask.to_string());
        for item in found["Items"].as_array().expect("items") {
            let names: Vec<&String> = item.as_object().expect("an item").keys().collect();
            let mark = ["erased_at", "erased_key_sha256", "event_timestamp", "expires_at", "shipment_id"];
            assert_eq!(names, mark, "{after}");
        }
    }

    /// Waits until the queue is empty and there are this many dead letters.
    fn settles(&self, dead: u64) {
        for _ in 0..150 {
            let status = self.run(&["status", "SPEC"]).succeeded().json();
            let queue = &status["queue"];
            let is_empty = queue["visible"] == 0 && queue["in_flight"] == 0;
            if is_empty && status["dead_letters"]["visible"] == dead {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("{}", self.run(&["status", "SPEC"]).stdout);
    }

    fn replay(&self) {
        let arn = |name: &str| format!("arn:aws:events:us-east-1:000000000000:{name}");
        let replay = json!({
            "ReplayName": "all", "EventSourceArn": arn("archive/walk-archive-test"),
            "EventStartTime": 0, "EventEndTime": 4_000_000_000_u64, "Destination": {"Arn": arn("event-bus/walk-test")},
        });
        self.0.target("events", "AWSEvents.StartReplay", &replay.to_string());
        for _ in 0..100 {
            let ask = json!({"ReplayName": "all"}).to_string();
            if self.0.target("events", "AWSEvents.DescribeReplay", &ask)["State"] == "COMPLETED" {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("the replay does not end");
    }
}

#[test]
fn an_erased_key_comes_back_by_no_redrive_no_replay_and_no_repetition() {
    let pipeline = Pipeline::new();
    let exported = pipeline.0.path("kept.jsonl");
    let exported = exported.to_str().expect("UTF-8");
    pipeline.run(&["dlq", "export", "SPEC", exported]).succeeded();
    let found = pipeline.erase(&["--dry-run"]);
    assert_eq!(found["found"], json!({"rows": 3, "marks": 0, "dead_letters": 1, "undelivered": 0}));
    assert_eq!(pipeline.rows("S-1"), 3, "nothing is done");

    // As in AWS it requires the name of the loss, and then an answer.
    pipeline
        .0
        .remote("erase", &["--key", "S-1", "--yes"])
        .exited(4)
        .reports(&["data-loss:EventsTable", "3 rows and 1 dead letter"]);
    let accept = ["--accept", "data-loss:EventsTable"];
    let asked = pipeline.0.remote("erase", &[&["--key", "S-1"][..], &accept].concat()).exited(4);
    asked.reports(&["guard::needs-answer", "--yes"]);
    assert_eq!((pipeline.rows("S-1"), pipeline.dead().len()), (3, 2));

    let done = pipeline.erase(&accept);
    assert_eq!(done["erased"], json!({"rows": 3, "dead_letters": 1, "undelivered": 0}));
    assert_eq!((&done["left"], &done["newer"]), (&json!({"rows": 0, "messages": 0}), &json!(0)));
    assert_eq!(
        done["marks"], 5,
        "of three rows, of that which the dead letter could have become, and of the partition"
    );
    assert_eq!(done["remains"][0]["place"], "archive");
    pipeline.has_nothing_of_s_1("the erasure");
    assert_eq!((pipeline.rows("S-2"), pipeline.dead().len()), (3, 1));

    // The producer repeats an event, and someone has a copy of the dead letter.
    assert_eq!(pipeline.send(&detail("S-1", 11, Some("created")), 0)["erased"], 1);
    pipeline.has_nothing_of_s_1("a repetition");
    let copy = std::fs::read_to_string(exported).expect("the export");
    let copy = copy.lines().find(|line| line.contains("S-1")).expect("the dead letter");
    let one = pipeline.0.write("one.jsonl", copy);
    pipeline.run(&["dlq", "import", "SPEC", one.to_str().expect("UTF-8")]).succeeded();
    assert_eq!(pipeline.dead().len(), 2, "imported");
    // Both are rejected as before: there is no row to wait for.
    let sent = pipeline.run(&["dlq", "redrive", "SPEC", "--force", "--wait"]).exited(1).json();
    let message = sent["diagnostics"][0]["message"].as_str().expect("a message");
    assert!(message.starts_with("2 of 2 cannot be followed"), "{sent}");
    pipeline.settles(1);
    pipeline.has_nothing_of_s_1("a redrive");
    pipeline.replay();
    // The other key's dead letter becomes one again.
    pipeline.settles(2);
    pipeline.has_nothing_of_s_1("a replay");
    assert_eq!(pipeline.rows("S-2"), 3);

    let history = pipeline.run(&["history", "SPEC"]).succeeded().json();
    let record = history["operations"].as_array().expect("operations");
    let record = record.iter().find(|one| one["operation"] == "erase").expect("the erasure");
    assert_eq!((&record["deleted"], &record["complete"]), (&json!(4), &json!(true)));
    let digest = done["key_sha256"].as_str().expect("a digest");
    assert!(record["chosen"].as_str().is_some_and(|text| text.contains(digest)), "{record}");
    assert!(!record.to_string().contains("S-1"), "{record}");

    // A later event is new data, of another row.
    assert_eq!(pipeline.send(&detail("S-1", 30, Some("created")), 0)["rows"], 1);
    let again = pipeline.erase(&[&["--dry-run"][..]].concat());
    assert_eq!((&again["found"]["rows"], &again["found"]["marks"]), (&json!(1), &json!(4)));
}

#[test]
fn retention_names_the_line_that_decides_and_what_has_no_end() {
    let cloud = Cloud::new();
    let prod = cloud
        .run(&["explain", "specs/prod.yaml", "retention", "--format", "json"])
        .succeeded()
        .json_document();
    let location = |name: &str| {
        let locations = prod["places"].as_array().expect("places");
        locations.iter().find(|one| one["place"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    let text = std::fs::read_to_string("specs/prod.yaml").expect("the spec");
    let archive = location("archive");
    let line = archive["line"].as_u64().and_then(|line| usize::try_from(line).ok()).expect("a line");
    assert!(text.lines().nth(line - 1).is_some_and(|line| line.contains("retention_days")), "{archive}");
    assert_eq!(
        (&location("log")["has_values"], &location("table")["field"]),
        (&json!(false), &json!("table.ttl_days"))
    );
    for width in ["80", "120"] {
        let mut command = cloud.command(&["explain", "specs/prod.yaml", "retention"]);
        let page = Run::of(command.env("COLUMNS", width).output().expect("pipectl runs")).succeeded();
        let width: usize = width.parse().expect("a number");
        assert!(page.stdout.lines().all(|line| line.chars().count() <= width), "{}", page.stdout);
        page.prints(&["restorable copies", "table.point_in_time_recovery_days", "on its own"])
            .reports(&["pipectl erase"]);
    }
    cloud
        .run(&["explain", "specs/prod.yaml", "retantion"])
        .exited(64)
        .reports(&["explain specs/prod.yaml retention"]);
    let erase = ["erase", "specs/dev.yaml", "--dry-run", "--key"];
    for key in ["", ",2026-01-31T09:10:00Z", "S-1,"] {
        cloud.run(&[&erase[..], &[key]].concat()).exited(64).reports(&["a key cannot be empty"]);
    }
    cloud.run(&["explain", "retention"]).exited(64).reports(&["pipectl explain SPEC retention"]);
}
