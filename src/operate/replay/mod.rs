//! Replays of the archive: how many events there are, how far a replay is, and the outcome of its events.

mod estimate;
mod handled;
mod stored;

pub use estimate::{Basis, Estimate, Rules, estimate};
pub use handled::{Handled, handled};
pub use stored::{Already, CountApi, TimeIndex, already_stored};

use serde::Serialize;

use crate::stack::CallError;

/// An archive as EventBridge describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveState {
    pub arn: String,
    /// The ARN of its bus.
    pub bus: String,
    /// `ENABLED`, and others.
    pub state: String,
    /// Seconds since 1970.
    pub created: Option<i64>,
    /// `None`: indefinitely.
    pub retention_days: Option<u32>,
    /// Up to a day old on AWS, like all of its counts.
    pub events: u64,
    pub bytes: u64,
}

impl ArchiveState {
    /// The latest possible start of the time that it covers.
    #[must_use]
    pub fn begin(&self, now: i64) -> i64 {
        let oldest = self.retention_days.map_or(0, |days| now - i64::from(days) * 86_400);
        oldest.max(self.created.unwrap_or(0))
    }
}

/// A span of time in whole seconds since 1970; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

/// A replay to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayRequest {
    pub name: String,
    /// ARNs of the archive and its bus.
    pub archive: String,
    pub bus: String,
    /// ARNs of the rules that get the events: no other rule on the bus does.
    pub rules: Vec<String>,
    pub span: Span,
}

/// A replay as EventBridge describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Replay {
    pub name: String,
    /// `STARTING`, `RUNNING`, `CANCELLING`, `COMPLETED`, `CANCELLED` or `FAILED`.
    pub state: String,
    pub reason: Option<String>,
    #[serde(skip)]
    pub span: Option<Span>,
    /// The time of the last event that was replayed, in seconds since 1970.
    #[serde(skip)]
    pub last_replayed: Option<i64>,
    /// In milliseconds since 1970.
    #[serde(skip)]
    pub started: Option<i64>,
}

impl Replay {
    #[must_use]
    pub fn is_over(&self) -> bool {
        ["COMPLETED", "CANCELLED", "FAILED"].contains(&self.state.as_str())
    }

    /// The replayed part of the span, from 0 to 100; `None` if EventBridge does not report it.
    #[must_use]
    pub fn percent(&self) -> Option<u8> {
        let Span { from, to } = self.span?;
        let done = (self.last_replayed? - from).clamp(0, (to - from).max(0));
        u8::try_from(done * 100 / (to - from).max(1)).ok()
    }
}

/// Archives and replays.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait ReplayApi {
    async fn archive(&self, name: &str) -> Result<ArchiveState, CallError>;
    /// The names of the unfinished replays of an archive, by its ARN.
    async fn running_replays(&self, archive: &str) -> Result<Vec<String>, CallError>;
    async fn replay(&self, name: &str) -> Result<Replay, CallError>;
    async fn start_replay(&self, request: &ReplayRequest) -> Result<(), CallError>;
    async fn cancel_replay(&self, name: &str) -> Result<(), CallError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_by_the_time_of_the_events() {
        let at = |last_replayed: Option<i64>| Replay {
            span: Some(Span { from: 1_000, to: 2_000 }),
            last_replayed,
            ..Replay::default()
        };
        let percents = [None, Some(900), Some(1_000), Some(1_255), Some(2_000), Some(9_000)];
        let percents = percents.map(|last| at(last).percent());
        assert_eq!(percents, [None, Some(0), Some(0), Some(25), Some(100), Some(100)]);
        let backwards = Replay { span: Some(Span { from: 2_000, to: 1_000 }), ..at(Some(1_500)) };
        assert_eq!(backwards.percent(), Some(0), "an answer that is not AWS's");
    }

    #[test]
    fn an_archive_holds_what_came_since_it_is_there_and_not_longer_than_it_keeps() {
        let archive = ArchiveState { created: Some(5_000), retention_days: Some(1), ..Default::default() };
        assert_eq!((archive.begin(10_000), archive.begin(200_000)), (5_000, 113_600));
        assert_eq!(ArchiveState { retention_days: None, ..archive }.begin(200_000), 5_000);
    }
}
