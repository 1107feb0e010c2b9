use std::io;

use super::Stop;
use crate::apply::Event;
use crate::diagnostic::Failure;
use crate::report::{Activity, Console, Format, event_activity, event_json, event_line};

/// Tells an operation's events as they come: lines above a moving one for people, one JSON object a line for
/// programs.
pub(super) struct Follower<'a> {
    console: &'a mut Console,
    activity: Activity,
    broken: Option<io::Error>,
}

impl<'a> Follower<'a> {
    pub(super) fn new(name: &str, console: &'a mut Console) -> Self {
        let activity = console.activity(name);
        Self { console, activity, broken: None }
    }

    pub(super) fn tell(&mut self, event: Event) {
        if let Some(words) = event_activity(&event) {
            self.activity.update(&words);
        }
        if self.console.format == Format::Json {
            let line = event_json(&event, jiff::Timestamp::now());
            self.broken = self.broken.take().or(self.console.data(&line).err());
        } else if let Some(line) = event_line(&event) {
            self.activity.above(self.console, &line);
        }
    }

    /// The last event of an operation that did not succeed, for programs; people read the failure itself.
    pub(super) fn failed(&mut self, failure: &Failure) {
        let first = failure.diagnostics.first().filter(|_| self.console.format == Format::Json);
        if let Some(first) = first {
            let (message, help) = (first.message.clone(), first.help.clone());
            self.tell(Event::Failed { code: first.code.name, message, help });
        }
    }

    /// Takes the moving line away. A reader that went away does not undo what was done; it only hears no more.
    pub(super) fn end(self) -> Result<(), Stop> {
        self.activity.clear();
        self.broken.map_or(Ok(()), |error| Err(Stop::Output(error)))
    }
}
