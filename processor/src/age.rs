//! The service level: which events count, and whether each became a row in time.
//!
//! Every event is counted once, when its outcome is final. Events that will be retried are not counted yet. Events that
//! never reach the processor, because it does not run, are covered by the alarms.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::time::Instant;

use crate::batch::{Outcome, Processed};
use crate::config::{Config, Input, ServiceLevel};
use crate::death::was_dead;
use crate::emf::Document;
use crate::invocation::Record;

/// The events of one batch whose outcome is final.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// New rows in time.
    pub good: u64,
    /// New rows that came too late.
    pub late: u64,
    /// Events that are in the dead-letter queue, or will be after this receive.
    pub not_stored: u64,
    /// Records that do not measure the service level: those that are not a first delivery, and those that made no new row
    /// and were not rejected.
    pub uncounted: u64,
    /// The age of each event when its row was written, good and late ones.
    pub ages: Vec<Duration>,
    /// The moment from which ages are counted, for readers of the log.
    pub from: &'static str,
}

/// The moment at which a batch arrived, on two clocks.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The wall clock.
    pub now: Timestamp,
    /// The clock that writes are timed with.
    pub started: Instant,
}

/// The fields of EventBridge's envelope that give an event's time. As in [`crate::event::Event::of`], a body without
/// `source` and `detail-type` is a bare detail: its `time` is the sender's own field.
#[derive(Debug, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    time: Cow<'a, str>,
    /// [`crate::path::REPLAY_NAME`].
    #[serde(borrow, rename = "replay-name", default)]
    replay_name: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "source")]
    _source: Cow<'a, str>,
    #[serde(borrow, rename = "detail-type")]
    _detail_type: Cow<'a, str>,
    #[serde(rename = "detail")]
    _detail: IgnoredAny,
}

/// Counts the outcomes of `records`; `None` if the spec has no service level.
#[must_use]
pub fn tally(config: &Config, records: &[Record], processed: &Processed, clock: Clock) -> Option<Tally> {
    let level = config.slo?;
    let from = match config.input {
        Input::Envelope => "envelope_time",
        Input::Detail => "sqs_sent",
    };
    let mut tally = Tally { from, ..Tally::default() };
    for ((record, outcome), ended) in records.iter().zip(&processed.outcomes).zip(&processed.ended) {
        if !is_final(outcome, record, level) {
            continue;
        }
        if !may_count(record, outcome) {
            tally.uncounted += 1;
            continue;
        }
        let envelope = Envelope::of(record, config.input);
        match outcome {
            _ if envelope.as_ref().is_some_and(Envelope::is_replayed) => tally.uncounted += 1,
            Outcome::Written => tally.stored(age(record, envelope.as_ref(), *ended, clock), level),
            _ => tally.not_stored += 1,
        }
    }
    Some(tally)
}

/// Whether a record measures the service level, as far as this is known without its body, which may be large. False for
/// records that made no new row and were not rejected, and for records redriven from a dead-letter queue by any tool.
fn may_count(record: &Record, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Written | Outcome::DeadLetter(_) | Outcome::Failed(_) => {
            !record.attributes.as_ref().is_some_and(was_dead)
        }
        Outcome::Duplicate | Outcome::FirstRetained | Outcome::Superseded | Outcome::Erased => false,
    }
}

/// Whether a record will not be received again: after the last receive, the queue moves it to the dead-letter queue.
fn is_final(outcome: &Outcome, record: &Record, level: ServiceLevel) -> bool {
    !matches!(outcome, Outcome::Failed(_)) || record.receive_count >= level.max_receives
}

/// The time from when the event was put on the bus until its row was written; without an envelope, from when its message
/// was sent. `None` if neither is known. The envelope's time is in whole seconds, so ages are up to one second too long.
fn age(
    record: &Record,
    envelope: Option<&Envelope<'_>>,
    ended: Option<Instant>,
    clock: Clock,
) -> Option<Duration> {
    let sent = || record.sent_at.and_then(|sent| Timestamp::from_millisecond(sent).ok());
    let from = envelope.and_then(|envelope| envelope.time.parse().ok()).or_else(sent)?;
    let written = clock.now.saturating_add(ended?.saturating_duration_since(clock.started)).ok()?;
    // A clock that is ahead does not make an age negative.
    Some(Duration::try_from(written.duration_since(from)).unwrap_or_default())
}

impl<'a> Envelope<'a> {
    /// The envelope of a body; `None` if the queue receives no envelopes.
    fn of(record: &'a Record, input: Input) -> Option<Self> {
        (input == Input::Envelope).then(|| serde_json::from_str(&record.body).ok()).flatten()
    }

    fn is_replayed(&self) -> bool {
        self.replay_name.is_some()
    }
}

impl Tally {
    fn stored(&mut self, age: Option<Duration>, level: ServiceLevel) {
        let Some(age) = age else {
            self.uncounted += 1;
            return;
        };
        let in_time = age <= Duration::from_secs(u64::from(level.stored_within_seconds));
        *(if in_time { &mut self.good } else { &mut self.late }) += 1;
        self.ages.push(age);
    }

    /// Adds these counts to the batch's log line. The alarms read `SloGood`, `SloBad` and `SloUncounted`.
    #[must_use]
    pub fn on(&self, batch: Document) -> Document {
        batch
            .field("stored_late", self.late)
            .field("not_stored", self.not_stored)
            .field("age_from", self.from)
            .count("SloGood", self.good)
            .count("SloBad", self.late + self.not_stored)
            .count("SloUncounted", self.uncounted)
            .durations("EventAge", &self.ages)
    }
}
