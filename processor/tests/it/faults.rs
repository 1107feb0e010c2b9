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
fn a_lasting_fault_goes_back_to_the_queue() {
    let lambda = Lambda::start("{}");
    for fault in ["throttle", "error", "unavailable", "reset", "denied", "invalid"] {
        let shipment = format!("{fault}-always-1");
        let good = event(&format!("good-{fault}"), &json!({}));
        let answer = lambda.send(&[record("m-1", &event(&shipment, &json!({}))), record("m-2", &good)]);
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
fn an_outage_is_not_stormed() {
    let lambda = Lambda::start("{}");
    let records: Vec<Value> = (0..400)
        .map(|number| {
            record(&format!("m-{number}"), &event(&format!("throttle-always-{number}"), &json!({})))
        })
        .collect();
    let answer = lambda.send(&records);
    assert_eq!(answer.matches("itemIdentifier").count(), 400);
    let calls = lambda.table.calls();
    assert!(calls <= 640, "{calls} calls for 400 records");
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

/// At least once from the queue and a process that dies anywhere still make exactly one
/// row per event.
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
