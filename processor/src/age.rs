//! The service level: which events count, and whether each became a row in time.
//!
//! Every event is counted once, when what becomes of it is known. What is to be tried again is not counted yet; what never
//! comes so far, because the processor does not run, is for the alarms to see.

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

/// The events of one batch whose end is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// New rows in time.
    pub good: u64,
    /// New rows that came too late.
    pub late: u64,
    /// Events that are in the dead-letter queue now, or will be with this receive.
    pub not_stored: u64,
    /// What says nothing about the service: events that are no first delivery, and those that made no new row and were not
    /// refused either.
    pub uncounted: u64,
    /// How old each event was when its row was written, good and late ones.
    pub ages: Vec<Duration>,
    /// Where ages are counted from, for readers of the log.
    pub from: &'static str,
}

/// The moment at which a batch came, by two clocks.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// By the calendar.
    pub now: Timestamp,
    /// By the clock that writes are timed with.
    pub started: Instant,
}

/// What the envelope of EventBridge says of an event's time. As for [`crate::event::Event::of`], a body without `source` and
/// `detail-type` is a bare detail: its `time` is a field of its sender's.
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

/// Counts what became of `records`; `None` where the spec has no service level.
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

/// Whether a record measures the service, as far as that is known without its body, which may be large. What made no new row and
/// was not refused does not, nor what was sent back from a dead-letter queue, by whatever tool.
fn may_count(record: &Record, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Written | Outcome::DeadLetter(_) | Outcome::Failed(_) => {
            !record.attributes.as_ref().is_some_and(was_dead)
        }
        Outcome::Duplicate | Outcome::KeptFirst | Outcome::Superseded | Outcome::Erased => false,
    }
}

/// Whether a record does not come again: after its last receive the queue gives it up.
fn is_final(outcome: &Outcome, record: &Record, level: ServiceLevel) -> bool {
    !matches!(outcome, Outcome::Failed(_)) || record.receive_count >= level.max_receives
}

/// From when the event was put on the bus until its row was written; without an envelope, from when its message was sent.
/// `None` where neither is known. The envelope's time is in whole seconds, so ages are up to a second too long.
fn age(
    record: &Record,
    envelope: Option<&Envelope<'_>>,
    ended: Option<Instant>,
    clock: Clock,
) -> Option<Duration> {
    let sent = || record.sent_at.and_then(|sent| Timestamp::from_millisecond(sent).ok());
    let from = envelope.and_then(|envelope| envelope.time.parse().ok()).or_else(sent)?;
    let written = clock.now.saturating_add(ended?.saturating_duration_since(clock.started)).ok()?;
    // A clock that is ahead makes no event younger than new.
    Some(Duration::try_from(written.duration_since(from)).unwrap_or_default())
}

impl<'a> Envelope<'a> {
    /// That of a body; `None` where the queue receives none.
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

    /// The line of a batch with this on it: the alarms read `SloGood`, `SloBad` and `SloUncounted`.
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
