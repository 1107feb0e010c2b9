//! What is shown between two changes: the results of the samples, and the log.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::sync::mpsc;

use super::super::Stop;
use super::events::follow;
use super::turn::{Live, Work};
use super::view::{Seen, complain, show_event};
use super::watch::Change;
use crate::operate::{LogEvent, LogQuery, LogUpdate, follow_log};
use crate::report::{Console, DevEvent, Turned};

/// The time between two polls of the log.
const INTERVAL: Duration = Duration::from_millis(500);

/// A result or a log line.
enum Shown {
    Event(DevEvent),
    Log(LogEvent),
}

impl From<Turned> for Shown {
    fn from(turned: Turned) -> Self {
        Self::Event(turned.into())
    }
}

impl Shown {
    fn show(self, seen: &mut Seen, console: &mut Console) {
        match self {
            Self::Event(event) => show_event(&event, console),
            Self::Log(event) => seen.show(&event, console),
        }
    }
}

impl Work<'_> {
    /// Shows results and log until something changes; `None`: with `--once`, when all results are there.
    pub(super) async fn observe(&mut self, console: &mut Console) -> Result<Option<Change>, Stop> {
        let Some(Live { session, config, .. }) = &self.live else { return Ok(None) };
        let (sender, mut shown) = mpsc::unbounded_channel::<Shown>();
        let query = LogQuery {
            group: session.names.log_group.clone(),
            from: self.seen.again(),
            to: None,
            pattern: None,
        };
        let lines = sender.clone();
        let mut line = |update: LogUpdate<'_>| {
            let shown = match update {
                LogUpdate::Line(event) => Shown::Log(event),
                LogUpdate::Lost(error) => Shown::Event(DevEvent::LogLost(error.to_string())),
                LogUpdate::Back => return ControlFlow::Continue(()),
            };
            if lines.send(shown).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let log = follow_log(&session.clients, query, INTERVAL, &mut line);
        let results = follow(session, config, &mut self.pending, sender.clone());
        let changed = self.watched.changed();
        tokio::pin!(log, results, changed);
        let (mut reads, mut waits) = (true, true);
        let end = loop {
            tokio::select! {
                biased;
                Some(one) = shown.recv() => one.show(&mut self.seen, console),
                ended = &mut results, if waits => {
                    waits = false;
                    if let Err(error) = ended {
                        complain(error.into(), console)?;
                    }
                }
                ended = &mut log, if reads => {
                    reads = false;
                    if let Err(error) = ended {
                        show_event(&DevEvent::LogLost(error.to_string()), console);
                    }
                }
                () = std::future::ready(()), if !waits && self.arguments.once => break None,
                change = &mut changed => break Some(change),
            }
        };
        drain(&mut shown, |one| one.show(&mut self.seen, console));
        Ok(end)
    }
}

/// Shows the results that arrived while the loop ended. They are no longer in `pending` and would be lost.
fn drain<T>(shown: &mut mpsc::UnboundedReceiver<T>, mut show: impl FnMut(T)) {
    while let Ok(one) = shown.try_recv() {
        show(one);
    }
}
