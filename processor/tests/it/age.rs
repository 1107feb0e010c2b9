//! Which events count in the service level, and their age when their rows are written.

use std::time::Duration;

use jiff::Timestamp;
use pipectl_processor::age::{Clock, Tally, tally};
use pipectl_processor::attribute::{Attribute, Attributes};
use pipectl_processor::batch::{Failure, Outcome, Processed};
use pipectl_processor::config::{Config, Input, ServiceLevel};
use pipectl_processor::death::Redriven;
use pipectl_processor::invocation::Record;
use pipectl_processor::reason::Reason;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::emf::read;
use crate::lambda::{Lambda, event, failures, record};

const LEVEL: ServiceLevel = ServiceLevel { stored_within_seconds: 60, max_receives: 5 };

fn now() -> Timestamp {
    "2026-01-31T10:00:00Z".parse().unwrap()
}

/// An event that was put on the bus in this minute and second of the hour before `now`.
fn put_at(second: &str, more: Value) -> Record {
    let mut body =
        json!({"source": "s", "detail-type": "t", "time": format!("2026-01-31T09:{second}Z"), "detail": {}});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    Record {
        body: body.to_string(),
        receive_count: 1,
        // An hour before the latest of the events.
        sent_at: Some(now().as_millisecond() - 3_600_000),
        attributes: Some(Attributes::new()),
        ..Record::default()
    }
}

fn in_time() -> Record {
    put_at("59:30", json!({}))
}

fn sent_back() -> Record {
    let mark = Redriven { times: 1, at: "2026-01-31T09:59:00Z".to_owned() }.attribute();
    Record { attributes: Some(Attributes::from([mark])), ..in_time() }
}

fn rejected() -> Failure {
    Failure { reason: Reason::MissingField, detail: String::new() }
}

/// The tally of these outcomes, each written ten milliseconds after `now`.
fn counted(input: Input, all: Vec<(Record, Outcome)>) -> Tally {
    let started = Instant::now();
    let (records, outcomes): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let ended = vec![Some(started + Duration::from_millis(10)); records.len()];
    let processed = Processed { outcomes, writes: Vec::new(), ended, decided: Duration::ZERO };
    let config = Config { input, slo: Some(LEVEL), ..Config::default() };
    tally(&config, &records, &processed, Clock { now: now(), started }).unwrap()
}

/// Good, late, not stored, uncounted.
fn counts(tally: &Tally) -> [u64; 4] {
    [tally.good, tally.late, tally.not_stored, tally.uncounted]
}

#[test]
fn an_event_is_good_when_its_row_is_written_within_the_limit_of_its_envelopes_time() {
    let early = put_at("59:00", json!({}));
    let on_the_edge = Record { body: early.body.replace("09:59:00Z", "09:59:00.010Z"), ..early.clone() };
    let ahead = Record { body: early.body.replace("09:59:00Z", "11:00:00+00:00"), ..early.clone() };
    let all = [in_time(), early, on_the_edge, ahead].map(|record| (record, Outcome::Written));
    let tally = counted(Input::Envelope, all.into());
    assert_eq!(counts(&tally), [3, 1, 0, 0]);
    assert_eq!(tally.ages, [30_010, 60_010, 60_000, 0].map(Duration::from_millis));
    assert_eq!(tally.from, "envelope_time");
}

#[test]
fn without_an_envelope_the_age_is_that_of_the_message() {
    let tally = counted(Input::Detail, vec![(in_time(), Outcome::Written)]);
    assert_eq!((counts(&tally), tally.from), ([0, 1, 0, 0], "sqs_sent"));
    // A body that is not an envelope has its message's age; a message made by hand has none.
    let bare = Record { body: r#"{"time":"2026-01-31T09:59:59Z"}"#.to_owned(), ..in_time() };
    let by_hand = Record { sent_at: None, ..bare.clone() };
    // The same holds for a body whose sender sets a time and a detail, but neither a source nor a type.
    let its_own = json!({"time": "2020-01-01T00:00:00Z", "detail": {}}).to_string();
    let its_own = Record { body: its_own, sent_at: Some(now().as_millisecond()), ..in_time() };
    let tally =
        counted(Input::Envelope, [bare, by_hand, its_own].map(|record| (record, Outcome::Written)).into());
    assert_eq!(counts(&tally), [1, 1, 0, 1]);
}

#[test]
fn what_is_no_first_delivery_is_not_counted() {
    let replayed = put_at("59:30", json!({"replay-name": "yesterday"}));
    let dead = Attributes::from([("pipectl-reason".to_owned(), Attribute::text("conflict"))]);
    let sent_back_by_the_console = Record { attributes: Some(dead), ..in_time() };
    for record in [replayed, sent_back(), sent_back_by_the_console] {
        for outcome in [Outcome::Written, Outcome::Duplicate, Outcome::DeadLetter(rejected())] {
            let tally = counted(Input::Envelope, vec![(record.clone(), outcome)]);
            assert_eq!((counts(&tally), tally.ages.len()), ([0, 0, 0, 1], 0), "{record:?}");
        }
    }
    let others = [Outcome::Duplicate, Outcome::Superseded, Outcome::FirstRetained];
    let tally = counted(Input::Envelope, others.into_iter().map(|outcome| (in_time(), outcome)).collect());
    assert_eq!(counts(&tally), [0, 0, 0, 3]);
    // In a bare detail it is an ordinary field.
    let own = put_at("59:30", json!({"replay-name": "mine"}));
    let own = Record { sent_at: Some(now().as_millisecond()), ..own };
    assert_eq!(counts(&counted(Input::Detail, vec![(own, Outcome::Written)])), [1, 0, 0, 0]);
}

#[test]
fn an_event_that_is_refused_or_given_up_is_bad_once() {
    let poison = Record { body: "no JSON".to_owned(), ..in_time() };
    let again = Outcome::failed(Reason::Throttled, "");
    let last = Record { receive_count: 5, ..in_time() };
    let tally = counted(
        Input::Envelope,
        vec![
            (poison, Outcome::DeadLetter(rejected())),
            (in_time(), again.clone()),
            (in_time(), Outcome::Failed(rejected())),
            (last.clone(), again),
            (last, Outcome::Failed(rejected())),
        ],
    );
    assert_eq!(counts(&tally), [0, 0, 3, 0]);
}

/// Through the program: the counts of a batch, which it makes only if the config has a service level.
#[test]
fn the_line_of_a_batch_has_the_service_level_where_there_is_one() {
    let level = r#"{"version":2,"slo":{"stored_within_seconds":60,"max_receives":9}}"#;
    for (config, names) in [(level, 4), ("{}", 0)] {
        let lambda = Lambda::start(config);
        let fresh = |shipment: &str| {
            event(shipment, &json!({})).replace("2026-01-31T09:05:01Z", &Timestamp::now().to_string())
        };
        let replayed = fresh("S3").replacen('{', r#"{"replay-name":"r","#, 1);
        let records = [
            record("good", &fresh("S1")),
            record("late", &event("S2", &json!({}))),
            record("replayed", &replayed),
            record("again", &fresh("S1")),
        ];
        assert_eq!(lambda.send(&records), failures(&[]));
        let output = lambda.kill();
        let line = output.lines().find(|line| line.contains(r#""message":"batch""#)).unwrap();
        let metrics = read(line, Timestamp::now()).unwrap();
        let of =
            |name: &str| metrics.iter().find(|metric| metric.name == name).map(|metric| &metric.values[..]);
        let found = ["SloGood", "SloBad", "SloUncounted"].map(|name| of(name).map(|values| values[0]));
        let ages = of("EventAge");
        assert_eq!(found.iter().flatten().count() + usize::from(ages.is_some()), names, "{line}");
        if let Some(ages) = ages {
            assert_eq!(found, [Some(1.0), Some(1.0), Some(2.0)], "{line}");
            assert!(ages.len() == 2 && ages[0] < 60_000.0 && ages[1] > 1e9, "{ages:?}");
            assert!(line.contains(r#""age_from":"envelope_time""#) && line.contains(r#""stored_late":1"#));
        }
    }
}
