//! The counts of one batch.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::age::Tally;
use crate::batch::{Outcome, Processed};
use crate::reason::{Class, Reason};

/// Counts of one batch. Every record is counted in exactly one of the first seven.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// New rows.
    pub written: u64,
    /// Duplicates.
    pub duplicates: u64,
    /// Older events, where the newer one is stored.
    pub superseded: u64,
    /// Events of keys that were erased on request.
    pub erased: u64,
    /// Keys taken by other content, whether the record failed or the first row was retained.
    pub conflicts: u64,
    /// Other permanent failures.
    pub rejected: u64,
    /// Transient failures.
    pub failed: u64,
    /// How many of these were sent to the dead-letter queue.
    pub dead_letters: u64,
    /// Writes that the table throttled at least once, including those that then succeeded.
    pub throttles: u64,
    /// Failures and conflicts by the code of their reason.
    pub reasons: BTreeMap<&'static str, u64>,
    /// The duration of each write, whatever its outcome.
    pub latencies: Vec<Duration>,
    /// The events by the spec's service level; `None` if it has none.
    pub service: Option<Tally>,
}

impl Summary {
    /// Counts `processed`.
    #[must_use]
    pub fn of(processed: &Processed) -> Self {
        let mut summary = Self::default();
        for outcome in &processed.outcomes {
            summary.count(outcome);
        }
        for write in &processed.writes {
            summary.throttles += u64::from(write.throttled);
            summary.latencies.push(write.latency);
        }
        summary
    }

    /// All records.
    #[must_use]
    pub fn records(&self) -> u64 {
        let done = self.written + self.duplicates + self.superseded + self.erased;
        done + self.conflicts + self.rejected + self.failed
    }

    fn count(&mut self, outcome: &Outcome) {
        let (counter, reason) = match outcome {
            Outcome::Written => (&mut self.written, None),
            Outcome::Duplicate => (&mut self.duplicates, None),
            Outcome::Superseded => (&mut self.superseded, None),
            Outcome::Erased => (&mut self.erased, None),
            Outcome::FirstRetained => (&mut self.conflicts, Some(Reason::Conflict)),
            Outcome::Failed(failure) | Outcome::DeadLetter(failure) => {
                self.dead_letters += u64::from(matches!(outcome, Outcome::DeadLetter(_)));
                let counter = match (failure.reason, failure.reason.class()) {
                    (Reason::Conflict, _) => &mut self.conflicts,
                    (_, Class::Permanent) => &mut self.rejected,
                    (_, Class::Transient) => &mut self.failed,
                };
                (counter, Some(failure.reason))
            }
        };
        *counter += 1;
        if let Some(reason) = reason {
            *self.reasons.entry(reason.as_str()).or_default() += 1;
        }
    }
}
