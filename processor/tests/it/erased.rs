//! An event that is delivered again after its key was erased is neither written nor a dead letter.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use pipectl_processor::attribute::{Attribute, Attributes};
use pipectl_processor::batch::{Deadline, Outcome, Store, process};
use pipectl_processor::bury::Dead;
use pipectl_processor::config::Config;
use pipectl_processor::death::Redriven;
use pipectl_processor::invocation::Record;
use pipectl_processor::reason::Reason;
use pipectl_processor::row::{KeyValue, Row};
use pipectl_processor::throttle::Throttle;
use tokio::time::Instant;

/// How long the table takes to read a mark.
const READ: Duration = Duration::from_secs(2);

/// Keys that begin with `erased` were erased at eight; the mark of `unread` cannot be read.
#[derive(Default)]
struct Memory {
    reads: AtomicUsize,
    written: Mutex<Vec<String>>,
    buried: Mutex<Vec<String>>,
}

impl Store for Memory {
    async fn put(&self, row: Row, _: Timestamp, _: &Throttle) -> Outcome {
        self.written.lock().unwrap().push(row.partition_key.as_str().to_owned());
        Outcome::Written
    }

    async fn erased_at(&self, partition: &KeyValue, _: Timestamp) -> Result<Option<Timestamp>, Outcome> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(READ).await;
        match partition.as_str() {
            "panic" => panic!("in the middle of a read"),
            "unread" => Err(Outcome::failed(Reason::RowUnread, "")),
            key if key.starts_with("erased") => Ok("2026-01-31T08:00:00Z".parse().ok()),
            _ => Ok(None),
        }
    }

    async fn bury(&self, dead: &[Dead<'_>], _: Instant) -> Vec<bool> {
        let ids = dead.iter().filter_map(|one| one.record.message_id.clone());
        self.buried.lock().unwrap().extend(ids);
        vec![true; dead.len()]
    }
}

/// An event of `hour`; without a type it can never become a row.
fn record(key: &str, hour: u32, mark: &str, kind: &str) -> Record {
    let body = format!(
        r#"{{"id":"e","source":"s","detail-type":"t","time":"2026-01-31T{hour:02}:00:00Z"{mark},"detail":
        {{"shipment_id":"{key}","event_timestamp":"2026-01-31T{hour:02}:00:00Z","event_data":{{}}{kind}}}}}"#
    );
    Record {
        message_id: Some(key.to_owned()),
        body,
        receive_count: 1,
        attributes: Some(Attributes::new()),
        ..Record::default()
    }
}

const REPLAYED: &str = r#","replay-name":"r-1""#;
const TYPED: &str = r#","event_type":"created""#;

#[tokio::test(start_paused = true)]
async fn what_comes_once_more_of_an_erased_key_is_not_stored_anywhere() {
    let redriven = Redriven { times: 1, at: "2026-02-01T00:00:00Z".to_owned() };
    let sent_back =
        Record { attributes: Some([redriven.attribute()].into()), ..record("erased-2", 7, "", TYPED) };
    // A redrive in the console retains the attributes that the processor added to a dead letter, and adds none.
    let died = ("pipectl-reason".to_owned(), Attribute::text("conflict"));
    let sent_back_by_the_console =
        Record { attributes: Some([died].into()), ..record("erased-5", 7, "", TYPED) };
    let batch = [
        record("erased-1", 7, REPLAYED, TYPED),
        sent_back,
        record("erased-3", 7, REPLAYED, ""),
        record("erased-4", 9, REPLAYED, TYPED),
        record("other", 7, REPLAYED, TYPED),
        record("other-poison", 7, REPLAYED, ""),
        record("unread", 7, REPLAYED, TYPED),
        record("panic", 7, REPLAYED, TYPED),
        record("erased-first-time", 7, "", TYPED),
        sent_back_by_the_console,
    ];
    let store = Arc::new(Memory::default());
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let deadline = Deadline::in_time(Instant::now(), Duration::from_secs(60));
    let processed = process(&Config::default(), &store, &batch, now, deadline).await;
    assert!(processed.decided >= READ, "whether a key was erased is part of what is decided");
    let outcomes = processed.outcomes;
    assert_eq!(outcomes[..3], [Outcome::Erased, Outcome::Erased, Outcome::Erased]);
    assert_eq!(outcomes[3..5], [Outcome::Written, Outcome::Written], "after the erasure, and another key");
    assert!(matches!(&outcomes[5], Outcome::DeadLetter(_)), "{outcomes:?}");
    for unread in &outcomes[6..8] {
        assert_eq!(unread.failure(), Some(Reason::RowUnread), "it goes back to the queue");
    }
    assert_eq!(
        outcomes[8],
        Outcome::Written,
        "the mark of a partition is read for what comes once more only"
    );
    assert_eq!(outcomes[9], Outcome::Erased);
    let mut written = store.written.lock().unwrap().clone();
    written.sort();
    assert_eq!(written, ["erased-4", "erased-first-time", "other"]);
    assert_eq!(*store.buried.lock().unwrap(), ["other-poison"]);
    assert_eq!(store.reads.load(Ordering::SeqCst), 9);
}
