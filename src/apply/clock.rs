//! Time as a value, so that tests need not wait.

use std::time::Duration;

/// How time passes for whoever follows an operation.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Between two looks at the stack. CloudFormation's describe calls allow about five a second for a whole
    /// account, so 2 s or more against AWS.
    pub interval: Duration,
    /// How long the service may be out of reach before following ends; the operation goes on without us.
    pub patience: Duration,
}

impl Clock {
    /// How long to wait after so many looks: an operation that is soon done is soon seen.
    pub(super) fn pause(self, looks: u32) -> Duration {
        const FIRST: Duration = Duration::from_millis(100);
        self.interval.min(FIRST.saturating_mul(1 << looks.min(16)))
    }

    pub const AWS: Self = Self { interval: Duration::from_secs(2), patience: Duration::from_secs(300) };
    /// The local cloud is done before the next look, and when it is gone it does not come back by itself.
    pub const LOCAL: Self = Self { interval: Duration::from_millis(100), patience: Duration::from_secs(5) };
}
