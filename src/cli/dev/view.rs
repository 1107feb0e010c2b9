//! One scrolling view: results, log lines and errors in what was saved.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::Stop;
use super::super::reporter::Reporter;
use crate::deploy::{Notice, Observer, Question};
use crate::diagnostic::Failure;
use crate::operate::{Entry, EntryKind, Level, LogEvent};
use crate::report::{
    Console, DevEvent, Format, LogText, dev_json, dev_line, diagnostics_json, diagnostics_text, log_json,
};

/// How far back the log is read again, in milliseconds: lines arrive late.
const AGAIN: i64 = 5_000;

/// Shows one event.
pub(super) fn show_event(event: &DevEvent, console: &mut Console) {
    let at = Timestamp::now();
    console.line(&match console.format {
        Format::Human => dev_line(event, at),
        Format::Json => dev_json(event, at),
    });
}

/// Shows an error, and continues.
///
/// # Errors
/// stdout is closed.
pub(super) fn complain(stop: Stop, console: &mut Console) -> Result<(), Stop> {
    let failure = match stop {
        Stop::Failure(failure) => failure,
        output @ Stop::Output(_) => return Err(output),
    };
    match console.format {
        Format::Human => console.complain(&diagnostics_text(&failure.diagnostics, &failure.sources)),
        Format::Json => console.line(&diagnostics_json(&failure.diagnostics, &failure.sources)),
    }
    Ok(())
}

/// The report of a deploy. From the second one on, it omits what is the same each time.
pub(super) struct Hushed<'a, 'b> {
    pub(super) reporter: &'a mut Reporter<'b>,
    pub(super) is_hushed: bool,
}

impl Observer for Hushed<'_, '_> {
    fn notice(&mut self, notice: Notice<'_>) {
        let is_usual =
            matches!(notice, Notice::Begins(_) | Notice::Doing(_) | Notice::Ends(_) | Notice::Line(_));
        if !(self.is_hushed && is_usual) {
            self.reporter.notice(notice);
        }
    }

    fn ask(&mut self, question: &Question) -> Result<(), Failure> {
        self.reporter.ask(question)
    }

    fn deadline(&self) -> Option<Instant> {
        self.reporter.deadline()
    }

    fn tick(&mut self) {
        self.reporter.tick();
    }
}

/// The log lines that were shown, with their times.
pub(super) struct Seen {
    from: i64,
    lines: BTreeMap<String, i64>,
    text: Option<LogText>,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self { from: Timestamp::now().as_millisecond(), lines: BTreeMap::new(), text: None }
    }

    /// Shows a line once. Metrics and Lambda's own lines are left to `pipectl logs`.
    pub(super) fn show(&mut self, event: &LogEvent, console: &mut Console) {
        if self.lines.insert(event.id.clone(), event.at).is_some() {
            return;
        }
        let entry = Entry::read(&event.text);
        let matters = entry.kind == EntryKind::Record || entry.level >= Level::Warn;
        if !matters && !console.verbose {
            return;
        }
        let (columns, verbose) = (console.columns(), console.verbose);
        let text = self.text.get_or_insert_with(|| LogText::new(TimeZone::system(), columns, verbose));
        let line = match console.format {
            Format::Human => text.line(event, &entry),
            Format::Json => log_json(event, &entry),
        };
        console.line(&line);
    }

    /// The time from which the log is read next.
    pub(super) fn again(&mut self) -> i64 {
        let newest = self.lines.values().max().copied().unwrap_or(self.from);
        self.from = self.from.max(newest - AGAIN);
        let from = self.from;
        self.lines.retain(|_, at| *at >= from);
        from
    }
}
