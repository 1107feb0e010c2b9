use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::{Duration, Instant};

use super::Stop;
use super::apply::interrupted;
use super::session::Session;
use crate::apply::Event;
use crate::diagnostic::Failure;
use crate::report::{Activity, Console, Format, Progress, event_json, event_line};

/// Columns the spinner and the name take from the picture's first line.
const MARGIN: usize = 18;
/// Between two drawings while nothing happens: the times go on.
const FRAME: Duration = Duration::from_millis(500);

/// Runs an operation that tells its events, and its failure to programs.
pub(super) async fn followed<T>(
    session: &Session,
    console: &mut Console,
    operation: impl AsyncFnOnce(&mut dyn FnMut(Event)) -> Result<T, Failure>,
) -> Result<T, Stop> {
    let follower = Follower::new(BTreeMap::new(), console);
    let mut tell = |event: Event| follower.tell(&event);
    let ended = follower.wait(operation(&mut tell)).await;
    let ended = ended.unwrap_or_else(|| Err(interrupted(&session.names.stack)));
    let ended = ended;
    if let Err(failure) = &ended {
        follower.failed(failure);
    }
    let told = follower.end();
    let ended = ended?;
    told?;
    Ok(ended)
}

/// Tells an operation's events as they come: lasting lines above a moving picture for people, one JSON object a line
/// for programs.
pub(super) struct Follower<'a> {
    seen: RefCell<Seen<'a>>,
    activity: Activity,
}

struct Seen<'a> {
    console: &'a mut Console,
    progress: Progress,
    broken: Option<io::Error>,
}

impl<'a> Follower<'a> {
    /// `changing`: the resources that change, with all the resources each refers to.
    pub(super) fn new(changing: BTreeMap<String, BTreeSet<String>>, console: &'a mut Console) -> Self {
        let activity = console.picture("stack");
        let progress = Progress::new(changing, Instant::now());
        Self { seen: RefCell::new(Seen { console, progress, broken: None }), activity }
    }

    pub(super) fn tell(&self, event: &Event) {
        let mut seen = self.seen.borrow_mut();
        let Seen { console, progress, broken } = &mut *seen;
        progress.see(event, Instant::now());
        if console.format == Format::Json {
            let line = event_json(event, jiff::Timestamp::now());
            *broken = broken.take().or(console.data(&line).err());
        } else if let Some(line) = event_line(event) {
            self.activity.above(console, &line);
        }
    }

    /// Waits for `operation` to end and keeps the picture moving meanwhile. `None`: Ctrl-C came first.
    pub(super) async fn wait<T>(&self, operation: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(operation);
        loop {
            self.draw();
            tokio::select! {
                ended = &mut operation => return Some(ended),
                _ = tokio::signal::ctrl_c() => return None,
                () = tokio::time::sleep(FRAME) => {}
            }
        }
    }

    fn draw(&self) {
        let seen = self.seen.borrow();
        let width = seen.console.width().saturating_sub(MARGIN).max(20);
        self.activity.draw(&seen.progress.lines(Instant::now(), width));
    }

    /// The last event of an operation that did not succeed, for programs; people read the failure itself.
    pub(super) fn failed(&self, failure: &Failure) {
        let json = self.seen.borrow().console.format == Format::Json;
        if let Some(first) = failure.diagnostics.first().filter(|_| json) {
            let (message, help) = (first.message.clone(), first.help.clone());
            self.tell(&Event::Failed { code: first.code.name, message, help });
        }
    }

    /// Takes the picture away. A reader that went away does not undo what was done; it only hears no more.
    pub(super) fn end(self) -> Result<(), Stop> {
        self.activity.clear();
        self.seen.into_inner().broken.map_or(Ok(()), |error| Err(Stop::Output(error)))
    }
}
