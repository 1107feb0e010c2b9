//! Why a message is dead: the processor's own decision, made once more, and a look at the row in its way.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor::config::Config;
use processor::decide::{Message, decide};
use processor::identity::Meeting;

use crate::cli::Stop;
use crate::deploy::Session;
pub(super) use crate::operate::queued as body;
use crate::operate::{Expected, KeyNames, Letter, Row, RowKey, look_up};
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
    /// Its row, where it can become one.
    pub(super) row: Option<Expected>,
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
    let keys: Vec<RowKey> = explained.iter().filter_map(|one| Some(one.row.as_ref()?.key.clone())).collect();
    let names = KeyNames::of(&config.event);
    let found = look_up(&session.clients, &session.names.table, names, keys, ATTEMPTS).await?;
    let rows: BTreeMap<&RowKey, &Row> = found.rows.iter().map(|row| (&row.key, row)).collect();
    for one in &mut explained {
        let Some(expected) = &one.row else { continue };
        let storable = (STORABLE, "would be stored now: what it died of has passed");
        let (reason, explanation) = match rows.get(&expected.key) {
            _ if found.unread.contains(&expected.key) => {
                (NOT_CHECKED, "the table is too busy to say whether its row is there")
            }
            None => storable,
            Some(row) => match expected.meets(row) {
                Meeting::Replaces => storable,
                Meeting::Same => (STORED, "its row is there, with the same content"),
                Meeting::Superseded => (STORED, "the row of a newer event is there"),
                Meeting::KeptFirst | Meeting::Conflict => {
                    (CONFLICT, "its key is taken by an event with other content")
                }
            },
        };
        (one.reason, one.explanation) = (reason, explanation.to_owned());
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
            row: None,
        },
        Ok(row) => Explained {
            letter,
            reason: NOT_CHECKED,
            explanation: String::new(),
            row: Some(Expected::of(&row, &config.event)),
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
