//! Events → the bytes, units and requests that services bill.

use crate::spec::{Lifetime, MeasuredLoad, Projected, ProjectedWord, Spec};

/// Days of a month.
pub(super) const DAYS: f64 = 30.0;
pub(super) const SECONDS: f64 = DAYS * 86_400.0;
/// Days of storage that are counted for data without an expiry: the bill after a year.
pub(super) const YEAR: f64 = 365.0;
/// Bytes that SQS and EventBridge bill as one: 64 KiB (SQS and EventBridge pricing pages).
const CHUNK: f64 = 65_536.0;
/// Pollers that Lambda runs on a queue (Lambda Developer Guide, "Scaling behavior for Amazon SQS event source
/// mappings").
const POLLERS: u32 = 5;
/// Seconds that an idle poller waits in one request: SQS's longest.
const WAIT: f64 = 20.0;
/// Messages that one request deletes.
const DELETED: f64 = 10.0;
/// Bytes of one write unit, and the bytes that DynamoDB adds to each item it stores (DynamoDB Developer Guide, "Item
/// sizes").
const UNIT: f64 = 1024.0;
const ITEM: f64 = 100.0;
/// Bytes of a row's keys in an index.
const KEYS: f64 = 200.0;
/// Bytes of the log lines of one invocation by Lambda and the processor, and of the write times in them for each event.
const LOG: f64 = 1500.0;
const LOG_OF_EVENT: f64 = 8.0;

/// A pipeline's activity in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    pub events: f64,
    pub event_bytes: f64,
    pub invocations: f64,
    /// The duration of an invocation.
    pub milliseconds: f64,
    /// Requests that receive messages from the queue, and those that delete them.
    pub receives: f64,
    pub deletes: f64,
    /// Requests that received no messages.
    pub empty_receives: f64,
    pub table_writes: f64,
    pub index_writes: f64,
    /// Bytes stored once as many rows expire as arrive.
    pub table_bytes: f64,
    pub index_bytes: f64,
    pub log_bytes: f64,
}

impl Traffic {
    /// The traffic that the spec's `load` expects, multiplied by `times`.
    #[must_use]
    pub fn expected(spec: &Spec, times: u32) -> Self {
        let load = spec.load();
        let bytes = f64::from(load.average_event_bytes);
        let day = load.events_per_day as f64 * f64::from(times);
        let events = day * DAYS;
        // A batch has its first event, and those that the same poller finds within the window.
        let pollers = pollers(spec);
        let window = f64::from(spec.processor.batch.window_seconds);
        let batch = 1.0 + day / 86_400.0 * window / pollers;
        let batch = batch.min(f64::from(spec.largest_batch(load.average_event_bytes)));
        let invocations = events / batch;
        let rows = day * retention_days(spec);
        let row = bytes + ITEM;
        Self {
            events,
            event_bytes: bytes,
            invocations,
            milliseconds: f64::from(spec.invocation_milliseconds(batch.ceil() as u32)),
            receives: events * chunks(bytes),
            deletes: invocations * (batch / DELETED).ceil(),
            empty_receives: pollers * SECONDS / WAIT,
            table_writes: events * units(bytes),
            index_writes: events * held(spec, bytes).map(units).sum::<f64>(),
            table_bytes: rows * row,
            index_bytes: rows * held(spec, bytes).map(|held| held + ITEM).sum::<f64>(),
            log_bytes: invocations * LOG + events * LOG_OF_EVENT,
        }
    }

    /// The measured traffic, multiplied by `times`. Empty receives are not multiplied.
    #[must_use]
    pub fn measured(measured: &MeasuredLoad, times: u32) -> Self {
        let times = f64::from(times);
        let mean = |sum: f64, count: f64| if count > 0.0 { sum / count } else { 0.0 };
        let bytes = mean(measured.sent_bytes, measured.sent);
        let batch = mean(measured.received, measured.invocations).max(1.0);
        Self {
            events: measured.sent * times,
            event_bytes: bytes,
            invocations: measured.invocations * times,
            milliseconds: mean(measured.milliseconds, measured.invocations),
            receives: measured.received * times * chunks(bytes),
            deletes: measured.deleted.min(measured.invocations * (batch / DELETED).ceil()) * times,
            empty_receives: measured.empty_receives,
            table_writes: measured.table_writes * times,
            index_writes: measured.index_writes * times,
            table_bytes: measured.table_bytes * times,
            index_bytes: measured.index_bytes * times,
            log_bytes: measured.log_bytes * times,
        }
    }

    /// How many 64 KiB chunks an event is billed as.
    pub(super) fn chunks(&self) -> f64 {
        chunks(self.event_bytes)
    }
}

/// Pollers of the queue, whether or not it has messages.
pub(super) fn pollers(spec: &Spec) -> f64 {
    f64::from(spec.processor.batch.pollers.as_ref().map_or(POLLERS, |pollers| pollers.min))
}

fn chunks(bytes: f64) -> f64 {
    (bytes / CHUNK).ceil().max(1.0)
}

fn units(bytes: f64) -> f64 {
    (bytes / UNIT).ceil().max(1.0)
}

fn retention_days(spec: &Spec) -> f64 {
    match spec.table.ttl_days {
        Lifetime::Days(days) => f64::from(days),
        Lifetime::None(_) => YEAR,
    }
}

/// For each index, the most bytes of a row that it stores.
fn held(spec: &Spec, row: f64) -> impl Iterator<Item = f64> {
    let status = spec.table.status_index.is_on().then_some(row);
    let further = spec.table.indexes.iter().map(move |index| match &index.project {
        Projected::Word(ProjectedWord::Keys) => KEYS.min(row),
        Projected::Word(ProjectedWord::All) | Projected::Attributes(_) => row,
    });
    status.into_iter().chain(further)
}
