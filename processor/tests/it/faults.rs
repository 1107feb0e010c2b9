//! The real binary on a table that fails.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lambda::{Lambda, event, failures, lines, record};
use crate::table::Table;

fn one(lambda: &Lambda, shipment: &str) -> String {
    lambda.send(&[record("m-1", &event(shipment, &json!({"a": 1})))])
}

#[test]
fn a_passing_fault_is_tried_again() {
    let lambda = Lambda::start("{}");
    for fault in ["throttle", "error", "unavailable", "reset", "lost", "truncated"] {
        let shipment = format!("{fault}-once-1");
        assert_eq!(one(&lambda, &shipment), failures(&[]), "{fault}");
        assert!(lambda.table.row(&shipment).is_some(), "{fault}");
    }
    let log = lines(&lambda.kill());
    assert!(log.iter().all(|line| line["failed"] == 0 && line["message"] == "batch"), "{log:?}");
    let duplicates: u64 = log.iter().map(|line| line["duplicates"].as_u64().unwrap()).sum();
    assert_eq!(duplicates, 2, "a lost or torn answer is found again as our own row");
}

#[test]
fn a_lasting_fault_returns_the_message_to_the_queue() {
    let lambda = Lambda::start("{}");
    for fault in ["throttle", "error", "unavailable", "reset", "denied", "invalid"] {
        let shipment = format!("{fault}-always-1");
        let good = event(&format!("good-{fault}"), &json!({}));
        let records = [record("m-1", &event(&shipment, &json!({}))), record("m-2", &good)];
        let answer =
            if fault == "throttle" { lambda.send_throttled(&records) } else { lambda.send(&records) };
        assert_eq!(answer, failures(&["m-1"]), "{fault}");
        assert!(lambda.table.row(&shipment).is_none(), "{fault}");
        assert!(lambda.table.row(&format!("good-{fault}")).is_some(), "{fault}");
    }
    let log = lines(&lambda.kill());
    let reasons: Vec<(&str, &str)> = log
        .iter()
        .filter(|line| line["message"] == "record failed")
        .map(|line| (line["reason"].as_str().unwrap(), line["class"].as_str().unwrap()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("throttled", "transient"),
            ("service-error", "transient"),
            ("service-error", "transient"),
            ("connection-failed", "transient"),
            ("access-denied", "transient"),
            ("row-refused", "permanent"),
        ]
    );
}

#[test]
fn a_throttled_batch_slows_down_and_logs_it_once() {
    let lambda = Lambda::start("{}");
    let records: Vec<Value> = (0..400)
        .map(|number| {
            record(&format!("m-{number}"), &event(&format!("throttle-always-{number}"), &json!({})))
        })
        .collect();
    let answer = lambda.send_throttled(&records);
    assert_eq!(answer.matches("itemIdentifier").count(), 400);
    // 32 + 16 + 8 + 4 + 2 writes, and then one after another with growing pauses, each with at most three attempts.
    let calls = lambda.table.calls();
    assert!(calls <= 300, "{calls} calls for 400 records");
    let log = lines(&lambda.kill());
    let failed: Vec<&Value> = log.iter().filter(|line| !line["reason"].is_null()).collect();
    let [line] = failed[..] else { panic!("{} lines", failed.len()) };
    assert_eq!((&line["message"], &line["reason"]), (&json!("records failed"), &json!("throttled")));
    assert_eq!((&line["count"], &line["class"]), (&json!(400), &json!("transient")));
    assert_eq!(line["message_ids"], "m-0 m-1 m-2 m-3 m-4");
}

#[test]
fn every_reason_of_many_records_has_one_line() {
    let lambda = Lambda::start(r#"{"write_concurrency":4,"event":{"on_conflict":"keep_first"}}"#);
    let mut records: Vec<Value> = Vec::new();
    for number in 0..21 {
        records.push(record(&format!("p-{number}"), "poison"));
        let event_of_kind = |kind: &str| event(&format!("S{number}"), &json!({ "kind": kind }));
        records.push(record(&format!("w-{number}"), &event_of_kind("first")));
        records.push(record(&format!("k-{number}"), &event_of_kind("second")));
        records.push(record(&format!("e-{number}"), &event(&format!("invalid-always-{number}"), &json!({}))));
    }
    for number in 0..20 {
        records.push(record(&format!("n-{number}"), "[]"));
    }
    lambda.send(&records);
    let log = lines(&lambda.kill());
    let logged = |reason: &str| -> Vec<(&str, &Value)> {
        let of = log.iter().filter(|line| line["reason"] == reason);
        of.map(|line| (line["message"].as_str().unwrap(), &line["count"])).collect()
    };
    let many = json!(21);
    assert_eq!(logged("invalid-json"), [("records failed", &many)]);
    assert_eq!(logged("row-refused"), [("records failed", &many)]);
    assert_eq!(logged("conflict"), [("conflicts, the first rows are retained", &many)]);
    assert_eq!(logged("not-an-object").len(), 20, "few enough for a line each");
    assert!(logged("not-an-object").iter().all(|(message, _)| *message == "record failed"));
}

/// Some endpoints leave the row out of the answer when the condition fails.
#[test]
fn a_taken_key_without_its_row_in_the_answer_is_read() {
    let lambda = Lambda::start("{}");
    let body = event("bare-always-1", &json!({"a": 1}));
    assert_eq!(lambda.send(&[record("m-1", &body)]), failures(&[]));
    assert_eq!(lambda.send(&[record("m-1", &body)]), failures(&[]), "a redelivery is not a conflict");
    let other = event("bare-always-1", &json!({"a": 2}));
    assert_eq!(lambda.send(&[record("m-2", &other)]), failures(&["m-2"]));
    assert_eq!(lambda.table.reads(), 2);

    // The role of an older pipectl may not read: other records are still written.
    let unreadable = event("bare-unreadable-always-1", &json!({}));
    assert_eq!(lambda.send(&[record("m-3", &unreadable)]), failures(&[]));
    let good = event("S2", &json!({}));
    assert_eq!(lambda.send(&[record("m-3", &unreadable), record("m-4", &good)]), failures(&["m-3"]));
    assert!(lambda.table.row("S2").is_some());
    let log = lines(&lambda.kill());
    let failed: Vec<&Value> = log.iter().filter(|line| line["message"] == "record failed").collect();
    let [conflict, unread] = failed[..] else { panic!("{failed:?}") };
    assert_eq!((&conflict["reason"], &conflict["message_id"]), (&json!("conflict"), &json!("m-2")));
    assert_eq!((&unread["reason"], &unread["class"]), (&json!("row-unread"), &json!("transient")));
    assert_eq!(unread["detail"], "AccessDeniedException: role r may not read");
}

/// DynamoDB removes an expired row up to some days later.
#[test]
fn a_row_past_its_time_is_overwritten() {
    let lambda = Lambda::start("{}");
    let body = event("S1", &json!({"a": 1}));
    assert_eq!(lambda.send(&[record("m-1", &body)]), failures(&[]));
    let row = lambda.table.row("S1").unwrap();
    let expires = |row: &Value| row["expires_at"]["N"].as_str().unwrap().parse::<u64>().unwrap();
    let age = |row: &Value, expires_at: Value| {
        let mut row = row.clone();
        row["expires_at"] = expires_at;
        lambda.table.insert(row);
    };
    let day = 86_400;
    let now = expires(&row) - 90 * day;
    for (number, data) in [json!({"a": 1}), json!({"a": 2})].iter().enumerate() {
        age(&row, json!({"N": (now - day).to_string()}));
        let id = format!("again-{number}");
        assert_eq!(lambda.send(&[record(&id, &event("S1", data))]), failures(&[]));
        let stored = lambda.table.row("S1").unwrap();
        assert_eq!((&stored["message_id"]["S"], expires(&stored) >= expires(&row)), (&json!(id), true));
    }
    // In its last day, and without an expiry: the row is retained.
    for expires_at in [json!({"N": (now + day).to_string()}), json!({"S": "1"}), Value::Null] {
        if expires_at.is_null() {
            let mut row = row.clone();
            row.as_object_mut().unwrap().remove("expires_at");
            lambda.table.insert(row);
        } else {
            age(&row, expires_at);
        }
        assert_eq!(lambda.send(&[record("m-2", &body)]), failures(&[]));
        assert_eq!(lambda.table.row("S1").unwrap()["message_id"]["S"], "m-1");
        assert_eq!(lambda.send(&[record("m-3", &event("S1", &json!({"a": 3})))]), failures(&["m-3"]));
    }
}

#[test]
fn missing_rights_stop_the_batch_at_once() {
    let lambda = Lambda::start(r#"{"write_concurrency":4}"#);
    let records: Vec<Value> = (0..100)
        .map(|number| record(&format!("m-{number}"), &event(&format!("denied-always-{number}"), &json!({}))))
        .collect();
    let answer = lambda.send(&records);
    assert_eq!(answer.matches("itemIdentifier").count(), 100);
    assert!(lambda.table.calls() <= 8, "{} calls", lambda.table.calls());
    let log = lines(&lambda.kill());
    let shared: Vec<&Value> = log.iter().filter(|line| line["reason"] == "access-denied").collect();
    assert_eq!(shared.len(), 2, "one line for the records, one for the table");
    assert_eq!((&shared[0]["message"], &shared[0]["count"]), (&json!("records failed"), &json!(100)));
    let broken: Vec<&Value> =
        log.iter().filter(|line| line["message"] == "the table cannot be written to").collect();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0]["detail"], "AccessDeniedException: role r may not write");
}

#[test]
fn a_slow_table_does_not_outlive_the_deadline() {
    let lambda = Lambda::start("{}");
    let records =
        [record("m-1", &event("S1", &json!({}))), record("m-2", &event("slow-always-1", &json!({})))];
    let clock = Instant::now();
    let posted = lambda.invoke_for(&json!({ "Records": records }).to_string(), Duration::from_secs(2));
    assert_eq!(posted.body, failures(&["m-2"]));
    assert!(clock.elapsed() < Duration::from_secs(2), "{:?}", clock.elapsed());
    assert_eq!(lines(&lambda.kill())[0]["reason"], "deadline");
}

#[test]
fn no_table_at_all_fails_every_record() {
    let (table, address) = Table::start(Duration::ZERO);
    let closed = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    let endpoint = format!("http://{closed}");
    let lambda = Lambda::start_on(
        (table, address),
        &[("EVENTS_TABLE_NAME", "events-test"), ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint)],
    );
    assert_eq!(one(&lambda, "S1"), failures(&["m-1"]));
    assert_eq!(lines(&lambda.kill())[0]["reason"], "connection-failed");
}

/// Delivery at least once and a process that can die at any moment still give exactly one row per event.
#[test]
fn a_killed_processor_loses_and_repeats_nothing() {
    let (table, address) = Table::start(Duration::from_millis(2));
    let variables = [("EVENTS_TABLE_NAME", "events-test"), ("PIPELINE_CONFIG", r#"{"write_concurrency":4}"#)];
    let mut queue: BTreeSet<usize> = (0..400).collect();
    let mut kills = 0_u32;
    while !queue.is_empty() {
        let lambda = Lambda::start_on((std::sync::Arc::clone(&table), address), &variables);
        assert!(lambda.process_id() > 0);
        loop {
            let batch: Vec<usize> = queue.iter().copied().take(50).collect();
            let records: Vec<Value> = batch
                .iter()
                .map(|number| {
                    record(&format!("m-{number}"), &event(&format!("S{number}"), &json!({"n": number})))
                })
                .collect();
            let body = json!({ "Records": records }).to_string();
            if kills < 12 && !batch.is_empty() {
                lambda.hand_over(&body, Duration::from_secs(30));
                std::thread::sleep(Duration::from_millis(u64::from(kills) * 7));
                kills += 1;
                break;
            }
            if batch.is_empty() {
                break;
            }
            assert_eq!(lambda.invoke_for(&body, Duration::from_secs(30)).body, failures(&[]));
            for number in batch {
                queue.remove(&number);
            }
        }
        lambda.kill();
    }
    assert_eq!(kills, 12);
    assert_eq!(table.rows(), 400);
    for number in 0..400 {
        let row = table.row(&format!("S{number}")).unwrap();
        assert_eq!(row["event_data"]["M"]["n"]["N"], json!(number.to_string()));
    }
}
