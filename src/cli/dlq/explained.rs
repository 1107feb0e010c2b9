//! Why each dead letter failed, and whether it would become a row now.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor::death::{Death, Redriven};
use processor::reason::{Reason, Rejection};
use serde_json::{Value, json};

use crate::operate::Expected;
use crate::report::LetterLine;

/// The reason of a message whose row is there already, with the same content.
pub(super) const STORED: &str = "stored";
/// The reason of a message that would become a row now: it died of something that passes.
pub(super) const STORABLE: &str = "storable";
/// The reason of a message that would become a row now, unless one is in its way: the table could not be asked.
pub(super) const NOT_CHECKED: &str = "not-checked";

/// Characters of an explanation and of a preview: names in a message may be as long as the message.
const SHOWN: usize = 500;

/// A message and why it is dead, without its body: there may be 120,000 of them, of 1 MiB each.
pub(super) struct Explained {
    /// Its id in the queue it came from.
    pub(super) message_id: String,
    /// How many messages of the queue it is.
    pub(super) copies: usize,
    /// Milliseconds since the epoch.
    pub(super) sent_at_millisecond: Option<i64>,
    pub(super) receive_count: u32,
    /// How often the processor tried it, where that is known.
    pub(super) attempts: Option<u32>,
    /// Where it had been sent back before.
    pub(super) redriven: Option<Redriven>,
    /// Why EventBridge could not deliver it.
    pub(super) delivery: Option<String>,
    pub(super) preview: String,
    /// Where it was asked for.
    pub(super) body: Option<String>,
    /// What the processor wrote on it.
    pub(super) death: Option<Death>,
    /// The reason that was written on it, where it is one that this version knows.
    pub(super) died_of: Option<Reason>,
    /// The processor's reason code, or `stored`, `storable` or `not-checked`.
    pub(super) reason: &'static str,
    pub(super) explanation: String,
    /// Why it would be refused now.
    pub(super) refused: Option<Rejection>,
    /// Its row, where it can become one.
    pub(super) row: Option<Expected>,
}

impl Explained {
    /// For people: without the payload's values, which may be personal, unless they were asked for.
    pub(super) fn line(&self) -> LetterLine {
        LetterLine {
            sent_at: self.sent_at(),
            message_id: self.message_id.clone(),
            attempts: self.attempts,
            sent_back: self.redriven.as_ref().map_or(0, |redriven| redriven.times),
            reason: self.reason,
            explanation: self.words(),
            preview: self.preview.clone(),
            body: self.body.clone(),
        }
    }

    /// Why it is dead, and why it was not delivered.
    pub(super) fn words(&self) -> String {
        match &self.delivery {
            Some(delivery) => format!("{delivery}; {}", self.explanation),
            None => self.explanation.clone(),
        }
    }

    /// For programs.
    pub(super) fn entry(&self) -> Value {
        let mut entry = json!({
            "sent_at": self.sent_at(),
            "message_id": self.message_id,
            "reason": self.reason,
            "explanation": self.explanation,
            "attempts": self.attempts,
            "receive_count": self.receive_count,
            "preview": self.preview,
        });
        if let Some(body) = &self.body {
            entry["body"] = body.as_str().into();
        }
        if let Some(death) = &self.death {
            entry["died_of"] = json!(death);
        }
        if let Some(redriven) = &self.redriven {
            entry["failed_again"] = json!({"sent_back": redriven.times, "last": redriven.at});
        }
        if let Some(delivery) = &self.delivery {
            entry["undelivered"] = delivery.as_str().into();
        }
        entry
    }

    /// Whether it is one of `reason`: of what would become of it now, or of what it died of.
    pub(super) fn is_of(&self, reason: &str) -> bool {
        self.reason == reason || self.died_of.is_some_and(|died_of| died_of.as_str() == reason)
    }

    pub(super) fn sent_at(&self) -> Option<String> {
        let at = Timestamp::from_millisecond(self.sent_at_millisecond?).ok()?;
        Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// What distinguishes it in a list.
    pub(super) fn rank(&self) -> (&'static str, Option<i64>) {
        (self.reason, self.sent_at_millisecond)
    }
}

pub(super) fn first(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN - 1).chain(['…']).collect()
}

/// Messages of several portions.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) all: Vec<Explained>,
    /// How many were taken out of these.
    taken: usize,
    /// Where each is among those and these, by its id; `None`: it was left out.
    known: BTreeMap<String, Option<usize>>,
}

impl Collected {
    /// Adds those of a portion that are wanted, no more than `most` in all. A message that is there twice is one.
    pub(super) fn add(&mut self, portion: Vec<Explained>, wanted: impl Fn(&Explained) -> bool, most: usize) {
        for one in portion {
            if let Some(known) = self.known.get(&one.message_id) {
                let index = known.and_then(|index| index.checked_sub(self.taken));
                if let Some(first) = index.and_then(|index| self.all.get_mut(index)) {
                    first.copies += one.copies;
                }
                continue;
            }
            let place = (wanted(&one) && self.count() < most).then_some(self.count());
            self.known.insert(one.message_id.clone(), place);
            if place.is_some() {
                self.all.push(one);
            }
        }
    }

    /// How many different ones are wanted.
    pub(super) fn count(&self) -> usize {
        self.taken + self.all.len()
    }

    /// Takes out those that are there by now, for one who does not need all of them at once.
    pub(super) fn take(&mut self) -> Vec<Explained> {
        let all = std::mem::take(&mut self.all);
        self.taken += all.len();
        all
    }

    /// How many different messages were looked at.
    pub(super) fn seen(&self) -> usize {
        self.known.len()
    }
}
