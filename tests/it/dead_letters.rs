//! Dead letters: listed by reason, redriven after their cause is fixed, removed only if they are saved.

use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC};

/// Sends this number of events that become dead letters.
fn dies(cloud: &Cloud, name: &str, detail: &Value, count: &str) {
    let event = cloud.write(name, &detail.to_string());
    let sent = ["--event", event.to_str().expect("UTF-8"), "--count", count, "--wait", "--format", "json"];
    assert_eq!(cloud.local("send", &sent).exited(1).json()["dead_letters"].to_string(), count);
}

fn listed(cloud: &Cloud) -> Value {
    let spec = cloud.path("spec.yaml");
    cloud
        .run(&["dlq", "list", spec.to_str().expect("UTF-8"), "--local", "--format", "json"])
        .succeeded()
        .json()
}

#[test]
fn dead_letters_are_explained_and_stored_once_their_cause_is_fixed() {
    let cloud = Cloud::new();
    let path = cloud.path("spec.yaml");
    let spec = path.to_str().expect("UTF-8");
    let dlq = |verb: &str, more: &[&str]| cloud.run(&[&["dlq", verb, spec, "--local"], more].concat());
    dlq("list", &[]).exited(1).reports(&["error[stack::missing]", "pipectl apply"]);
    cloud.local("apply", &[]).succeeded();
    dlq("list", &[]).succeeded().reports(&["no dead letters"]);

    // An invalid instant: permanent for a table of timestamps, valid for one of texts.
    let canary = "\u{1b}[31mCANARY-7f3a";
    let late = json!({"shipment_id": "S-1", "event_timestamp": "soon", "event_type": "created", "event_data": {"note": canary}});
    dies(&cloud, "late.json", &late, "1");
    let nameless =
        json!({"event_timestamp": "2026-11-23T10:00:00Z", "event_type": "created", "event_data": {}});
    dies(&cloud, "nameless.json", &nameless, "11");

    let listing = listed(&cloud);
    assert_eq!(listing["total"], 12);
    let of = |reason: &str| {
        let messages = listing["messages"].as_array().expect("messages");
        messages.iter().filter(|message| message["reason"] == reason).count()
    };
    assert_eq!((of("invalid-timestamp"), of("missing-field")), (1, 11));
    let human = dlq("list", &[]).succeeded().prints(&["11 missing-field", "`shipment_id` is missing"]);
    assert!(!human.stdout.contains("CANARY"), "payloads are not shown unasked");
    let shown = dlq("list", &["--reason", "invalid-timestamp", "--show-payload"]).succeeded();
    assert!(shown.stdout.contains("CANARY") && !shown.stdout.contains('\u{1b}'), "{}", shown.stdout);

    // They would become dead letters again, so none is sent.
    assert_eq!(dlq("redrive", &["--format", "json"]).succeeded().json()["sent"], 0);
    let some =
        dlq("redrive", &["--force", "--limit", "4", "--dry-run", "--format", "json"]).succeeded().json();
    assert_eq!((&some["sent"], &some["kept"]), (&json!(4), &json!(8)));
    cloud.write("spec.yaml", &format!("{SPEC}event: {{sort_key_format: text}}\n"));
    cloud.local("apply", &[]).succeeded();
    let dry = dlq("redrive", &["--dry-run", "--format", "json"]).succeeded().json();
    assert_eq!((&dry["sent"], &dry["dry_run"]), (&json!(1), &json!(true)));
    let back = dlq("redrive", &["--wait", "--format", "json"]).succeeded().json();
    assert_eq!((&back["sent"], &back["rows"], &back["kept"]), (&json!(1), &json!(1), &json!(11)));
    assert_eq!(cloud.local("status", &["--format", "json"]).succeeded().json()["table"]["rows"], 1);
    assert_eq!(listed(&cloud)["total"], 11);

    dlq("purge", &[]).exited(4).reports(&["error[guard::data-loss]", "--save letters.jsonl"]);
    assert_eq!(listed(&cloud)["total"], 11);
    let saved_file = cloud.path("letters.jsonl");
    dlq("purge", &["--save", saved_file.to_str().expect("UTF-8")]).succeeded().prints(&["11 removed"]);
    assert_eq!(std::fs::read_to_string(&saved_file).expect("letters").lines().count(), 11);
    assert_eq!(listed(&cloud)["total"], 0);
    dlq("list", &["--reason", "mising-field"]).exited(64).reports(&["did you mean `missing-field`?"]);
}
