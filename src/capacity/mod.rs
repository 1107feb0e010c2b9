//! The capacity of a pipeline: spec × load → its limits, lowest first, and how long a backlog lasts. Pure.

mod concurrency;
mod drain;
mod limits;
mod quotas;

pub use drain::{Drain, OUTAGE, drain};
pub use limits::{Limit, capacity};

use crate::spec::Spec;

/// The load of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Events per second.
    pub average: f64,
    pub peak: f64,
    pub event_bytes: f64,
    /// The measured duration of an invocation, divided by the assumed one.
    pub slowness: f64,
}

impl Demand {
    /// The load that the spec's `load` expects.
    #[must_use]
    pub fn expected(spec: &Spec) -> Self {
        let load = spec.load();
        Self {
            average: load.events_per_day as f64 / 86_400.0,
            peak: f64::from(load.peak_events_per_second),
            event_bytes: f64::from(load.average_event_bytes),
            slowness: 1.0,
        }
    }

    /// Write units of one event's row.
    fn units(&self) -> f64 {
        (self.event_bytes / quotas::UNIT).ceil().max(1.0)
    }
}
