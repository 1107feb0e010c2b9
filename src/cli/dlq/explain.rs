//! Why a message is dead: the processor's own decision, made once more, and a look at the row in its way.

use jiff::Timestamp;
use processor::decide::{Message, decide};

use crate::cli::Stop;
use crate::deploy::Session;
pub(super) use crate::operate::queued as body;
use crate::operate::{Letter, RowKey, TableApi as _};
use crate::report::{LetterLine, preview};
use crate::spec::Spec;
use crate::validate::processor_config;

/// Keys of one look into the table (DynamoDB's BatchGetItem).
const KEYS: usize = 100;

/// The reason of a message whose row is there already, with the same content.
pub(super) const STORED: &str = "stored";
/// The reason of a message that would become a row now: it died of something that passes.
pub(super) const STORABLE: &str = "storable";
const CONFLICT: &str = "conflict";

/// A message and why it is dead.
pub(super) struct Explained {
    pub(super) letter: Letter,
    /// The processor's reason code, or [`STORED`], or [`STORABLE`].
    pub(super) reason: &'static str,
    pub(super) explanation: String,
    /// Where its row is or will be.
    pub(super) key: Option<RowKey>,
}

/// Explains messages by the spec as it is now.
pub(super) async fn explain(
    session: &Session,
    spec: &Spec,
    letters: Vec<Letter>,
) -> Result<Vec<Explained>, Stop> {
    let config = processor_config(spec);
    let now = Timestamp::now();
    let mut explained = Vec::new();
    let mut rows = Vec::new();
    for letter in letters {
        let body = body(&config, &letter.body);
        let message = Message {
            body: &body,
            message_id: Some(&letter.message_id),
            receive_count: letter.receive_count,
        };
        let (reason, explanation, row) = match decide(&config, message, now) {
            Err(rejection) => (rejection.reason.as_str(), rejection.message.clone(), None),
            Ok(row) => (STORABLE, String::new(), Some(row)),
        };
        let key = row
            .as_ref()
            .map(|row| RowKey { partition: row.partition_key.clone(), sort: row.sort_key.clone() });
        rows.push(row);
        explained.push(Explained { letter, reason, explanation, key });
    }
    let keys: Vec<RowKey> = explained.iter().filter_map(|one| one.key.clone()).collect();
    let names = (spec.event.partition_key.as_str(), spec.event.sort_key.as_str());
    let mut found = Vec::new();
    for keys in keys.chunks(KEYS) {
        let page = session.clients.rows(&session.names.table, names, keys).await;
        found.extend(page?);
    }
    for (one, row) in explained.iter_mut().zip(rows) {
        let (Some(row), Some(key)) = (row, &one.key) else { continue };
        let there = found.iter().find(|found| found.key == *key);
        (one.reason, one.explanation) = match there {
            None => (STORABLE, "would be stored now: what it died of has passed".to_owned()),
            Some(there) if there.content_sha256.as_deref() == Some(&row.content_sha256) => {
                (STORED, "its row is there, with the same content".to_owned())
            }
            Some(_) => (CONFLICT, "its key is taken by an event with other content".to_owned()),
        };
    }
    Ok(explained)
}

impl Explained {
    /// For people: without the payload's values, which may be personal.
    pub(super) fn line(&self, payload: bool) -> LetterLine {
        LetterLine {
            message_id: self.letter.message_id.clone(),
            sent_at: self.sent_at(),
            receive_count: self.letter.receive_count,
            reason: self.reason,
            explanation: self.explanation.clone(),
            preview: self.preview(),
            body: payload.then(|| self.letter.body.clone()),
        }
    }

    pub(super) fn sent_at(&self) -> Option<String> {
        let at = Timestamp::from_millisecond(self.letter.sent_at?).ok()?;
        Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    pub(super) fn preview(&self) -> String {
        preview(&self.letter.body)
    }
}
