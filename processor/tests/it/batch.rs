//! The batch over stores in memory: order, limits, the deadline and panics.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use pipectl_processor::attribute::Attributes;
use pipectl_processor::batch::{Deadline, Outcome, Processed, Store, Write, process};
use pipectl_processor::config::Config;
use pipectl_processor::invocation::{Record, Response, records};
use pipectl_processor::reason::Reason;
use pipectl_processor::row::Row;
use pipectl_processor::throttle::Throttle;
use tokio::time::{Instant, sleep};

/// Takes `latency` for each row, counts calls, and fails as the partition key asks.
#[derive(Default)]
struct Memory {
    latency: Duration,
    started: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    /// The number of calls that are throttled before any other is answered.
    refusing: AtomicUsize,
    /// The types of the rows, in the order of the calls.
    order: Mutex<Vec<String>>,
}

impl Store for Memory {
    async fn put(&self, row: Row, _: Timestamp, throttle: &Throttle) -> Outcome {
        self.started.fetch_add(1, Ordering::SeqCst);
        self.order.lock().unwrap().push(row.attributes["event_type"].as_text().unwrap().to_owned());
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        if row.partition_key.as_str().starts_with("throttle") {
            throttle.mark();
        }
        sleep(self.latency).await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        if self.refusing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        {
            return Outcome::failed(Reason::Throttled, "");
        }
        match row.partition_key.as_str() {
            "panic" => panic!("in the middle of a write"),
            "throttled" => Outcome::failed(Reason::Throttled, ""),
            "denied" => Outcome::failed(Reason::AccessDenied, "no"),
            _ => Outcome::Written,
        }
    }
}

fn record(id: &str, shipment: &str, kind: &str) -> Record {
    Record {
        message_id: Some(id.to_owned()),
        body: format!(
            r#"{{"shipment_id":"{shipment}","event_timestamp":"2026-01-31T09:05:00Z","event_type":"{kind}"}}"#
        ),
        receive_count: 1,
        ..Record::default()
    }
}

async fn run(store: &Arc<Memory>, config: &Config, records: &[Record], left: Duration) -> Vec<Outcome> {
    process_all(store, config, records, left).await.outcomes
}

async fn process_all(store: &Arc<Memory>, config: &Config, records: &[Record], left: Duration) -> Processed {
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    process(config, store, records, now, Deadline::in_time(Instant::now(), left)).await
}

const MINUTE: Duration = Duration::from_secs(60);

fn is_failed(outcome: &Outcome, reason: Reason) -> bool {
    matches!(outcome, Outcome::Failed(failure) if failure.reason == reason)
}

#[tokio::test(start_paused = true)]
async fn writes_run_side_by_side_up_to_the_limit() {
    let store = Arc::new(Memory { latency: Duration::from_millis(5), ..Memory::default() });
    let batch: Vec<Record> =
        (0..1_000).map(|number| record(&number.to_string(), &format!("S{number}"), "k")).collect();
    let config = Config { write_concurrency: 20, ..Config::default() };
    let clock = Instant::now();
    let outcomes = run(&store, &config, &batch, MINUTE).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Written));
    assert_eq!(store.most_in_flight.load(Ordering::SeqCst), 20);
    assert!(clock.elapsed() < Duration::from_millis(500), "{:?}", clock.elapsed());
}

#[tokio::test]
async fn equal_keys_are_written_in_order_and_repeats_cost_no_write() {
    let store = Arc::new(Memory { latency: Duration::from_millis(5), ..Memory::default() });
    let batch =
        [record("a", "S1", "k"), record("b", "S1", "k"), record("a", "S1", "k"), record("c", "S2", "k")];
    let outcomes = run(&store, &Config::default(), &batch, MINUTE).await;
    assert_eq!(outcomes, [Outcome::Written, Outcome::Duplicate, Outcome::Duplicate, Outcome::Written]);
    assert_eq!(store.started.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_panic_is_this_records_failure_alone() {
    let store = Arc::new(Memory::default());
    let batch = [record("a", "S1", "k"), record("b", "panic", "k"), record("c", "S3", "k")];
    let outcomes = run(&store, &Config::default(), &batch, MINUTE).await;
    assert_eq!(outcomes[0], Outcome::Written);
    assert!(is_failed(&outcomes[1], Reason::Panic), "{outcomes:?}");
    assert_eq!(outcomes[2], Outcome::Written);
}

#[tokio::test]
async fn nothing_starts_near_the_deadline_and_the_answer_is_in_time() {
    let store = Arc::new(Memory { latency: Duration::from_millis(200), ..Memory::default() });
    let batch: Vec<Record> =
        (0..20).map(|number| record(&number.to_string(), &format!("S{number}"), "k")).collect();
    let config = Config { write_concurrency: 1, ..Config::default() };
    let clock = Instant::now();
    let outcomes = run(&store, &config, &batch, Duration::from_secs(2)).await;
    // The last write starts before 1.5 s; a write of 0.2 s then ends before 1.75 s.
    let written = outcomes.iter().filter(|outcome| **outcome == Outcome::Written).count();
    assert!((3..=8).contains(&written), "{written} written");
    assert!(outcomes[written..].iter().all(|outcome| is_failed(outcome, Reason::Deadline)));
    assert!(store.started.load(Ordering::SeqCst) <= written + 1);
    assert!(clock.elapsed() < Duration::from_secs(2), "{:?}", clock.elapsed());
}

#[tokio::test]
async fn a_write_that_hangs_is_given_up_before_the_deadline() {
    let store = Arc::new(Memory { latency: Duration::from_secs(600), ..Memory::default() });
    for left in [Duration::from_secs(3), Duration::from_secs(1), Duration::ZERO] {
        let clock = Instant::now();
        let outcomes = run(&store, &Config::default(), &[record("a", "S1", "k")], left).await;
        assert!(is_failed(&outcomes[0], Reason::Deadline));
        assert!(clock.elapsed() <= left + Duration::from_millis(20), "{:?} of {left:?}", clock.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_is_written_later_at_the_pace_of_the_table() {
    let latency = Duration::from_millis(5);
    let store = Arc::new(Memory { latency, refusing: 60.into(), ..Memory::default() });
    let batch: Vec<Record> =
        (0..300).map(|number| record(&number.to_string(), &format!("S{number}"), "k")).collect();
    let clock = Instant::now();
    let Processed { outcomes, writes, .. } = process_all(&store, &Config::default(), &batch, MINUTE).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Written), "nothing is returned for it");
    assert_eq!(store.started.load(Ordering::SeqCst), 360);
    assert_eq!(writes.len(), 300, "one for each record");
    assert!(clock.elapsed() < MINUTE / 6, "{:?}", clock.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_table_that_throttles_everything_is_asked_rarely_and_until_the_end() {
    let store = Arc::new(Memory { latency: Duration::from_millis(5), ..Memory::default() });
    let batch: Vec<Record> =
        (0..1_000).map(|number| record(&number.to_string(), "throttled", &format!("k{number}"))).collect();
    let spread = |record: Record, number: usize| Record {
        body: record.body.replace("09:05:00", &format!("09:{:02}:{:02}", number / 60, number % 60)),
        ..record
    };
    let batch: Vec<Record> =
        batch.into_iter().enumerate().map(|(number, record)| spread(record, number)).collect();
    let clock = Instant::now();
    let outcomes = run(&store, &Config::default(), &batch, MINUTE).await;
    assert!(outcomes.iter().all(|outcome| is_failed(outcome, Reason::Throttled)));
    let calls = store.started.load(Ordering::SeqCst);
    // 63 until one is in flight, then with pauses of 0.1 s up to 1.6 s.
    assert!((63..=110).contains(&calls), "{calls} calls");
    assert!((MINUTE - Duration::from_secs(3)..MINUTE).contains(&clock.elapsed()), "{:?}", clock.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_throttled_record_keeps_its_place_before_others_of_its_key() {
    let store = Arc::new(Memory { refusing: 5.into(), ..Memory::default() });
    let batch = [record("a", "S1", "first"), record("b", "S1", "second"), record("c", "S1", "third")];
    let outcomes = run(&store, &Config::default(), &batch, MINUTE).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Written));
    let mut order = store.order.lock().unwrap().clone();
    order.dedup();
    assert_eq!(order, ["first", "second", "third"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_all_ends_what_was_throttled_before() {
    let store =
        Arc::new(Memory { latency: Duration::from_millis(1), refusing: 2.into(), ..Memory::default() });
    let batch = [record("a", "S1", "k"), record("b", "S2", "k"), record("c", "denied", "k")];
    let config = Config { write_concurrency: 3, ..Config::default() };
    let outcomes = run(&store, &config, &batch, MINUTE).await;
    assert!(outcomes.iter().all(|outcome| is_failed(outcome, Reason::AccessDenied)), "{outcomes:?}");
    assert_eq!(store.started.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_broken_pipeline_is_not_stormed() {
    let store = Arc::new(Memory { latency: Duration::from_millis(1), ..Memory::default() });
    let mut batch = vec![record("x", "denied", "k")];
    batch.extend((0..100).map(|number| record(&number.to_string(), &format!("S{number}"), "k")));
    let config = Config { write_concurrency: 1, ..Config::default() };
    let outcomes = run(&store, &config, &batch, MINUTE).await;
    assert!(outcomes.iter().all(|outcome| is_failed(outcome, Reason::AccessDenied)));
    assert_eq!(store.started.load(Ordering::SeqCst), 1);
}

/// The paused clock wakes sleepers at the next whole millisecond.
fn is_about(latency: Duration, expected: Duration) -> bool {
    (expected..=expected + Duration::from_millis(1)).contains(&latency)
}

#[tokio::test(start_paused = true)]
async fn every_write_is_timed_and_nothing_else() {
    let latency = Duration::from_millis(5);
    let store = Arc::new(Memory { latency, ..Memory::default() });
    let poison = Record { body: "poison".to_owned(), ..record("p", "S", "k") };
    let batch = [
        record("a", "S1", "k"),
        record("a", "S1", "k"),
        poison,
        record("b", "throttle", "k"),
        record("c", "throttled", "k"),
    ];
    let config = Config { write_concurrency: 1, ..Config::default() };
    let Processed { outcomes, writes, .. } = process_all(&store, &config, &batch, MINUTE).await;
    assert_eq!(outcomes[3], Outcome::Written, "slowed down, but in the table");
    assert!(is_failed(&outcomes[4], Reason::Throttled));
    let throttled: Vec<bool> = writes.iter().map(|write| write.throttled).collect();
    assert_eq!(throttled, [false, true, true], "a repeat and a rejection write nothing");
    assert!(writes[..2].iter().all(|write| is_about(write.latency, latency)), "{writes:?}");
    assert!(writes[2].latency > MINUTE - Duration::from_secs(5), "from its first attempt to its last");
}

#[tokio::test(start_paused = true)]
async fn a_write_given_up_counts_with_the_time_it_had() {
    let store = Arc::new(Memory { latency: Duration::from_secs(600), ..Memory::default() });
    let batch = [record("a", "throttle", "k")];
    let Processed { outcomes, writes, .. } =
        process_all(&store, &Config::default(), &batch, Duration::from_secs(4)).await;
    assert!(is_failed(&outcomes[0], Reason::Deadline));
    let [Write { latency, throttled: true }] = writes[..] else { panic!("{writes:?}") };
    assert!(is_about(latency, Duration::from_millis(3_500)), "{latency:?}");
}

#[test]
fn records_are_read_one_by_one() {
    let invocation = serde_json::json!({"Records": [
        {"messageId": "a", "body": "b", "attributes": {"ApproximateReceiveCount": "7", "SentTimestamp": "12"}},
        {"messageId": 5, "body": {"not": "text"}, "attributes": {"ApproximateReceiveCount": "many", "SentTimestamp": "x"}},
        null,
        {"messageId": " ", "body": "c", "attributes": null},
    ]});
    let read = records(invocation).unwrap();
    let empty = Record { receive_count: 1, attributes: Some(Attributes::new()), ..Record::default() };
    let first = Record { message_id: Some("a".to_owned()), body: "b".to_owned(), ..empty.clone() };
    assert_eq!(read[0], Record { receive_count: 7, sent_at: Some(12), ..first });
    assert_eq!(read[1], empty);
    assert_eq!(read[2], empty);
    assert_eq!(read[3], Record { body: "c".to_owned(), ..empty });
    for other in [
        serde_json::json!({}),
        serde_json::json!({"Records": {}}),
        serde_json::json!([1]),
        serde_json::json!(null),
    ] {
        assert_eq!(records(other), None);
    }
}

#[test]
fn the_response_names_each_failure_once_and_in_order() {
    assert_eq!(serde_json::to_string(&Response::default()).unwrap(), r#"{"batchItemFailures":[]}"#);
    let unnamed = Record { receive_count: 1, ..Record::default() };
    let failed = [record("b", "S", "k"), unnamed, record("a", "S", "k"), record("b", "S", "k")];
    let response = Response::keeping(&failed);
    assert_eq!(
        serde_json::to_string(&response).unwrap(),
        r#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a"}]}"#
    );
}
