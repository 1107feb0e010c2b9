use std::time::Duration;

use aws_config::timeout::TimeoutConfig;

/// The timeouts of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// One attempt, including its whole answer.
    attempt: Duration,
    /// All attempts, and the pauses in between.
    call: Duration,
}

/// CloudFormation's slowest calls take some seconds; six attempts with their pauses take half a minute.
pub(super) const CALL: Patience =
    Patience { attempt: Duration::from_secs(25), call: Duration::from_secs(75) };
/// The zip of a processor on a slow line: 50 MB at 2 Mbit/s.
pub(super) const TRANSFER: Patience =
    Patience { attempt: Duration::from_secs(240), call: Duration::from_secs(600) };

/// A program that gets credentials; it runs within the first attempt of the call that needs them.
pub(super) const PROCESS: Duration = Duration::from_secs(20);

pub(super) fn timeouts(patience: Patience) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(patience.attempt)
        .operation_timeout(patience.call)
        .build()
}
