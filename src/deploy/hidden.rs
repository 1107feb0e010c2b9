//! Records until when this machine has hidden messages of a queue, so that the run after a killed one can report it.

use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::session::Session;
use super::state;
use crate::input::{self, Origin};
use crate::save::{self, Access, Link};

/// Added to a time before it is saved: a call may take a while to arrive, and the file is not written for each call.
const MARGIN: Duration = Duration::from_secs(10);
/// Bytes of such a file; a real one has fewer than a hundred.
const LARGEST: u64 = 4096;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    /// RFC 3339, in UTC.
    hidden_until: String,
}

/// The messages that this machine's runs hide in one queue.
pub struct HiddenRecord {
    path: Option<Utf8PathBuf>,
    former: Option<Timestamp>,
    noted: Option<Timestamp>,
}

impl HiddenRecord {
    /// Reads the record of earlier runs.
    #[must_use]
    pub fn open(session: &Session, queue: &str) -> Self {
        let path = state::file(session, "hidden-messages", queue);
        let former = path.as_ref().and_then(read).filter(|until| *until > Timestamp::now());
        Self { path, former, noted: None }
    }

    /// When the last message that an earlier run hid becomes visible again, at the latest; `None` if this machine hides
    /// none, or could not record it.
    #[must_use]
    pub fn former(&self) -> Option<Timestamp> {
        self.former.filter(|until| *until > Timestamp::now())
    }

    /// Records that messages are hidden, at most for this duration from now. If it cannot be saved, the next run does
    /// not know it.
    pub fn hides(&mut self, longest: Duration) {
        let until = Timestamp::now() + longest;
        if self.noted.is_some_and(|noted| noted >= until) {
            return;
        }
        let noted = until + MARGIN;
        self.noted = Some(noted);
        write(self.path.as_ref(), noted.max(self.former.unwrap_or(noted)));
    }

    /// Records that this run hides no messages any more. What another run recorded meanwhile is not changed.
    pub fn shows_all(&mut self) {
        let Some(path) = &self.path else { return };
        let written = self.noted.take().map(|noted| noted.max(self.former.unwrap_or(noted)));
        if written.is_none() || read(path) != written {
            return;
        }
        match self.former() {
            Some(former) => write(Some(path), former),
            None => {
                let _removed_before = fs_err::remove_file(path);
            }
        }
    }
}

fn read(path: &Utf8PathBuf) -> Option<Timestamp> {
    let file: File = serde_json::from_slice(&input::read(path, Origin::Private, LARGEST).ok()?).ok()?;
    (file.version == 1).then_some(())?;
    file.hidden_until.parse().ok()
}

fn write(path: Option<&Utf8PathBuf>, until: Timestamp) {
    let Some(path) = path else { return };
    let file = File { version: 1, hidden_until: until.to_string() };
    let text = serde_json::to_string(&file).unwrap_or_default();
    let _unknown_then = save::make_folder(path)
        .and_then(|()| save::replace(path, text.as_bytes(), Access::Owner, Link::Replace));
}
