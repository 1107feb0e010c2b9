//! Until when the work must be done.

use std::time::{Duration, Instant};

use super::LocalError;
use crate::interrupt;

/// The deadline for everything done here. Waiting code checks it, and what it waits for is ended when it is over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deadline {
    at: Option<Instant>,
}

impl Deadline {
    /// No deadline.
    pub const NONE: Self = Self { at: None };

    #[must_use]
    pub fn at(at: Option<Instant>) -> Self {
        Self { at }
    }

    /// Checks that work may continue.
    ///
    /// # Errors
    /// The deadline is over, or pipectl is asked to end.
    pub(super) fn check(self) -> Result<(), LocalError> {
        if let Some(signal) = interrupt::asked() {
            return Err(LocalError::Stopped { signal });
        }
        if self.at.is_some_and(|at| Instant::now() >= at) { Err(LocalError::Deadline) } else { Ok(()) }
    }

    /// The shorter of both durations.
    pub(super) fn within(self, longest: Duration) -> Duration {
        let left = self.at.map(|at| at.saturating_duration_since(Instant::now()));
        left.map_or(longest, |left| left.min(longest))
    }
}
