//! Why a message is dead: the processor's own decision, made once more, and a look at the row in its way.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor::config::Config;
use processor::decide::{Message, decide};

use crate::cli::Stop;
use crate::deploy::Session;
pub(super) use crate::operate::queued as body;
use crate::operate::{Letter, RowKey, look_up};
use crate::report::{LetterLine, preview};
use crate::spec::Spec;
use crate::validate::processor_config;

/// Looks for a row that a busy table gives no answer about.
const ATTEMPTS: u32 = 6;

/// The reason of a message whose row is there already, with the same content.
pub(super) const STORED: &str = "stored";
/// The reason of a message that would become a row now: it died of something that passes.
pub(super) const STORABLE: &str = "storable";
/// The reason of a message that would become a row now, unless one is in its way: the table could not be asked.
pub(super) const NOT_CHECKED: &str = "not-checked";
const CONFLICT: &str = "conflict";

/// A message and why it is dead.
pub(super) struct Explained {
    pub(super) letter: Letter,
    /// The processor's reason code, or [`STORED`], [`STORABLE`] or [`NOT_CHECKED`].
    pub(super) reason: &'static str,
    pub(super) explanation: String,
    /// Where its row is or will be.
    pub(super) key: Option<RowKey>,
    /// What its row has or will have.
    pub(super) content_sha256: Option<String>,
}

/// Explains messages by the spec as it is now.
pub(super) async fn explain(
    session: &Session,
    spec: &Spec,
    letters: Vec<Letter>,
) -> Result<Vec<Explained>, Stop> {
    let config = processor_config(spec);
    let now = Timestamp::now();
    let mut explained: Vec<Explained> =
        letters.into_iter().map(|letter| decided(&config, letter, now)).collect();
    let keys: Vec<RowKey> = explained.iter().filter_map(|one| one.key.clone()).collect();
    let names = (spec.event.partition_key.as_str(), spec.event.sort_key.as_str());
    let found = look_up(&session.clients, &session.names.table, names, keys, ATTEMPTS).await?;
    let rows: BTreeMap<&RowKey, Option<&str>> =
        found.rows.iter().map(|row| (&row.key, row.content_sha256.as_deref())).collect();
    for one in &mut explained {
        let Some(key) = &one.key else { continue };
        (one.reason, one.explanation) = match rows.get(key) {
            _ if found.unread.contains(key) => {
                (NOT_CHECKED, "the table is too busy to say whether its row is there".to_owned())
            }
            None => (STORABLE, "would be stored now: what it died of has passed".to_owned()),
            Some(there) if *there == one.content_sha256.as_deref() => {
                (STORED, "its row is there, with the same content".to_owned())
            }
            Some(_) => (CONFLICT, "its key is taken by an event with other content".to_owned()),
        };
    }
    Ok(explained)
}

/// What the processor says of a message; the table was not asked yet.
fn decided(config: &Config, letter: Letter, now: Timestamp) -> Explained {
    let body = body(config, &letter.body);
    let message =
        Message { body: &body, message_id: Some(&letter.message_id), receive_count: letter.receive_count };
    match decide(config, message, now) {
        Err(rejection) => Explained {
            letter,
            reason: rejection.reason.as_str(),
            explanation: rejection.message.clone(),
            key: None,
            content_sha256: None,
        },
        Ok(row) => Explained {
            letter,
            reason: NOT_CHECKED,
            explanation: String::new(),
            key: Some(RowKey { partition: row.partition_key, sort: row.sort_key }),
            content_sha256: Some(row.content_sha256),
        },
    }
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
