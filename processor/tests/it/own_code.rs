//! Custom code before the mapping: its changes are in the row, an event it rejects becomes an unchanged dead letter, and
//! an event it panics at fails alone.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use pipectl_processor::batch::{Deadline, Outcome, Store, process};
use pipectl_processor::bury::Dead;
use pipectl_processor::canary::{Canary, FIELD, Mark, Secret};
use pipectl_processor::code::Code;
use pipectl_processor::config::Config;
use pipectl_processor::decide::{Message, decide};
use pipectl_processor::erasure::Whose;
use pipectl_processor::invocation::Record;
use pipectl_processor::reason::{Reason, Rejection};
use pipectl_processor::row::Row;
use pipectl_processor::throttle::Throttle;
use pipectl_processor::{Event, Json, Rejected};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::lambda::{Lambda, failures, lines, record};
use crate::table::Table;

fn transform(mut event: Event) -> Result<Event, Rejected> {
    match event.text("event_type") {
        Some("unwanted") => return Err(Rejected::because("nobody wants it")),
        Some("broken") => panic!("the code is wrong"),
        Some("keyless") => drop(event.detail_mut().insert(String::new(), Json::Null)),
        Some("deep") => {
            let deep = (0..40).fold(Json::from(true), |inner, _| Json::List(vec![inner]));
            event.detail_mut().insert("deep".to_owned(), deep);
        }
        _ => {}
    }
    let key = event.text("shipment_id").unwrap_or_default().to_uppercase();
    event.detail_mut().insert("shipment_id".to_owned(), key.into());
    event.detail_mut().insert("seen".to_owned(), Json::from(1));
    Ok(event)
}

fn config() -> Config {
    Config { code: Code::new(|event| Ok(transform(event)?)), ..Config::default() }
}

fn body(kind: &str) -> String {
    format!(r#"{{"shipment_id":"s-{kind}","event_timestamp":"2026-01-31T09:05:00Z","event_type":"{kind}"}}"#)
}

fn decided(kind: &str) -> Result<Row, Rejection> {
    let body = body(kind);
    decide(&config(), Message { body: &body, message_id: None, receive_count: 1 }, Timestamp::UNIX_EPOCH)
}

#[derive(Default)]
struct Memory {
    rows: Mutex<Vec<Row>>,
    buried: Mutex<Vec<(String, Reason, String)>>,
}

impl Store for Memory {
    async fn put(&self, row: Row, _: Timestamp, _: &Throttle) -> Outcome {
        self.rows.lock().unwrap().push(row);
        Outcome::Written
    }

    async fn bury(&self, dead: &[Dead<'_>], _: Instant) -> Vec<bool> {
        let buried =
            dead.iter().map(|one| (one.record.body.clone(), one.failure.reason, one.failure.detail.clone()));
        self.buried.lock().unwrap().extend(buried);
        vec![true; dead.len()]
    }
}

#[tokio::test(start_paused = true)]
async fn one_batch_has_rows_as_changed_dead_letters_as_sent_and_a_panic_that_fails_alone() {
    let store = Arc::new(Memory::default());
    let records: Vec<Record> = ["good", "broken", "unwanted", "fine"]
        .iter()
        .map(|kind| Record {
            message_id: Some((*kind).to_owned()),
            body: body(kind),
            receive_count: 1,
            ..Record::default()
        })
        .collect();
    let deadline = Deadline::in_time(Instant::now(), Duration::from_secs(60));
    let outcomes = process(&config(), &store, &records, Timestamp::UNIX_EPOCH, deadline).await.outcomes;
    assert_eq!((&outcomes[0], &outcomes[3]), (&Outcome::Written, &Outcome::Written));
    assert_eq!(outcomes[1].failure(), Some(Reason::Panic), "it goes back to the queue");
    assert!(matches!(&outcomes[2], Outcome::DeadLetter(_)), "{:?}", outcomes[2]);
    let rows = store.rows.lock().unwrap();
    let keys: Vec<&str> = rows.iter().map(|row| row.partition_key.as_str()).collect();
    assert_eq!(keys, ["S-GOOD", "S-FINE"]);
    assert!(rows[0].to_json().contains(r#""event_extra":{"seen":1}"#), "{}", rows[0].to_json());
    let wanted = (body("unwanted"), Reason::RejectedByCode, "nobody wants it".to_owned());
    assert_eq!(*store.buried.lock().unwrap(), [wanted]);
}

#[test]
fn what_the_code_makes_is_held_to_the_limits_of_an_event() {
    assert_eq!(decided("keyless").map_err(|refused| refused.reason), Err(Reason::InvalidKey));
    assert_eq!(decided("deep").map_err(|refused| refused.reason), Err(Reason::TooDeep));
    assert_eq!(decided("unwanted").unwrap_err().to_string(), "rejected-by-code: nobody wants it");
    assert!(Reason::RejectedByCode.is_of_an_event());
}

#[test]
fn erasure_and_canaries_see_the_event_that_the_mapping_sees() {
    let whose = Whose::of(&config(), &body("good")).expect("a key");
    assert_eq!(whose.partition.as_str(), "S-GOOD");
    assert_eq!(Whose::of(&config(), &body("unwanted")), None, "it can have no row");
    let secret = Secret::new("a secret".to_owned());
    let canary = |kind: &str| {
        let mut detail: Value = serde_json::from_str(&body(kind)).unwrap();
        detail[FIELD] = json!(Mark { nonce: 7, sent_at: 0 }.signed(&secret));
        let canary = Canary::of(&config(), &secret, &detail.to_string()).expect("a canary");
        let message = Message { body: "", message_id: None, receive_count: 1 };
        canary.row(&config(), message, Timestamp::UNIX_EPOCH).map(|row| row.to_json())
    };
    assert!(canary("good").is_ok_and(|row| row.contains(r#""seen":1"#) && !row.contains(FIELD)));
    // What is invented need not be to the code's taste: the pipeline is proven all the same, and the row says what the code says.
    for (kind, why) in [("unwanted", "rejected-by-code: nobody wants it"), ("keyless", "invalid-key: ")] {
        let row: Value = serde_json::from_str(&canary(kind).expect(kind)).unwrap();
        assert!(row[FIELD].as_str().is_some_and(|stderr| stderr.starts_with(why)), "{row}");
        assert_eq!((&row["event_type"], &row["processing_status"]), (&json!(kind), &json!("CANARY")));
        assert!(!row.to_string().contains("seen"), "{row}");
    }
}

/// The example program. `cargo test` builds it; a run of single tests does not.
fn example() -> PathBuf {
    let examples = PathBuf::from(env!("CARGO_BIN_EXE_bootstrap")).with_file_name("examples");
    let program = examples.join(format!("own_code{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--workspace", "--locked", "--example", "own_code"]);
        assert!(build.status().is_ok_and(|status| status.success()), "the example is built");
    }
    program
}

fn run(program: PathBuf, config: &str, lines: &[String]) -> Vec<Value> {
    let mut child = Command::new(program)
        .arg("--decide")
        .env_clear()
        .env("PIPELINE_CONFIG", config)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_function_logs_what_the_code_logs_at_the_level_of_the_spec() {
    let body = r#"{"shipment_id":"S-1","event_timestamp":"2026-01-31T09:05:00Z","event_type":"k"}"#;
    for (level, count) in [("warn", 0), ("info", 1), ("trace", 1)] {
        let config = format!(r#"{{"input":"detail","log_level":"{level}"}}"#);
        let variables = [("PIPELINE_CONFIG", config.as_str()), ("EVENTS_TABLE_NAME", "events-test")];
        let lambda = Lambda::start_program(&example(), Table::start(Duration::ZERO), &variables);
        assert_eq!(lambda.send(&[record("m-1", body)]), failures(&[]));
        let log = lines(&lambda.kill());
        let of_the_code: Vec<&Value> =
            log.iter().filter(|line| line["message"] == "an event has no carrier code").collect();
        assert_eq!(of_the_code.len(), count, "{level}: {log:?}");
        assert!(of_the_code.iter().all(|line| line["level"] == "INFO"), "{log:?}");
        // Its own, the line of the batch and that of the record: the runtime and the SDK have hundreds at `trace`.
        assert!(log.len() <= count + 2, "{level}: {log:?}");
    }
}

fn carrier(code: &str) -> String {
    format!(
        r#"{{"shipment_id":"S-1","event_timestamp":"2026-01-31T09:05:00Z","event_type":"k","carrier_code":"{code}"}}"#
    )
}

#[test]
fn decide_answers_each_line_with_a_row_or_a_reason() {
    let lines =
        [carrier("UPS"), carrier("carrier pigeon"), "{\"shipment_id\":\"S-2\"}".to_owned(), "[]".to_owned()];
    let config = r#"{"input":"detail"}"#;
    let decisions = run(example(), config, &lines);
    assert_eq!(decisions.len(), 4);
    assert_eq!(decisions[0]["row"]["event_extra"]["carrier"], "United Parcel Service");
    let seen: Value = serde_json::from_str(decisions[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(seen["carrier"], "United Parcel Service");
    let rejected = json!({"rejection": {"reason": "rejected-by-code", "message": "the carrier is unknown"}});
    assert_eq!(decisions[1], rejected);
    assert_eq!(decisions[2]["rejection"]["reason"], "missing-field");
    assert_eq!(decisions[2]["rejection"]["pointer"], "/event_timestamp");
    assert_eq!(decisions[2]["body"], "{\"shipment_id\":\"S-2\"}");
    assert_eq!(decisions[3]["rejection"]["reason"], "not-an-object");
    // The program of pipectl itself changes nothing.
    let decisions = run(PathBuf::from(env!("CARGO_BIN_EXE_bootstrap")), config, &lines[..2]);
    assert!(decisions.iter().all(|one| one["row"]["event_extra"].get("carrier").is_none()), "{decisions:?}");
}

#[test]
fn decide_refuses_a_config_that_is_none() {
    let output =
        Command::new(example()).arg("--decide").env_clear().env("PIPELINE_CONFIG", "{}x").output().unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("`PIPELINE_CONFIG` is not a valid config of this processor"), "{stderr}");
}

#[test]
fn every_program_carries_the_version_of_its_contract_once() {
    let mark = format!("{}{};", pipectl_processor::config::CONTRACT_MARK, pipectl_processor::config::VERSION);
    for program in [example(), PathBuf::from(env!("CARGO_BIN_EXE_bootstrap"))] {
        let bytes = std::fs::read(&program).unwrap();
        let found = bytes.windows(mark.len()).filter(|part| *part == mark.as_bytes()).count();
        assert_eq!(found, 1, "{}", program.display());
    }
}
