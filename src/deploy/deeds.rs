//! What was done to the messages of a stack's queues, and by whom: kept beside the record of its applies, for the history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::observer::{Notice, Observer};
use super::record::{Record, Skipped, folder, moment, names, read_newest};
use super::session::Session;
use crate::aws;
use crate::diagnostic::Failure;
use crate::package;

const VERSION: u32 = 1;
/// Below the folder of a stack's records.
const FOLDER: &str = "operations/";

/// One command that sent or removed messages. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    pub version: u32,
    /// When it began, in RFC 3339 and UTC.
    pub at: String,
    /// When it ended; `None`: it goes on, or was killed.
    pub ended: Option<String>,
    /// The caller's ARN.
    pub by: String,
    /// The spec, as it was given.
    pub spec: String,
    /// pipectl's version.
    pub pipectl: String,
    /// `redrive`, `edit`, `import` or `purge`; or `code-only`.
    pub operation: String,
    /// The queue whose messages they were.
    pub queue: String,
    /// The flags that chose them.
    pub chosen: String,
    /// How many SQS took where they were sent, and deleted where they were.
    pub sent: usize,
    pub deleted: usize,
    /// Whether it did all that it was to do.
    pub complete: bool,
}

impl Deed {
    /// When, for people.
    #[must_use]
    pub fn moment(&self) -> String {
        moment(&self.at)
    }
}

/// The note of what a command does: written before the first message moves, and once more at its end.
pub struct Ledger<'a> {
    session: &'a Session,
    deed: Deed,
    key: Option<String>,
    /// Why it could not be written.
    failed: Option<String>,
}

impl<'a> Ledger<'a> {
    /// Nothing is written yet.
    #[must_use]
    pub fn new(session: &'a Session, operation: &str, queue: &str, chosen: String) -> Self {
        let deed = Deed {
            version: VERSION,
            at: String::new(),
            ended: None,
            by: session.caller.clone(),
            spec: session.spec_path().to_string(),
            pipectl: env!("CARGO_PKG_VERSION").to_owned(),
            operation: operation.to_owned(),
            queue: queue.to_owned(),
            chosen,
            sent: 0,
            deleted: 0,
            complete: false,
        };
        Self { session, deed, key: None, failed: None }
    }

    /// Writes that it begins, the first time.
    pub async fn begin(&mut self) {
        if self.key.is_none() {
            let at = Timestamp::now();
            self.deed.at = at.to_string();
            let name = format!("{}-{}.json", at.strftime("%Y%m%dT%H%M%S%3fZ"), self.deed.operation);
            self.key = Some(format!("{}{FOLDER}{name}", folder(self.session)));
            self.write().await;
        }
    }

    /// Writes how it ended, where it began. What could not be written is reported.
    pub async fn end(mut self, sent: usize, deleted: usize, complete: bool, observer: &mut dyn Observer) {
        if self.key.is_none() {
            return;
        }
        (self.deed.sent, self.deed.deleted, self.deed.complete) = (sent, deleted, complete);
        self.deed.ended = Some(Timestamp::now().to_string());
        if self.failed.is_none() {
            self.write().await;
        }
        if let Some(error) = self.failed {
            let line = format!("  not recorded  this {}, in the history: {error}", self.deed.operation);
            observer.notice(Notice::Warning(&line));
        }
    }

    async fn write(&mut self) {
        let Some(key) = &self.key else { return };
        let bytes = serde_json::to_string(&self.deed).unwrap_or_default().into_bytes();
        let object = aws::Content { sha256: package::checksum(&bytes), bytes };
        let written = self.session.clients.write_artifact(&self.session.store, key, object).await;
        self.failed = written.err().map(|error| error.to_string());
    }
}

/// The newest applies and the newest of these, at most `most` of each, newest first; and the records of applies that cannot be
/// used. Of what was done to messages, what cannot be read is left out.
///
/// # Errors
/// What the calls say.
pub async fn newest_of_all(
    session: &Session,
    most: usize,
) -> Result<(Vec<Record>, Vec<Skipped>, Vec<Deed>), Failure> {
    let names = names(&session.clients, &session.store, &session.names.stack).await?;
    let (records, skipped) = read_newest(session, &names.applies, most).await?;
    let below = format!("{}{FOLDER}", folder(session));
    let mut deeds = Vec::new();
    for key in names.others.iter().rev().filter(|key| key.starts_with(&below)).take(most) {
        let object = session.clients.artifact(&session.store, key, None).await?;
        let deed: Option<Deed> = serde_json::from_slice(&object.bytes).ok();
        deeds.extend(deed.filter(|deed| deed.version == VERSION));
    }
    Ok((records, skipped, deeds))
}
