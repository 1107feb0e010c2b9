//! Numbers that follow from `load` where the spec leaves them out.

use super::{Alarm, Load, Spec};

/// A number as written, or derived from `load` if the spec leaves it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sized {
    pub value: u32,
    /// How it was derived, for the reader of a template; `None` for a written value and for a plain default.
    pub why: Option<String>,
}

/// Milliseconds of one write, including the answer: DynamoDB's usual latency is lower, and a cold connection takes
/// longer.
const WRITE: u32 = 10;
/// Milliseconds of an invocation besides its writes.
const INVOCATION: u32 = 20;
/// A backlog is processed this many times faster than the peak creates it.
const HEADROOM: u64 = 10;
/// Fewer invocations save nothing.
const LEAST_CONCURRENCY: u64 = 10;
/// Lambda's own limits for a queue.
const CONCURRENCY: std::ops::RangeInclusive<u64> = 2..=1000;
/// Bytes of one invocation's payload (Lambda), and the bytes that SQS and Lambda add to each message.
const PAYLOAD: u32 = 6 * 1024 * 1024;
const OVERHEAD: u32 = 1024;
/// Messages of a standard queue that may be received and not yet deleted.
pub const IN_FLIGHT: u64 = 120_000;
/// Concurrent invocations that a queue causes if neither the spec nor provisioned pollers limit them (Lambda Developer
/// Guide, "Scaling behavior for Amazon SQS event source mappings").
pub const UNBOUNDED_CONCURRENCY: u32 = 1_250;
/// Concurrent invocations that one provisioned poller runs.
pub const PER_POLLER: u32 = 10;
/// Write units a second to one partition key that leave capacity for bursts: half of one partition's.
pub const UNITS_PER_SHARD: u64 = 500;
/// Bytes covered by one write unit.
const UNIT: u32 = 1024;
/// The schema's range of `table.status_index.shards`.
const SHARDS: std::ops::RangeInclusive<u64> = 1..=1000;
/// A number of waiting messages that needs no alarm.
const LEAST_DEPTH: u64 = 100;
const DEFAULT_DEPTH: u32 = 1000;

impl Spec {
    /// The expected traffic, with defaults where the spec has none.
    #[must_use]
    pub fn load(&self) -> Load {
        self.load.clone().unwrap_or_default()
    }

    /// The most concurrent invocations the queue causes; `None` if only the account's limit or the pollers apply.
    #[must_use]
    pub fn max_concurrency(&self) -> Option<Sized> {
        let processor = &self.processor;
        let batch = &processor.batch;
        if let Some(value) = batch.max_concurrency {
            return Some(Sized { value, why: None });
        }
        let reserved = u64::from(processor.reserved_concurrency.unwrap_or(u32::MAX));
        let load =
            self.load.as_ref().filter(|_| batch.pollers.is_none() && reserved >= *CONCURRENCY.start())?;
        let (size, milliseconds) = self.batch_at_peak(load);
        let peak = load.peak_events_per_second;
        let busy = self.busy()?;
        let most = reserved.min((IN_FLIGHT - 1) / u64::from(batch.size.max(1)));
        let value = (busy * HEADROOM).max(LEAST_CONCURRENCY).min(most);
        let why = format!(
            "{peak} events/s at the peak keep {busy} busy ({size} a batch, {milliseconds} ms each); {HEADROOM} times that works off a backlog"
        );
        Some(Sized { value: within(value, &CONCURRENCY), why: Some(why) })
    }

    /// The most concurrent invocations that the queue causes; `None`: nothing in the spec limits them.
    #[must_use]
    pub fn queue_concurrency(&self) -> Option<u32> {
        match &self.processor.batch.pollers {
            Some(pollers) => Some(pollers.max.saturating_mul(PER_POLLER)),
            None => self.max_concurrency().map(|sized| sized.value),
        }
    }

    /// The concurrent invocations at the peak; `None` without a `load`.
    #[must_use]
    pub fn busy(&self) -> Option<u64> {
        let load = self.load.as_ref()?;
        let (size, milliseconds) = self.batch_at_peak(load);
        let peak = u64::from(load.peak_events_per_second);
        Some((peak * u64::from(milliseconds)).div_ceil(u64::from(size) * 1000))
    }

    /// The messages of a full batch, and the milliseconds it takes.
    fn batch_at_peak(&self, load: &Load) -> (u32, u32) {
        let size = self.largest_batch(load.average_event_bytes);
        (size, self.invocation_milliseconds(size))
    }

    /// The most messages of one invocation for events of this size.
    #[must_use]
    pub fn largest_batch(&self, event_bytes: u32) -> u32 {
        self.processor.batch.size.min(PAYLOAD / event_bytes.saturating_add(OVERHEAD)).max(1)
    }

    /// The assumed duration in milliseconds of an invocation with this number of messages.
    #[must_use]
    pub fn invocation_milliseconds(&self, messages: u32) -> u32 {
        INVOCATION + WRITE * messages.div_ceil(self.processor.write_concurrency.max(1))
    }

    /// The number of partition keys that the index spreads a status over.
    #[must_use]
    pub fn shards(&self) -> Sized {
        // Without the index nothing limits one key.
        let load = self.load.as_ref().filter(|_| self.table.status_index.is_on());
        match (self.table.status_index.shards(), load) {
            (Some(value), _) => Sized { value, why: None },
            (None, None) => Sized { value: 1, why: None },
            (None, Some(load)) => {
                let units = load.peak_write_units();
                let why = format!(
                    "{units} write units/s at the peak, and one key takes {UNITS_PER_SHARD} with room for bursts"
                );
                Sized { value: within(load.shards_needed(), &SHARDS), why: Some(why) }
            }
        }
    }

    /// The depth of the queue at which the alarm fires; `None` if it is off.
    #[must_use]
    pub fn queue_depth_threshold(&self) -> Option<Sized> {
        let Alarm::On(alarm) = &self.alarms.queue_depth else { return None };
        Some(match (alarm.threshold, &self.load) {
            (Some(value), _) => Sized { value, why: None },
            (None, None) => Sized { value: DEFAULT_DEPTH, why: None },
            (None, Some(load)) => {
                let peak = load.peak_events_per_second;
                let value = (u64::from(peak) * 60).max(LEAST_DEPTH);
                let why =
                    format!("what {peak} events/s at the peak bring in a minute, {LEAST_DEPTH} at least");
                Sized { value: u32::try_from(value).unwrap_or(u32::MAX), why: Some(why) }
            }
        })
    }
}

impl Load {
    /// Write units a second that the table needs at the peak; its index needs as many again.
    #[must_use]
    pub fn peak_write_units(&self) -> u64 {
        u64::from(self.peak_events_per_second) * u64::from(self.average_event_bytes.div_ceil(UNIT))
    }

    /// The number of partition keys over which the index spreads the peak safely.
    #[must_use]
    pub fn shards_needed(&self) -> u64 {
        self.peak_write_units().div_ceil(UNITS_PER_SHARD).max(1)
    }
}

fn within(value: u64, bounds: &std::ops::RangeInclusive<u64>) -> u32 {
    u32::try_from(value.clamp(*bounds.start(), *bounds.end())).unwrap_or(u32::MAX)
}
