//! Why a message is dead: what the processor wrote on it; its own decision, made once more; and a look at the row in its way.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor::config::Config;
use processor::decide::{Message, decide, without_dropped};
use processor::identity::Meeting;
use processor::mapping::Mapping;
use processor::reason::Reason;

use super::explained::{Explained, first};
use crate::cli::Stop;
use crate::deploy::Session;
pub(super) use crate::operate::queued as body;
use crate::operate::{Expected, KeyNames, Letter, Row, RowKey, look_up};
use crate::report::preview;
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

/// Explains messages by the spec as it is now: each by itself as it is read, then all of them by the table.
pub(super) struct Explaining {
    config: Config,
    now: Timestamp,
    /// Keeps bodies.
    payload: bool,
    found: Vec<Explained>,
    /// Where each message is among those, by its id.
    known: BTreeMap<String, usize>,
}

impl Explaining {
    pub(super) fn new(spec: &Spec, payload: bool) -> Self {
        Self {
            config: processor_config(spec),
            now: Timestamp::now(),
            payload,
            found: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    /// A message that is there twice is seen once.
    pub(super) fn see(&mut self, letter: &Letter) {
        if let Some(index) = self.known.get(letter.origin()) {
            self.found[*index].copies += 1;
            return;
        }
        self.known.insert(letter.origin().to_owned(), self.found.len());
        let mut one = decided(&self.config, letter, self.now);
        one.body = self.payload.then(|| letter.body.clone());
        self.found.push(one);
    }

    pub(super) async fn done(mut self, session: &Session) -> Result<Vec<Explained>, Stop> {
        look(session, &self.config.event, &mut self.found).await?;
        Ok(self.found)
    }
}

/// Explains these messages, each by its id.
pub(super) async fn explain(
    session: &Session,
    spec: &Spec,
    letters: &[Letter],
) -> Result<BTreeMap<String, Explained>, Stop> {
    let mut explaining = Explaining::new(spec, false);
    letters.iter().for_each(|letter| explaining.see(letter));
    let found = explaining.done(session).await?;
    Ok(found.into_iter().map(|one| (one.message_id.clone(), one)).collect())
}

/// Looks for the rows in their way.
async fn look(session: &Session, mapping: &Mapping, explained: &mut [Explained]) -> Result<(), Stop> {
    let keys: Vec<RowKey> = explained.iter().filter_map(|one| Some(one.row.as_ref()?.key.clone())).collect();
    let names = KeyNames::of(mapping);
    let found = look_up(&session.clients, &session.names.table, names, keys, ATTEMPTS).await?;
    let rows: BTreeMap<&RowKey, &Row> = found.rows.iter().map(|row| (&row.key, row)).collect();
    for one in explained {
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
        if let Some(death) = one.death.as_ref().filter(|_| reason == STORABLE) {
            one.explanation = format!("{explanation} (`{}`)", first(&death.reason));
        }
    }
    Ok(())
}

/// The beginning of a message as it is; where something is never to be shown, of the event in it without that.
fn shown(config: &Config, letter: &Letter, body: &str) -> String {
    if config.event.drop.is_empty() {
        return preview(&letter.body);
    }
    match without_dropped(config, body) {
        Some(body) => preview(&body),
        None => "not shown: the body cannot be read, so `event.drop` cannot be applied".to_owned(),
    }
}

/// What the processor says of a message; the table was not asked yet.
fn decided(config: &Config, letter: &Letter, now: Timestamp) -> Explained {
    let body = body(config, &letter.body);
    let message =
        Message { body: &body, message_id: Some(&letter.message_id), receive_count: letter.receive_count };
    let death = letter.death.clone();
    let died_of = death.as_ref().and_then(|death| Reason::of_code(&death.reason));
    let (reason, explanation, row) = match (decide(config, message, now), died_of, &death) {
        (Ok(row), ..) => (NOT_CHECKED, String::new(), Some(Expected::of(row, &config.event))),
        // What it died of is known, and need not be what it would die of now.
        (Err(_), Some(reason), Some(death)) => {
            let words = if death.detail.is_empty() { reason.explanation() } else { &death.detail };
            (reason.as_str(), first(words), None)
        }
        (Err(rejection), ..) => (rejection.reason.as_str(), first(&rejection.message), None),
    };
    Explained {
        message_id: letter.origin().to_owned(),
        copies: 1,
        death,
        died_of,
        sent_at_millisecond: letter.sent_at,
        receive_count: letter.receive_count,
        preview: first(&shown(config, letter, &body)),
        body: None,
        reason,
        explanation,
        row,
    }
}
