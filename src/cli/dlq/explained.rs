//! Why each dead letter failed, and whether it would become a row now.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor::death::{Death, Redriven};
use processor::reason::{Reason, Rejection};
use serde_json::{Value, json};

use crate::operate::Expected;
use crate::report::DeadLetterLine;

/// The reason of a message whose row is already stored with the same content.
pub(super) const STORED: &str = "stored";
/// The reason of a message that would become a row now: its cause was temporary.
pub(super) const STORABLE: &str = "storable";
/// The reason of a message that would become a row now, unless its key is taken: the table could not be read.
pub(super) const NOT_CHECKED: &str = "not-checked";

/// Characters of an explanation and of a preview: names in a message may be as long as the message.
const SHOWN: usize = 500;

/// A dead letter and its reason, without its body: there may be 120,000 of them, of 1 MiB each.
pub(super) struct Explained {
    /// Its id in the queue it was read from.
    pub(super) message_id: String,
    /// How many copies the queue has.
    pub(super) copies: usize,
    /// Milliseconds since the epoch.
    pub(super) sent_at_millisecond: Option<i64>,
    pub(super) receive_count: u32,
    /// How often the processor tried it, if known.
    pub(super) attempts: Option<u32>,
    /// Its earlier redrive.
    pub(super) redriven: Option<Redriven>,
    /// Why EventBridge could not deliver it.
    pub(super) delivery: Option<String>,
    pub(super) preview: String,
    /// Only if requested.
    pub(super) body: Option<String>,
    /// The processor's attributes of it.
    pub(super) death: Option<Death>,
    /// The recorded reason, if this version knows it.
    pub(super) died_of: Option<Reason>,
    /// The processor's reason code, or `stored`, `storable` or `not-checked`.
    pub(super) reason: &'static str,
    pub(super) explanation: String,
    /// Why it would be rejected now.
    pub(super) refused: Option<Rejection>,
    /// Its row, if it can become one.
    pub(super) row: Option<Expected>,
}

impl Explained {
    /// For people: without values of the payload, which may be personal, unless requested.
    pub(super) fn line(&self) -> DeadLetterLine {
        DeadLetterLine {
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

    /// Why it is a dead letter, and why it was not delivered.
    pub(super) fn words(&self) -> String {
        match &self.delivery {
            Some(delivery) => format!("{delivery}; {}", self.explanation),
            None => self.explanation.clone(),
        }
    }

    /// The JSON for programs.
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

    /// Whether `reason` is its recorded reason, or the one that applies now.
    pub(super) fn is_of(&self, reason: &str) -> bool {
        self.reason == reason || self.died_of.is_some_and(|died_of| died_of.as_str() == reason)
    }

    pub(super) fn sent_at(&self) -> Option<String> {
        let at = Timestamp::from_millisecond(self.sent_at_millisecond?).ok()?;
        Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// The sort key of a list.
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
    /// How many were already taken out.
    taken: usize,
    /// The index of each message, by its id; `None`: it is not selected.
    known: BTreeMap<String, Option<usize>>,
}

impl Collected {
    /// Adds the selected ones of a portion, at most `most` in all. Copies of a message count as one.
    pub(super) fn add(&mut self, portion: Vec<Explained>, wanted: impl Fn(&Explained) -> bool, most: usize) {
        for one in portion {
            if let Some(known) = self.known.get(&one.message_id) {
                let index = known.and_then(|index| index.checked_sub(self.taken));
                if let Some(first) = index.and_then(|index| self.all.get_mut(index)) {
                    first.copies += one.copies;
                }
                continue;
            }
            let location = (wanted(&one) && self.count() < most).then_some(self.count());
            self.known.insert(one.message_id.clone(), location);
            if location.is_some() {
                self.all.push(one);
            }
        }
    }

    /// How many distinct messages are selected.
    pub(super) fn count(&self) -> usize {
        self.taken + self.all.len()
    }

    /// Takes out the messages so far, for a caller that does not need all of them at once.
    pub(super) fn take(&mut self) -> Vec<Explained> {
        let all = std::mem::take(&mut self.all);
        self.taken += all.len();
        all
    }

    /// How many distinct messages were seen.
    pub(super) fn seen(&self) -> usize {
        self.known.len()
    }
}
