//! The processor's log for people who follow it: read in pages, each line once, and the content of a line.

mod entry;
mod follow;
mod platform;
mod seen;
mod sought;

pub use entry::{Entry, EntryKind, Level};
pub use follow::{LogUpdate, follow_log, read_log};
pub use sought::Sought;

use crate::stack::CallError;

/// A line of a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Unique to this line, whenever it is read.
    pub id: String,
    /// Milliseconds since 1970.
    pub at: i64,
    pub stream: String,
    pub text: String,
}

/// The part of a log group to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    pub group: String,
    /// Milliseconds since 1970, inclusive.
    pub from: i64,
    /// The same; `None`: without an end.
    pub to: Option<i64>,
    /// A filter pattern that every wanted line matches; others may match it too.
    pub pattern: Option<String>,
}

/// One page, in the order of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogEventsPage {
    pub events: Vec<LogEvent>,
    /// Token of the next call. A page may be empty and not the last.
    pub next: Option<String>,
}

/// Reads a log group, the oldest line first.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait LogEventsApi {
    async fn log_events(&self, query: &LogQuery, next: Option<String>) -> Result<LogEventsPage, CallError>;
}
