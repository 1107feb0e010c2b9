use jiff::Timestamp;
use processor::death::Death;
use processor::reason::Reason;
use serde_json::{Value, json};

use crate::operate::Expected;
use crate::report::LetterLine;

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
    /// Its row, where it can become one.
    pub(super) row: Option<Expected>,
}

impl Explained {
    /// For people: without the payload's values, which may be personal, unless they were asked for.
    pub(super) fn line(self) -> LetterLine {
        LetterLine {
            sent_at: self.sent_at(),
            message_id: self.message_id,
            receive_count: self.receive_count,
            reason: self.reason,
            explanation: self.explanation,
            preview: self.preview,
            body: self.body,
        }
    }

    /// For programs.
    pub(super) fn entry(self) -> Value {
        let mut entry = json!({
            "sent_at": self.sent_at(),
            "message_id": self.message_id,
            "reason": self.reason,
            "explanation": self.explanation,
            "receive_count": self.receive_count,
            "preview": self.preview,
        });
        if let Some(body) = self.body {
            entry["body"] = body.into();
        }
        if let Some(death) = self.death {
            entry["died_of"] = json!(death);
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
