//! The night shift: events fail for three reasons, and one person at a terminal has to find, fix and redrive them by
//! morning.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};

const EVENTS: usize = 1_000;
/// Of each twenty events, this one is poison; its number selects the kind.
const POISON: usize = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Good,
    /// Fixed by an edit.
    WithoutType,
    /// Fixed by a spec that accepts any text.
    WithoutInstant,
    /// Cannot be fixed: nobody knows what it was.
    WithoutKey,
}

fn kind(number: usize) -> Kind {
    match (number % 20 == POISON, number / 20 % 3) {
        (false, _) => Kind::Good,
        (true, 0) => Kind::WithoutType,
        (true, 1) => Kind::WithoutInstant,
        (true, _) => Kind::WithoutKey,
    }
}

fn of_kind(wanted: Kind) -> BTreeSet<String> {
    (0..EVENTS).filter(|number| kind(*number) == wanted).map(event_id).collect()
}

fn event_id(number: usize) -> String {
    format!("e-{number:04}")
}

fn event(number: usize) -> Value {
    let mut detail = json!({
        "shipment_id": format!("S-{number}"), "event_timestamp": "2026-11-28T03:00:00Z", "event_type": "created",
        "event_data": {"number": number},
    });
    match kind(number) {
        Kind::Good => {}
        Kind::WithoutType => drop(detail.as_object_mut().expect("a map").remove("event_type")),
        Kind::WithoutInstant => detail["event_timestamp"] = json!("at night"),
        Kind::WithoutKey => detail["shipment_id"] = Value::Null,
    }
    json!({
        "id": event_id(number), "source": "shipment.service", "detail-type": "shipment.created",
        "time": "2026-11-28T03:00:01Z", "detail": detail,
    })
}

struct Night(Cloud);

impl Night {
    fn command(&self, verb: &str, more: &[&str]) -> Command {
        let spec = self.0.path("spec.yaml");
        self.0.command(&[&["dlq", verb, spec.to_str().expect("UTF-8"), "--local"], more].concat())
    }

    fn dlq(&self, verb: &str, more: &[&str]) -> Run {
        Run::of(self.command(verb, more).output().expect("pipectl runs"))
    }

    fn json(&self, verb: &str, more: &[&str]) -> Value {
        self.dlq(verb, &[more, &["--format", "json"]].concat()).succeeded().json()
    }

    fn reasons(&self) -> BTreeMap<String, u64> {
        let listed = self.json("list", &[]);
        let reasons = listed["reasons"].as_array().expect("reasons").iter();
        reasons
            .map(|one| {
                (one["reason"].as_str().expect("text").to_owned(), one["count"].as_u64().expect("a number"))
            })
            .collect()
    }

    /// The event ids of all rows, each as often as there are rows.
    fn rows(&self) -> Vec<String> {
        let mut ids = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut ask = json!({"TableName": "walk-test", "ProjectionExpression": "event_id"});
            if !start.is_null() {
                ask["ExclusiveStartKey"] = start;
            }
            let page = self.0.target("dynamodb", "DynamoDB_20120810.Scan", &ask.to_string());
            let items = page["Items"].as_array().expect("items").iter();
            ids.extend(items.map(|item| item["event_id"]["S"].as_str().expect("an id").to_owned()));
            start = page["LastEvaluatedKey"].clone();
            if start.is_null() {
                ids.sort();
                return ids;
            }
        }
    }

    /// Exactly the events of these kinds are rows, each once.
    fn are_rows(&self, kinds: &[Kind]) {
        let wanted: BTreeSet<String> = kinds.iter().flat_map(|kind| of_kind(*kind)).collect();
        assert!(self.rows().into_iter().eq(wanted), "after {kinds:?}");
    }
}

#[test]
fn by_morning_what_can_be_repaired_is_stored_once_and_the_others_are_explained() {
    let night = Night(Cloud::new());
    night.0.local("apply", &[]).succeeded();
    let events: Vec<String> = (0..EVENTS).map(|number| event(number).to_string()).collect();
    let file = night.0.write("events.jsonl", &events.join("\n"));
    let dead = EVENTS / 20;
    let sent = night
        .0
        .local("send", &["--to", "queue", "--event", text(&file), "--wait", "--format", "json"])
        .exited(1);
    assert_eq!((&sent.json()["rows"], &sent.json()["dead_letters"]), (&json!(EVENTS - dead), &json!(dead)));

    // From the processor's own counts: `status` receives no message.
    let status = night.0.local("status", &["--format", "json"]).succeeded().json();
    let refused: BTreeSet<&str> = status["rejections"]
        .as_array()
        .expect("reasons")
        .iter()
        .filter_map(|one| one["reason"].as_str())
        .collect();
    assert_eq!(refused, BTreeSet::from(["invalid-timestamp", "missing-field", "wrong-type"]));
    assert_eq!((&status["health"], &status["dead_letters"]["in_flight"]), (&json!("failing"), &json!(0)));
    let next = status["next"]["command"].as_str().expect("a command");
    assert!(next.starts_with("pipectl dlq list "), "{next}");
    let [without_type, without_instant, without_key] =
        [Kind::WithoutType, Kind::WithoutInstant, Kind::WithoutKey].map(|kind| of_kind(kind).len() as u64);
    let expected = BTreeMap::from([
        ("missing-field".to_owned(), without_type),
        ("invalid-timestamp".to_owned(), without_instant),
        ("wrong-type".to_owned(), without_key),
    ]);
    assert_eq!(night.reasons(), expected);
    night
        .dlq("list", &[])
        .succeeded()
        .prints(&["17 missing-field", "`event_type` is missing", "1 attempt", "newest  "])
        .reports(&["listing hid them from other readers for", "next: pipectl dlq show"]);

    let repaired =
        night.json("edit", &["--reason", "missing-field", "--set", "event_type=created", "--wait"]);
    assert_eq!((&repaired["sent"], &repaired["rows"]), (&json!(without_type), &json!(without_type)));
    assert_eq!(repaired["not_chosen"], json!(without_instant + without_key));
    night.are_rows(&[Kind::Good, Kind::WithoutType]);

    night.0.write("spec.yaml", &format!("{SPEC}event: {{sort_key_format: text}}\n"));
    night.0.local("apply", &[]).succeeded();
    let back = night.dlq("redrive", &["--wait"]).succeeded();
    let proof = format!(
        "proof: 33 before, {without_instant} sent, {without_instant} deleted, {without_key} remain: none lost"
    );
    back.prints(&[
        &proof,
        "16 remain: they would fail again; `--force`",
        "16 wrong-type: `shipment_id` is null",
    ]);
    night.are_rows(&[Kind::Good, Kind::WithoutType, Kind::WithoutInstant]);
    assert_eq!(night.reasons(), BTreeMap::from([("wrong-type".to_owned(), without_key)]));

    the_history_names_it(&night);
    the_others_are_saved_and_can_be_imported(&night, without_key);
    let by_hand = one_is_repaired_by_hand(&night);
    let kinds = [Kind::Good, Kind::WithoutType, Kind::WithoutInstant];
    let wanted: BTreeSet<String> = kinds.iter().flat_map(|kind| of_kind(*kind)).chain([by_hand]).collect();
    assert!(night.rows().into_iter().eq(wanted), "the others died again, and nothing is there twice");
    what_was_not_delivered_is_repaired_alike(&night);
}

fn the_history_names_it(night: &Night) {
    let output = night.0.local("history", &["--format", "json"]).succeeded().json();
    let operations: Vec<(&Value, &Value, &Value)> = output["operations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (&one["operation"], &one["sent"], &one["complete"]))
        .collect();
    assert_eq!(
        operations,
        [(&json!("redrive"), &json!(17), &json!(true)), (&json!("edit"), &json!(17), &json!(true))]
    );
    assert_eq!(output["applies"].as_array().map(Vec::len), Some(2));
    assert_eq!(output["skipped"], json!([]));
    let shown = night.0.local("history", &[]).succeeded();
    shown.prints(&[
        "dlq edit --reason missing-field --set $.detail.event_type: 17 sent, 17 removed from walk-dlq-test",
    ]);
}

fn the_others_are_saved_and_can_be_imported(night: &Night, count: u64) {
    let file = night.0.path("rest.jsonl");
    let before = night.json("list", &[]);
    assert_eq!(night.json("export", &[text(&file)])["exported"], json!(count));
    night.dlq("export", &[text(&file)]).exited(4).reports(&["replaces no file"]);
    let lines = night.dlq("export", &["-"]).succeeded().stdout;
    assert_eq!(lines.lines().count() as u64, count);
    night.dlq("purge", &["--accept", "data-loss:DeadLetterQueue"]).succeeded();
    assert_eq!(night.reasons(), BTreeMap::new());
    assert_eq!(night.json("import", &[text(&file)])["imported"], json!(count));
    // Again by mistake, and with an invalid line.
    let wrong = night.0.write("wrong.jsonl", &format!("{lines}{{\"n\": 1}}\n"));
    night.dlq("import", &[text(&wrong)]).exited(1).reports(&[
        "dlq::invalid-line",
        "line 17 of",
        "tail -n +17",
    ]);
    let after = night.json("list", &[]);
    let ids = |listed: &Value| -> BTreeSet<String> {
        listed["messages"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["message_id"].to_string())
            .collect()
    };
    assert_eq!((&after["total"], ids(&after)), (&json!(count), ids(&before)), "each is one message");
    let three = night.json("redrive", &["--force", "--dry-run", "--limit", "3"]);
    assert_eq!(three["sent"], 3, "the limit is exact");
    assert_eq!(night.json("redrive", &["--force"])["sent"], json!(count), "each once");
    let again = "16 failed again after a redrive";
    let begun = std::time::Instant::now();
    while !night.dlq("list", &[]).succeeded().stdout.contains(again) {
        assert!(begun.elapsed().as_secs() < 120, "it did not die again");
    }
}

/// Returns the id of its event.
fn one_is_repaired_by_hand(night: &Night) -> String {
    let list = night.json("list", &[]);
    let one = &list["messages"][0];
    let id = one["message_id"].as_str().expect("an id");
    night.dlq("show", &[id]).succeeded().prints(&[
        "> ",
        "\"shipment_id\": null  ← `shipment_id` is null",
        "attempts      1",
        "it was redriven once",
    ]);
    let shown = night.json("show", &[id]);
    assert_eq!(shown["message"]["refused"]["place"]["pointer"], "/detail/shipment_id");
    night.dlq("show", &["m-0"]).exited(1).reports(&["dlq::not-found"]);
    night.dlq("list", &["--reason", "conflict"]).succeeded().reports(&["none match: 16 dead letters"]);

    let edit = |editor: Option<&str>, more: &[&str]| {
        let mut command = night.command("edit", more);
        command.env_remove("VISUAL").env_remove("EDITOR");
        if let Some(editor) = editor {
            command.env("EDITOR", editor);
        }
        Run::of(command.output().expect("pipectl runs"))
    };
    edit(None, &[id]).exited(1).reports(&["dlq::no-editor", "--set PATH=VALUE"]);
    edit(None, &[]).exited(64).reports(&["--reason CODE"]);
    edit(Some("true"), &[id]).succeeded().reports(&["nothing was changed"]);
    edit(Some("false"), &[id]).exited(1).reports(&["the editor `false` ended with"]);
    let refused = edit(Some("sed -i 's/null/\" \"/'"), &[id]).exited(1);
    refused.reports(&["dlq::refused-again", "`shipment_id` is blank", "saved  "]);
    edit(None, &[id, "--set", "$.id=another"]).exited(1).prints(&["it would change the event's id"]);
    edit(None, &[id, "--set", "shipment_id=[]"]).exited(1).prints(&["wrong-type: `shipment_id` is a list"]);
    assert_eq!(night.json("list", &[])["total"], 16, "it is there still");
    let repaired = edit(Some("sed -i s/null/\\\"S-new\\\"/"), &[id, "--wait", "--format", "json"]);
    let repaired = repaired.succeeded().json();
    assert_eq!((&repaired["sent"], &repaired["rows"]), (&json!(1), &json!(1)));
    one["died_of"]["event_id"].as_str().expect("an id").to_owned()
}

/// EventBridge adds the reason to an event that it could not deliver.
fn what_was_not_delivered_is_repaired_alike(night: &Night) {
    let url = |name: &str| {
        let body = json!({ "QueueName": name }).to_string();
        night.0.target("sqs", "AmazonSQS.GetQueueUrl", &body)["QueueUrl"].take()
    };
    let mut lost = event(POISON);
    lost["id"] = json!("e-lost");
    lost["detail"]["shipment_id"] = json!("S-lost");
    let note = |text: &str| json!({"DataType": "String", "StringValue": text});
    let message = json!({
        "QueueUrl": url("walk-undelivered-test"), "MessageBody": lost.to_string(),
        "MessageAttributes": {"ERROR_CODE": note("NO_PERMISSIONS"), "RETRY_ATTEMPTS": note("24")},
    });
    night.0.target("sqs", "AmazonSQS.SendMessage", &message.to_string());
    let undelivered = |verb, more: &[&str]| night.dlq(verb, &[&["--undelivered"], more].concat());
    let output = undelivered("list", &["--all"]).succeeded();
    let output =
        output.prints(&["missing-field", "not delivered after 24 retries (`NO_PERMISSIONS`)", "0 attempts"]);
    output.reports(&["--undelivered"]);
    let set = ["--reason", "missing-field", "--set", "$.detail.event_type=created", "--wait"];
    undelivered("edit", &set).succeeded().prints(&["1 redriven, 1 are rows", "none lost"]);
    assert!(night.rows().contains(&"e-lost".to_owned()));
    undelivered("list", &[]).succeeded().reports(&["no dead letters in walk-undelivered-test"]);
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("UTF-8")
}
