//! The real binary: what is stored, what is answered, what is logged.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lambda::{Lambda, event, failures, lines, record};
use crate::table::Table;

#[test]
fn an_event_becomes_a_row() {
    let lambda = Lambda::start("{}");
    let body = event("S1", &json!({}))
        .replace("{}", r#"{"weight":12.50,"big":12345678901234567890123,"list":[null,true,"x"]}"#);
    assert_eq!(lambda.send(&[record("m-1", &body)]), failures(&[]));
    let mut row = lambda.table.row("S1").unwrap();
    let hash = row["content_sha256"]["S"].take();
    let processed_at = row["processed_at"]["S"].take();
    let expires_at = row["expires_at"]["N"].take();
    assert!(hash.as_str().unwrap().starts_with("v2:"));
    assert!(processed_at.as_str().unwrap().ends_with('Z'), "{processed_at}");
    assert!(expires_at.as_str().unwrap().parse::<u64>().unwrap() > 1_700_000_000);
    let expected = json!({
        "shipment_id": {"S": "S1"}, "event_timestamp": {"S": "2026-01-31T09:05:00.000000000Z"}, "event_type": {"S": "created"},
        "event_data": {"M": {
            "weight": {"N": "12.5"}, "big": {"N": "12345678901234567890123"},
            "list": {"L": [{"NULL": true}, {"BOOL": true}, {"S": "x"}]},
        }},
        "processing_status": {"S": "PROCESSED"}, "processed_at": {"S": null}, "retry_count": {"N": "2"},
        "message_id": {"S": "m-1"}, "expires_at": {"N": null}, "event_id": {"S": "event-S1"}, "content_sha256": {"S": null},
        "event_time": {"S": "2026-01-31T09:05:01Z"}, "event_source": {"S": "shipment.service"},
        "event_detail_type": {"S": "shipment.created"}, "queued_at": {"S": "2026-01-31T09:05:00.000Z"},
    });
    assert_eq!(row, expected);

    let log = lines(&lambda.kill());
    assert_eq!(log.len(), 1, "{log:?}");
    for (field, value) in [
        ("message", json!("batch")),
        ("level", json!("INFO")),
        ("records", json!(1)),
        ("written", json!(1)),
        ("duplicates", json!(0)),
        ("conflicts", json!(0)),
        ("rejected", json!(0)),
        ("failed", json!(0)),
        ("request_id", json!("r-1")),
        ("environment", json!("dev")),
    ] {
        assert_eq!(log[0][field], value, "{field}");
    }
    assert!(log[0]["milliseconds"].is_u64());
}

#[test]
fn the_first_write_finds_a_connection_open() {
    let lambda = Lambda::start("{}");
    let end = Instant::now() + Duration::from_secs(30);
    while lambda.table.greeted().is_empty() {
        assert!(Instant::now() < end, "no connection before the first batch");
        sleep(Duration::from_millis(10));
    }
    // The answer returns to the connection pool.
    sleep(Duration::from_millis(300));
    assert_eq!(lambda.send(&[record("m-1", &event("S1", &json!({})))]), failures(&[]));
    assert_eq!(lambda.table.written_on(), lambda.table.greeted());
}

#[test]
fn a_repeated_delivery_is_acknowledged_and_changes_nothing() {
    let lambda = Lambda::start("{}");
    let body = event("S1", &json!({"a": 1, "b": 2.5}));
    assert_eq!(lambda.send(&[record("m-1", &body)]), failures(&[]));
    let first = lambda.table.row("S1");
    let respelled = r#"{"detail":{"event_type":"created", "event_data":{"b":25e-1,"a":1.0},
        "event_timestamp":"2026-01-31T10:05:00+01:00","shipment_id":"S1"},
        "source":"shipment.service","detail-type":"shipment.created","id":"another-delivery"}"#;
    assert_eq!(
        lambda.send(&[record("m-1", &body), record("m-2", respelled), record("m-2", respelled)]),
        failures(&[])
    );
    assert_eq!(lambda.table.row("S1"), first);
    assert_eq!(lambda.table.calls(), 2, "equal records of one batch are written once");
    assert_eq!(lines(&lambda.kill())[1]["duplicates"], 3);
}

#[test]
fn other_content_under_the_same_key_is_a_conflict() {
    let one = event("S1", &json!({"a": 1}));
    let other = event("S1", &json!({"a": 2}));
    let lambda = Lambda::start("{}");
    assert_eq!(
        lambda.send(&[record("m-1", &one), record("m-2", &other), record("m-3", &one)]),
        failures(&["m-2"])
    );
    assert_eq!(
        lambda.table.row("S1").unwrap()["event_data"],
        json!({"M": {"a": {"N": "1"}}}),
        "the first record wins"
    );
    let log = lines(&lambda.kill());
    assert_eq!(log[0]["level"], "ERROR");
    assert_eq!((&log[0]["reason"], &log[0]["class"]), (&json!("conflict"), &json!("permanent")));
    assert_eq!((&log[0]["message_id"], &log[0]["receive_count"]), (&json!("m-2"), &json!(2)));
    assert_eq!(
        (&log[1]["conflicts"], &log[1]["written"], &log[1]["duplicates"]),
        (&json!(1), &json!(1), &json!(1))
    );

    let lambda = Lambda::start(r#"{"event":{"on_conflict":"keep_first"}}"#);
    assert_eq!(lambda.send(&[record("m-1", &one), record("m-2", &other)]), failures(&[]));
    let log = lines(&lambda.kill());
    assert_eq!((&log[0]["level"], &log[0]["reason"]), (&json!("WARN"), &json!("conflict")));
    assert_eq!(log[1]["conflicts"], 1);
}

#[test]
fn a_row_without_a_content_hash_knows_its_own_message() {
    let lambda = Lambda::start("{}");
    lambda.table.insert(json!({
        "shipment_id": {"S": "S1"}, "event_timestamp": {"S": "2026-01-31T09:05:00.000000000Z"}, "message_id": {"S": "m-1"},
    }));
    let body = event("S1", &json!({}));
    assert_eq!(lambda.send(&[record("m-1", &body)]), failures(&[]));
    assert_eq!(lambda.send(&[record("m-2", &body)]), failures(&["m-2"]));
}

#[test]
fn poison_fails_alone() {
    let lambda = Lambda::start("{}");
    let poison = [
        "",
        "hello",
        "[]",
        "{}",
        r#"{"shipment_id":"S","shipment_id":"S"}"#,
        &"[".repeat(10_000),
        &"x".repeat(1_048_000),
        r#"{"shipment_id":"S","event_timestamp":"yesterday","event_type":"t"}"#,
        r#"{"shipment_id":" ","event_timestamp":"2026-01-31T09:05:00Z","event_type":"t"}"#,
        r#"{"shipment_id":"S","event_timestamp":"2026-01-31T09:05:00Z","event_type":{}}"#,
        &event("S", &json!({"x": "x".repeat(410_000)})),
        &event("S", &json!({})).replace("{}", &format!("{{\"n\":{}}}", "9".repeat(39))),
    ];
    let mut records = Vec::new();
    for (number, poison) in poison.iter().enumerate() {
        records.push(record(&format!("poison-{number}"), poison));
        records.push(record(&format!("good-{number}"), &event(&format!("S{number}"), &json!({"n": number}))));
    }
    let expected: Vec<String> = (0..poison.len()).map(|number| format!("poison-{number}")).collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    assert_eq!(lambda.send(&records), failures(&expected));
    assert_eq!(lambda.table.rows(), poison.len());
    let log = lines(&lambda.kill());
    let reasons: BTreeSet<&str> = log.iter().filter_map(|line| line["reason"].as_str()).collect();
    assert_eq!(log.len(), poison.len() + 1 + reasons.len(), "one per failure, one per batch, one per reason");
    assert!(log[..poison.len()].iter().all(|line| line["class"] == "permanent" && line["level"] == "ERROR"));
    assert_eq!(log[poison.len()]["rejected"], json!(poison.len()));
}

#[test]
fn a_record_without_an_id_does_not_fail_the_others() {
    let lambda = Lambda::start("{}");
    let unnamed = |body: &str| json!({ "body": body });
    let records = [
        unnamed(&event("S1", &json!({}))),
        unnamed("poison"),
        json!(null),
        record("good", &event("S2", &json!({}))),
        record("bad", "poison"),
    ];
    assert_eq!(lambda.send(&records), failures(&["bad"]));
    assert_eq!(lambda.table.rows(), 2);
    assert!(lambda.table.row("S1").unwrap().get("message_id").is_none());
    assert_eq!(lines(&lambda.kill())[0]["message_id"], "(none)");
}

#[test]
fn a_thousand_records_are_written_side_by_side() {
    let lambda =
        Lambda::start_on(Table::start(Duration::from_millis(4)), &[("EVENTS_TABLE_NAME", "events-test")]);
    let records: Vec<Value> = (0..1_000)
        .map(|number| record(&format!("m-{number}"), &event(&format!("S{number}"), &json!({"n": number}))))
        .collect();
    assert_eq!(lambda.send(&records), failures(&[]));
    assert_eq!(lambda.table.rows(), 1_000);
    let most = lambda.table.most_in_flight();
    assert!((2..=32).contains(&most), "{most} in flight");
    assert_eq!(lines(&lambda.kill())[0]["written"], 1_000);
}

#[test]
fn no_payload_reaches_the_log_at_any_level() {
    let canary = "CANARY4711";
    for level in ["error", "warn", "info", "debug", "trace"] {
        let lambda = Lambda::start(&format!(r#"{{"log_level":"{level}"}}"#));
        let good = event(&format!("S-{canary}"), &json!({"name": canary, canary: canary}));
        let records = [
            record("m-1", &good),
            record("m-2", &good.replace("created", &format!("other-{canary}"))),
            record("m-3", &good.replace("2026-01-31T09:05:00Z", canary)),
            record("m-4", &format!("{{\"{canary}")),
            record("m-5", &event(&format!("invalid-always-{canary}"), &json!({}))),
            record("m-6", &event(&format!("throttle-always-{canary}"), &json!({}))),
            record(&format!("forged\n{{\"level\":\"{canary}\"}}\u{2028}"), "poison"),
        ];
        let answer = lambda.send_throttled(&records);
        assert!(
            answer.starts_with(r#"{"batchItemFailures":[{"itemIdentifier":"m-2"},{"itemIdentifier":"m-3"}"#)
        );
        let posted = lambda.invoke_for(&json!({ "name": canary }).to_string(), Duration::from_secs(60));
        assert!(posted.path.ends_with("/error"), "{}", posted.path);
        assert!(!posted.body.contains(canary), "{}", posted.body);
        let output = lambda.kill();
        assert!(!output.contains(canary), "{level}: {output}");
        lines(&output);
    }
}

#[test]
fn an_invocation_that_is_not_of_sqs_is_an_error_and_the_next_one_works() {
    let lambda = Lambda::start("{}");
    for body in ["{}", "[]", "null", r#"{"Records":5}"#, r#"{"Records":[{"kinesis":{}}]}"#, "not json"] {
        let posted = lambda.invoke_for(body, Duration::from_secs(10));
        assert!(posted.path.ends_with("/error"), "{body}: {}", posted.path);
    }
    assert_eq!(lambda.send(&[]), failures(&[]));
    assert_eq!(lambda.send(&[record("m-1", &event("S1", &json!({})))]), failures(&[]));
}

#[test]
fn a_bad_environment_is_a_clear_init_error() {
    for (variables, expected) in [
        (vec![], "`EVENTS_TABLE_NAME` is not set"),
        (
            vec![("EVENTS_TABLE_NAME", "t"), ("PIPELINE_CONFIG", r#"{"ttl_day":1}"#)],
            "unknown field `ttl_day`",
        ),
        (
            vec![
                ("EVENTS_TABLE_NAME", "t"),
                ("LAMBDA_TASK_ROOT", "/nowhere"),
                ("PIPELINE_CONFIG", r#"{"version":2,"event":{"file":"mapping.json","sha256":"00"}}"#),
            ],
            "the mapping in `mapping.json` cannot be used",
        ),
        (vec![("EVENTS_TABLE_NAME", "t"), ("AWS_ACCESS_KEY_ID", "")], "`AWS_ACCESS_KEY_ID` is not set"),
    ] {
        let lambda = Lambda::start_on(Table::start(Duration::ZERO), &variables);
        let posted = lambda.posted();
        assert!(posted.path.ends_with("/runtime/init/error"), "{}", posted.path);
        assert!(posted.body.contains(expected), "{}", posted.body);
        let (code, output) = lambda.wait();
        assert_eq!(code, Some(1));
        let log = lines(&output);
        assert!(log[0]["reason"].as_str().unwrap().contains(expected), "{output}");
    }
}

#[test]
fn outside_lambda_it_reports_that() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_bootstrap")).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = lines(std::str::from_utf8(&output.stdout).unwrap());
    let reason = log[0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("`AWS_LAMBDA_RUNTIME_API` is not set"), "{reason}");
}

#[test]
fn the_client_needs_no_network_to_be_built() {
    let with = |endpoint: Option<&str>, region: &str| {
        pipectl_processor::client::build(|name| match name {
            "AWS_REGION" => Some(region.to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
            "AWS_ENDPOINT_URL" => endpoint.map(str::to_owned),
            _ => None,
        })
    };
    assert!(with(None, "eu-west-1").is_ok(), "the bundled authorities are readable");
    assert!(with(Some("http://127.0.0.1:4566"), "eu-west-1").is_ok());
    assert!(pipectl_processor::client::build(|_| None).is_err());
}
