//! Time as a value, so that tests need not wait.

use std::time::Duration;

/// The polling interval and timeout for following an operation.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The time between two polls of the stack. CloudFormation's describe calls allow about five a second for a whole
    /// account, so 2 s or more against AWS.
    pub interval: Duration,
    /// How long the service may be unreachable before following ends. The operation itself continues.
    pub patience: Duration,
}

impl Clock {
    /// The pause after this number of polls. The first pauses are short, so that a short operation is seen early.
    pub(super) fn pause(self, looks: u32) -> Duration {
        const FIRST: Duration = Duration::from_millis(100);
        self.interval.min(FIRST.saturating_mul(1 << looks.min(16)))
    }

    pub const AWS: Self = Self { interval: Duration::from_secs(2), patience: Duration::from_secs(300) };
    /// The local cloud finishes before the next poll, and does not restart by itself.
    pub const LOCAL: Self = Self { interval: Duration::from_millis(100), patience: Duration::from_secs(5) };
}
