//! One view that scrolls: results, log lines and what is wrong with what was saved.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::super::Stop;
use super::super::reporter::Reporter;
use super::samples::follow;
use super::turn::{Live, Work};
use super::watch::Change;
use crate::deploy::{Notice, Observer, Question};
use crate::diagnostic::Failure;
use crate::operate::{Entry, EntryKind, Level, LogEvent, LogQuery, Told, follow_log};
use crate::report::{
    Console, DevEvent, Format, LogText, Turned, dev_json, dev_line, diagnostics_json, diagnostics_text,
    log_json,
};

/// Between two looks at the log.
const INTERVAL: Duration = Duration::from_millis(500);
/// How far back the log is read again: lines come late.
const AGAIN: i64 = 5_000;

/// Shows one event.
pub(super) fn say(event: &DevEvent, console: &mut Console) {
    let at = Timestamp::now();
    console.line(&match console.format {
        Format::Human => dev_line(event, at),
        Format::Json => dev_json(event, at),
    });
}

/// Shows what is wrong, and goes on.
///
/// # Errors
/// Nobody reads any more.
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

/// A deploy's report, and once the first one was made, without what is the same each time.
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

/// Lines of the log that were shown, with their times.
pub(super) struct Seen {
    from: i64,
    lines: BTreeMap<String, i64>,
    text: Option<LogText>,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self { from: Timestamp::now().as_millisecond(), lines: BTreeMap::new(), text: None }
    }

    /// Shows a line once. Metrics and what Lambda says of every invocation are for `pipectl logs`.
    fn show(&mut self, event: &LogEvent, console: &mut Console) {
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

    /// What is read again from now on.
    fn again(&mut self) -> i64 {
        let newest = self.lines.values().max().copied().unwrap_or(self.from);
        self.from = self.from.max(newest - AGAIN);
        let from = self.from;
        self.lines.retain(|_, at| *at >= from);
        from
    }
}

/// What is to be shown.
enum Shown {
    Event(DevEvent),
    Log(LogEvent),
}

impl From<Turned> for Shown {
    fn from(turned: Turned) -> Self {
        Self::Event(turned.into())
    }
}

impl Work<'_> {
    /// Shows results and log until something changes; `None`: with `--once`, when all results are there.
    pub(super) async fn observe(&mut self, console: &mut Console) -> Result<Option<Change>, Stop> {
        let Some(Live { session, config, .. }) = &self.live else { return Ok(None) };
        let (tell, mut shown) = mpsc::unbounded_channel::<Shown>();
        let query =
            LogQuery { group: session.names.log_group.clone(), from: self.seen.again(), pattern: None };
        let lines = tell.clone();
        let mut line = |told: Told<'_>| {
            let shown = match told {
                Told::Line(event) => Shown::Log(event),
                Told::Lost(error) => Shown::Event(DevEvent::LogLost(error.to_string())),
                Told::Back => return ControlFlow::Continue(()),
            };
            if lines.send(shown).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let log = follow_log(&session.clients, query, INTERVAL, &mut line);
        let results = follow(session, config, &mut self.pending, tell.clone());
        let changed = self.watched.changed();
        tokio::pin!(log, results, changed);
        let (mut reads, mut waits) = (true, true);
        loop {
            tokio::select! {
                biased;
                Some(one) = shown.recv() => match one {
                    Shown::Event(event) => say(&event, console),
                    Shown::Log(event) => self.seen.show(&event, console),
                },
                ended = &mut results, if waits => {
                    waits = false;
                    if let Err(error) = ended {
                        complain(error.into(), console)?;
                    }
                }
                ended = &mut log, if reads => {
                    reads = false;
                    if let Err(error) = ended {
                        say(&DevEvent::LogLost(error.to_string()), console);
                    }
                }
                () = std::future::ready(()), if !waits && self.arguments.once => return Ok(None),
                change = &mut changed => return Ok(Some(change)),
            }
        }
    }
}
