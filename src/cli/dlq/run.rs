//! One run over a dead-letter queue: its progress, what it records in case it is killed, and the messages that it could
//! not see.

use std::cell::Cell;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::cli::Stop;
use crate::deploy::{HiddenRecord, Session};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{DeadLetter, Depth, QueueApi as _, QueueObserver, look_through};
use crate::report::{Activity, Console};
use crate::stack::CallErrorKind;

pub(in crate::cli) struct QueueRun<'a> {
    record: HiddenRecord,
    /// Set when the user asks to end.
    stops: &'a Cell<bool>,
    /// The queue's depth before the first receive; `None` if the caller may not read it.
    before: Option<Depth>,
    seen: usize,
    begun: Instant,
    activity: Option<Activity>,
}

impl<'a> QueueRun<'a> {
    /// Begins a run.
    ///
    /// # Errors
    /// The queue's depth cannot be read, for another reason than a missing permission.
    pub(in crate::cli) async fn begin(
        session: &Session,
        queue: &str,
        stops: &'a Cell<bool>,
        console: &mut Console,
    ) -> Result<Self, Stop> {
        let before = match session.clients.depth(queue).await {
            Ok(depth) => Some(depth),
            Err(error) if error.kind == CallErrorKind::Denied => {
                console.complain(&format!("  not checked   whether messages are hidden: {error}"));
                None
            }
            Err(error) => return Err(error.into()),
        };
        let record = HiddenRecord::open(session, queue);
        let activity = Some(console.activity("dead letters"));
        Ok(Self { record, stops, before, seen: 0, begun: Instant::now(), activity })
    }

    /// Clears the progress line.
    pub(in crate::cli) fn clear(&mut self) {
        if let Some(activity) = self.activity.take() {
            activity.clear();
        }
    }

    /// Reads the whole queue, as [`look_through`] does, and clears the progress line.
    pub(in crate::cli) async fn look_through(
        &mut self,
        session: &Session,
        queue: &str,
        wanted: usize,
        see: impl AsyncFnMut(Vec<DeadLetter>) -> Result<usize, Stop>,
    ) -> Result<(), Stop> {
        let read = look_through(&session.clients, queue, wanted, self, see).await;
        self.clear();
        read
    }

    /// Shows the progress line again.
    pub(in crate::cli) fn resume(&mut self, console: &mut Console) {
        self.activity = Some(console.activity("dead letters"));
    }

    fn show(&self, words: &str) {
        if let Some(activity) = &self.activity {
            activity.update(words);
        }
    }

    /// A number out of the queue's initial depth.
    fn of_all(&self, count: usize) -> String {
        match self.before {
            Some(Depth { visible, .. }) if visible >= count as u64 => format!("{count} of {visible}"),
            _ => count.to_string(),
        }
    }

    pub(in crate::cli) fn is_stopped(&self) -> bool {
        self.stops.get()
    }

    /// Messages that were in the queue and could not be seen. SQS's count is a moment late, so messages that were seen
    /// are never counted as hidden.
    pub(in crate::cli) fn hidden(&self) -> Hidden {
        let Depth { visible, in_flight } = self.before.unwrap_or_default();
        let count = in_flight.min((visible + in_flight).saturating_sub(self.seen as u64));
        Hidden { count, until: self.record.former() }
    }
}

impl QueueObserver for QueueRun<'_> {
    fn seen(&mut self, count: usize) {
        self.seen = self.seen.max(count);
        self.show(&format!("{} read", self.of_all(count)));
    }

    fn moved(&mut self, count: usize) {
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        self.show(&format!("{} done, {:.0} a second", self.of_all(count), count as f64 / seconds));
    }

    fn hides(&mut self, longest: Duration) {
        self.record.hides(longest);
    }

    fn shows_all(&mut self) {
        self.record.shows_all();
    }

    fn ends(&self) -> bool {
        self.is_stopped()
    }
}

/// Messages that a reader received and neither released nor deleted: a run that was killed, or another that still runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::cli) struct Hidden {
    pub(in crate::cli) count: u64,
    /// When the last message that this machine hid becomes visible, at the latest; `None`: unknown.
    until: Option<Timestamp>,
}

impl Hidden {
    /// What two searches could not see: the larger of both.
    pub(in crate::cli) fn or_more(self, other: Self) -> Self {
        if other.count > self.count { other } else { self }
    }

    /// RFC 3339, in UTC and whole seconds.
    pub(in crate::cli) fn until(&self) -> Option<String> {
        let until = self.until.filter(|_| self.count > 0)?;
        Some(until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    pub(in crate::cli) fn words(&self) -> String {
        let Self { count, .. } = self;
        let verb = if *count == 1 { "is" } else { "are" };
        match self.until() {
            Some(until) => format!(
                "{count} {verb} hidden: a run on this machine received them and did not release them; they become visible by {until} at the latest"
            ),
            None => format!(
                "{count} {verb} hidden: another reader received them and did not release them; when they become visible is unknown"
            ),
        }
    }

    /// The failure of a command that should have processed every message.
    pub(in crate::cli) fn failure(&self, next: &str) -> Stop {
        let when =
            self.until().map_or_else(|| "in a few minutes".to_owned(), |until| format!("after {until}"));
        let diagnostic =
            Diagnostic::error(codes::DLQ_HIDDEN, format!("not all messages were checked: {}", self.words()));
        let help = format!("run `{next}` again {when}");
        Stop::Failure(Failure::new(Exit::Busy, diagnostic.help(help)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_received_before_are_reported_with_their_end() {
        let known = Hidden { count: 380, until: Some("2026-11-27T10:00:05.5Z".parse().expect("an instant")) };
        assert_eq!(known.until().as_deref(), Some("2026-11-27T10:00:05Z"));
        assert!(known.words().starts_with("380 are hidden: a run on this machine"), "{}", known.words());
        assert!(known.words().ends_with("by 2026-11-27T10:00:05Z at the latest"));
        let unknown = Hidden { count: 1, until: None };
        assert!(unknown.words().starts_with("1 is hidden") && unknown.words().ends_with("is unknown"));
        assert_eq!(Hidden { count: 0, ..known }.until(), None);
    }

    #[test]
    fn a_later_look_that_missed_messages_counts_and_one_that_missed_none_takes_nothing_back() {
        let [none, some] = [0, 3].map(|count| Hidden { count, until: None });
        assert_eq!((none.or_more(some), some.or_more(none)), (some, some));
    }
}
