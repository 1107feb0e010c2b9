//! How long the backlog of an outage takes.

use super::Demand;
use super::concurrency::Concurrency;
use super::limits::{Limit, warm_units};
use super::quotas::{FIRST_CONCURRENCY, TABLE_UNITS};
use crate::spec::Spec;
use crate::validate::AccountQuotas;

/// Seconds of the outage whose backlog is computed.
pub const OUTAGE: f64 = 3600.0;
/// The limits of events that are already in the queue.
const BEHIND_THE_QUEUE: [&str; 3] = ["concurrency", "pollers", "status_index"];

/// How the backlog of an outage of an hour drains while events continue to arrive at the same rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drain {
    /// Events per second that arrive.
    pub rate: f64,
    /// Events in the queue when the outage ends.
    pub backlog: f64,
    /// Events per second that are stored from then on.
    pub speed: f64,
    /// Until the queue is empty; `None`: events arrive as fast as they are stored.
    pub seconds: Option<f64>,
}

/// The drain at this rate of events, after an outage of an hour.
#[must_use]
pub fn drain(spec: &Spec, demand: &Demand, limits: &[Limit], rate: f64) -> Drain {
    // A table in use accepts twice its former peak at once.
    let units = demand.units();
    let table =
        (2.0 * demand.peak * units).clamp(warm_units(spec), TABLE_UNITS.max(warm_units(spec))) / units;
    let behind = limits.iter().filter(|limit| BEHIND_THE_QUEUE.contains(&limit.name));
    let speed = behind.map(|limit| limit.events_per_second).fold(table, f64::min);
    let backlog = rate * OUTAGE;
    // Until Lambda has scaled up to all allowed invocations.
    let account = AccountQuotas::of(spec).concurrency.value;
    let slots = Concurrency::of(spec, demand, account).slots;
    let begin = f64::from(slots.saturating_sub(FIRST_CONCURRENCY)) / Concurrency::more_a_minute(spec) * 60.0;
    let seconds = (speed > rate).then(|| backlog / (speed - rate) + begin);
    Drain { rate, backlog, speed, seconds }
}
