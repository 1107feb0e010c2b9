//! Why a message is a dead letter: the processor's attributes, the same decision made again, and the row with its key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor::attribute::{Attribute, Attributes};
use processor::config::Config;
use processor::decide::{Message, decide, without_dropped};
use processor::identity::Meeting;
use processor::reason::Reason;

use super::explained::{Collected, Explained, NOT_CHECKED, STORABLE, STORED, first};
use super::run::QueueRun;
use super::selection::Selection;
use crate::cli::Stop;
use crate::deploy::Session;
use crate::operate::{DeadLetter, Expected, KeyNames, RowKey, RowMark, look_up, queued};
use crate::report::preview;
use crate::spec::Spec;

/// Attempts to read rows of a throttled table.
const ATTEMPTS: u32 = 6;
const CONFLICT: &str = "conflict";

/// Explains messages by the current spec: each by itself, then a portion of them by the table.
pub(super) struct Explainer<'a> {
    pub(super) session: &'a Session,
    pub(super) config: Config,
    /// The number of receives after which SQS moves a message.
    most_receives: u32,
    is_undelivered: bool,
    now: Timestamp,
    /// Whether bodies are stored.
    payload: bool,
}

impl<'a> Explainer<'a> {
    pub(super) fn new(session: &'a Session, (spec, config): (&Spec, Config), is_undelivered: bool) -> Self {
        Self {
            session,
            config,
            most_receives: spec.queue.max_receive_count(&spec.processor),
            is_undelivered,
            now: Timestamp::now(),
            payload: false,
        }
    }

    pub(super) fn with_payload(self, payload: bool) -> Self {
        Self { payload, ..self }
    }

    /// Reads the queue for the messages of a selection, and explains them.
    pub(super) async fn collect(
        &self,
        selection: &Selection,
        run: &mut QueueRun<'_>,
    ) -> Result<Collected, Stop> {
        self.collect_in_portions(selection, run, |_| {}).await
    }

    /// The same; `look` may take out the collected messages after each portion.
    pub(super) async fn collect_in_portions(
        &self,
        selection: &Selection,
        run: &mut QueueRun<'_>,
        mut look: impl FnMut(&mut Collected),
    ) -> Result<Collected, Stop> {
        let queue = selection.queue.name(self.session);
        let mut collected = Collected::default();
        let see = async |dead_letters: Vec<DeadLetter>| -> Result<usize, Stop> {
            let portion = self.explain(&dead_letters).await?;
            collected.add(portion, |one| selection.has(one), selection.most());
            look(&mut collected);
            Ok(selection.wants(collected.count()))
        };
        run.look_through(self.session, queue, selection.wants(0), see).await?;
        Ok(collected)
    }

    /// Explains these messages. Copies of a message are explained once.
    pub(super) async fn explain(&self, dead_letters: &[DeadLetter]) -> Result<Vec<Explained>, Stop> {
        let mut found: Vec<Explained> = Vec::with_capacity(dead_letters.len());
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for dead_letter in dead_letters {
            if let Some(index) = known.get(dead_letter.origin()) {
                found[*index].copies += 1;
                continue;
            }
            known.insert(dead_letter.origin(), found.len());
            found.push(self.decided(dead_letter));
        }
        self.look(&mut found).await?;
        Ok(found)
    }

    /// Reads the rows with their keys.
    async fn look(&self, explained: &mut [Explained]) -> Result<(), Stop> {
        let keys: Vec<RowKey> =
            explained.iter().filter_map(|one| Some(one.row.as_ref()?.key.clone())).collect();
        let names = KeyNames::of(&self.config.event);
        let table = &self.session.names.table;
        let found = look_up(&self.session.clients, table, names, keys, ATTEMPTS).await?;
        let rows: BTreeMap<&RowKey, &RowMark> = found.rows.iter().map(|row| (&row.key, row)).collect();
        for one in explained {
            let Some(expected) = &one.row else { continue };
            let storable = (STORABLE, "would be stored now: the cause of its failure is resolved");
            let (reason, explanation) = match rows.get(&expected.key) {
                _ if found.unread.contains(&expected.key) => {
                    (NOT_CHECKED, "not checked: the table is too busy to say whether its row exists")
                }
                None => storable,
                Some(row) => match expected.meets(row) {
                    Meeting::Replaces => storable,
                    Meeting::Same => (STORED, "its row exists, with the same content"),
                    Meeting::Superseded => (STORED, "the row of a newer event exists"),
                    Meeting::Erased => (STORED, "its key was erased, so the processor does not write it"),
                    Meeting::FirstRetained | Meeting::Conflict => {
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

    /// The processor's decision for a message, before the table is read.
    fn decided(&self, dead_letter: &DeadLetter) -> Explained {
        let config = &self.config;
        let body = queued(config, &dead_letter.body);
        let message = Message {
            body: &body,
            message_id: Some(&dead_letter.message_id),
            receive_count: dead_letter.receive_count,
        };
        let death = dead_letter.death.clone();
        let died_of = death.as_ref().and_then(|death| Reason::of_code(&death.reason));
        let (row, refused) = match decide(config, message, self.now) {
            Ok(row) => (Some(Expected::of(row, &config.event)), None),
            Err(refused) => (None, Some(refused)),
        };
        let (reason, explanation) = match (&refused, died_of, &death) {
            (None, ..) => (NOT_CHECKED, String::new()),
            // The recorded reason need not be the one that applies now.
            (Some(_), Some(reason), Some(death)) => {
                let words = if death.detail.is_empty() { reason.explanation() } else { &death.detail };
                (reason.as_str(), first(words))
            }
            (Some(refused), ..) => (refused.reason.as_str(), first(&refused.message)),
        };
        Explained {
            message_id: dead_letter.origin().to_owned(),
            copies: 1,
            attempts: self.attempts(dead_letter),
            redriven: dead_letter.redriven.clone(),
            delivery: self.is_undelivered.then(|| delivery(&dead_letter.attributes)).flatten(),
            death,
            died_of,
            sent_at_millisecond: dead_letter.sent_at,
            receive_count: dead_letter.receive_count,
            preview: first(&shown(config, dead_letter, &body)),
            body: self.payload.then(|| dead_letter.body.clone()),
            reason,
            explanation,
            refused,
            row,
        }
    }

    /// How often the processor tried it. SQS also counts receives from the dead-letter queue. A message that SQS moved
    /// was tried as often as the queue allows. `None`: somebody else sent it there.
    fn attempts(&self, dead_letter: &DeadLetter) -> Option<u32> {
        match &dead_letter.death {
            Some(death) => death.attempts.parse().ok(),
            None if self.is_undelivered => Some(0),
            None => (dead_letter.receive_count > self.most_receives).then_some(self.most_receives),
        }
    }
}

/// Why EventBridge gave up, by the message's attributes.
fn delivery(attributes: &Attributes) -> Option<String> {
    let text = |name: &str| attributes.get(name).and_then(Attribute::as_text);
    let code = text("ERROR_CODE")?;
    let message = text("ERROR_MESSAGE").map_or_else(String::new, |message| format!(": {message}"));
    let retries = text("RETRY_ATTEMPTS").map_or_else(String::new, |count| format!(" after {count} retries"));
    Some(first(&format!("not delivered{retries} (`{code}`){message}")))
}

/// The beginning of a message; with `event.drop`, of its event without the dropped values.
fn shown(config: &Config, dead_letter: &DeadLetter, body: &str) -> String {
    if config.event.drop.is_empty() {
        return preview(&dead_letter.body);
    }
    match without_dropped(config, body) {
        Some(body) => preview(&body),
        None => "not shown: the body cannot be read, so `event.drop` cannot be applied".to_owned(),
    }
}
