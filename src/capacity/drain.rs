//! How long the backlog of an outage takes.

use super::Demand;
use super::concurrency::Concurrency;
use super::limits::{Limit, warm_units};
use super::quotas::{FIRST_CONCURRENCY, TABLE_UNITS};
use crate::spec::Spec;
use crate::validate::AccountQuotas;

/// Seconds of an outage that is worked off.
pub const OUTAGE: f64 = 3600.0;
/// What bounds the events that wait in the queue already.
const BEHIND_THE_QUEUE: [&str; 3] = ["concurrency", "pollers", "status_index"];

/// How an outage of an hour is worked off, with events coming on as before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drain {
    /// Events a second that come.
    pub rate: f64,
    /// Events that wait when it is over.
    pub backlog: f64,
    /// Events a second that are stored then.
    pub speed: f64,
    /// Until none waits; `None`: they come as fast as they are stored.
    pub seconds: Option<f64>,
}

/// At this rate of events, all of which waited for an hour.
#[must_use]
pub fn drain(spec: &Spec, demand: &Demand, limits: &[Limit], rate: f64) -> Drain {
    // A table in use takes twice its former peak at once.
    let units = demand.units();
    let table =
        (2.0 * demand.peak * units).clamp(warm_units(spec), TABLE_UNITS.max(warm_units(spec))) / units;
    let behind = limits.iter().filter(|limit| BEHIND_THE_QUEUE.contains(&limit.name));
    let speed = behind.map(|limit| limit.events_per_second).fold(table, f64::min);
    let backlog = rate * OUTAGE;
    // Until all invocations run that are allowed to.
    let account = AccountQuotas::of(spec).concurrency.value;
    let slots = Concurrency::of(spec, demand, account).slots;
    let begin = f64::from(slots.saturating_sub(FIRST_CONCURRENCY)) / Concurrency::more_a_minute(spec) * 60.0;
    let seconds = (speed > rate).then(|| backlog / (speed - rate) + begin);
    Drain { rate, backlog, speed, seconds }
}
