//! The attributes that the processor adds to a message when it sends it to the dead-letter queue, and how to read them
//! back. Pure, so that `pipectl dlq` reads exactly what the processor writes.

use serde::{Deserialize, Serialize};

use crate::attribute::{Attribute, Attributes, MOST_ATTRIBUTES, message_bytes};
use crate::parse::LARGEST_BODY;
use crate::reason::{Class, Reason};

/// Receives after which a failure that a deployment may cause counts as the message's own. If such messages were sent at
/// once, one bad deployment would send every good event to the dead-letter queue.
const RECEIVES: u32 = 5;
/// Prefix of our attributes. Other software does not use it.
const PREFIX: &str = "pipectl-";
/// All our attributes in one, as JSON, for messages with too many attributes of their own.
const ALL: &str = "pipectl-dead-letter";
/// The one attribute of ours that a message has before it becomes a dead letter.
const REDRIVEN: &str = "pipectl-redriven";
/// Longest detail and longest event id that are stored, in characters.
const LONGEST_DETAIL: usize = 1_000;
const LONGEST_ID: usize = 256;

/// Why and where a message became a dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Death {
    /// The code of the reason.
    pub reason: String,
    /// Details without payload values; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The id EventBridge gave the event.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub event_id: String,
    /// When SQS received the message, in RFC 3339. The dead-letter queue has another such time for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub queued_at: String,
    /// When the message was received for the first time, in RFC 3339.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_received: String,
    /// The versions of pipectl and of the function that rejected it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pipeline_version: String,
    /// The id of the message in the queue. A message that is sent twice, because the first answer was lost, has the same
    /// id both times.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message_id: String,
    /// How often the processor tried it, including the last time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attempts: String,
    /// How often it was redriven before, and when last ([`Redriven`]).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub redriven: String,
}

/// The mark that a message was redriven. It stays on the message, so that a message that becomes a dead letter again is
/// recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redriven {
    /// How often.
    pub times: u32,
    /// When last, in RFC 3339.
    pub at: String,
}

impl Redriven {
    /// Reads the mark of a message.
    #[must_use]
    pub fn of(attributes: &Attributes) -> Option<Self> {
        let text = |name: &str| attributes.get(name).and_then(Attribute::as_text);
        let whole = text(ALL).and_then(|all| serde_json::from_str::<Death>(all).ok());
        let mark = whole.map(|death| death.redriven).filter(|mark| !mark.is_empty());
        let mark = mark.or_else(|| text(REDRIVEN).map(str::to_owned))?;
        let (times, at) = mark.split_once(' ')?;
        Some(Self { times: times.parse().ok()?, at: at.to_owned() })
    }

    /// The attribute that holds the mark, with its name.
    #[must_use]
    pub fn attribute(&self) -> (String, Attribute) {
        (REDRIVEN.to_owned(), Attribute::text(self.mark()))
    }

    fn mark(&self) -> String {
        format!("{} {}", self.times, self.at)
    }
}

/// Whether a message was a dead letter before, whatever tool redrove it: it has the mark of `dlq redrive` and `dlq edit`,
/// or the attributes that the processor added when it sent it to the dead-letter queue, which a redrive in the AWS
/// console retains. A message that SQS moved itself has neither.
#[must_use]
pub fn was_dead(attributes: &Attributes) -> bool {
    Redriven::of(attributes).is_some() || Death::read(attributes).is_some()
}

/// Whether the processor sends a message that fails for `reason` at its `receive_count`th receive to the dead-letter
/// queue. Never for transient reasons: the queue's receive limit ends those.
#[must_use]
pub fn is_due(reason: Reason, receive_count: u32) -> bool {
    match reason {
        Reason::RowRefused | Reason::Panic => receive_count >= RECEIVES,
        reason => reason.class() == Class::Permanent,
    }
}

/// The id of the event in a body; empty if it has none.
#[must_use]
pub fn event_id(body: &str) -> String {
    #[derive(Deserialize)]
    struct Envelope {
        id: String,
        #[serde(rename = "detail")]
        _detail: serde::de::IgnoredAny,
    }
    serde_json::from_str(body).map_or_else(|_| String::new(), |Envelope { id, .. }| id)
}

/// The attributes without ours.
#[must_use]
pub fn originals(attributes: &Attributes) -> Attributes {
    let theirs = attributes.iter().filter(|(name, _)| !name.starts_with(PREFIX));
    theirs.map(|(name, attribute)| (name.clone(), attribute.clone())).collect()
}

impl Death {
    /// The attributes of a dead letter with this body: its original ones and ours, without those of an earlier death
    /// except the redrive mark. `None` if they do not fit into a message.
    #[must_use]
    pub fn attributes(&self, body: &str, attributes: &Attributes) -> Option<Attributes> {
        let theirs = originals(attributes);
        let redriven = Redriven::of(attributes).map(|redriven| redriven.mark()).unwrap_or_default();
        let whole = Self { redriven, ..self.clone() };
        let all = serde_json::to_string(&whole.legal()).ok()?;
        let in_one = Attributes::from([(ALL.to_owned(), Attribute::text(all))]);
        [whole.each(), in_one].into_iter().find_map(|ours| {
            let mut both = theirs.clone();
            both.extend(ours);
            (both.len() <= MOST_ATTRIBUTES && message_bytes(body, &both) <= LARGEST_BODY).then_some(both)
        })
    }

    /// Reads the attributes of a dead letter; `None` if the processor did not send it itself.
    #[must_use]
    pub fn read(attributes: &Attributes) -> Option<Self> {
        let text = |name: &str| attributes.get(name).and_then(Attribute::as_text);
        if let Some(all) = text(ALL) {
            return serde_json::from_str(all).ok();
        }
        let mut death = Self::default();
        for (name, field) in death.fields() {
            *field = text(&format!("{PREFIX}{name}")).unwrap_or_default().to_owned();
        }
        (!death.reason.is_empty()).then_some(death)
    }

    fn fields(&mut self) -> [(&'static str, &mut String); 9] {
        [
            ("reason", &mut self.reason),
            ("detail", &mut self.detail),
            ("event-id", &mut self.event_id),
            ("queued-at", &mut self.queued_at),
            ("first-received", &mut self.first_received),
            ("pipeline-version", &mut self.pipeline_version),
            ("message-id", &mut self.message_id),
            ("attempts", &mut self.attempts),
            ("redriven", &mut self.redriven),
        ]
    }

    /// One attribute per field that is not empty: SQS does not accept empty ones.
    fn each(&self) -> Attributes {
        let mut legal = self.legal();
        let written = legal.fields().into_iter().filter(|(_, text)| !text.is_empty());
        written.map(|(name, text)| (format!("{PREFIX}{name}"), Attribute::text(text.as_str()))).collect()
    }

    /// The text with the characters that SQS accepts, cut to the length limits.
    fn legal(&self) -> Self {
        let mut legal = self.clone();
        for (name, text) in legal.fields() {
            let longest = if name == "detail" { LONGEST_DETAIL } else { LONGEST_ID };
            *text = text
                .chars()
                .take(longest)
                .map(|character| if is_legal(character) { character } else { '\u{fffd}' })
                .collect();
        }
        legal
    }
}

/// Whether SQS accepts a character: those of XML.
fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::AttributeValue;

    fn death() -> Death {
        Death {
            reason: "missing-field".to_owned(),
            detail: "`order_id` is missing".to_owned(),
            event_id: "e-1".to_owned(),
            queued_at: "2026-11-27T09:59:58.250Z".to_owned(),
            first_received: "2026-11-27T10:00:00Z".to_owned(),
            pipeline_version: "0.1.0 (function version 7)".to_owned(),
            message_id: "m-1".to_owned(),
            attempts: "1".to_owned(),
            redriven: String::new(),
        }
    }

    fn theirs(count: usize) -> Attributes {
        let value = |number: usize| Attribute {
            data_type: "Binary.gif".to_owned(),
            value: AttributeValue::Bytes(vec![1; number]),
        };
        (1..=count).map(|number| (format!("their-{number}"), value(number))).collect()
    }

    #[test]
    fn a_written_reason_is_read_and_former_attributes_are_retained() {
        for (count, ours) in [(0, 8), (2, 8), (3, 1), (9, 1)] {
            let written = death().attributes("{}", &theirs(count)).expect("it fits");
            assert_eq!(written.len(), count + ours, "{count}");
            assert_eq!(Death::read(&written), Some(death()), "{count}");
            assert_eq!(originals(&written), theirs(count), "{count}");
        }
        assert_eq!(death().attributes("{}", &theirs(10)), None);
        assert_eq!(Death::read(&theirs(3)), None);
    }

    #[test]
    fn a_later_death_takes_the_place_of_an_earlier_one() {
        let later = Death { reason: "conflict".to_owned(), detail: String::new(), ..death() };
        for count in [2, 7] {
            let first = death().attributes("{}", &theirs(count)).expect("it fits");
            let second = later.attributes("{}", &first).expect("it fits");
            assert_eq!(Death::read(&second), Some(later.clone()));
            assert_eq!(originals(&second), theirs(count));
        }
    }

    /// In both forms of the attributes, and however often it becomes a dead letter.
    #[test]
    fn that_it_was_sent_back_stays_on_a_message() {
        let first = Redriven { times: 1, at: "2026-11-27T10:00:00Z".to_owned() };
        for count in [0, 3, 7, 9] {
            let mut sent = theirs(count);
            sent.extend([first.attribute()]);
            assert_eq!(Redriven::of(&sent), Some(first.clone()));
            for _ in 0..2 {
                sent = death().attributes("{}", &sent).expect("it fits");
                assert_eq!(Redriven::of(&sent), Some(first.clone()), "{count}");
                assert_eq!(originals(&sent), theirs(count));
            }
        }
        for (mark, read) in [("2 now", true), ("2", false), ("x now", false), ("", false)] {
            let sent = Attributes::from([(REDRIVEN.to_owned(), Attribute::text(mark))]);
            assert_eq!(Redriven::of(&sent).is_some(), read, "{mark}");
        }
    }

    #[test]
    fn body_and_attributes_stay_within_one_message() {
        let ours = message_bytes("", &death().attributes("", &Attributes::new()).expect("it fits"));
        let body = "x".repeat(LARGEST_BODY - ours);
        assert_eq!(death().attributes(&body, &Attributes::new()).map(|all| all.len()), Some(8));
        // One attribute only saves the names of seven.
        let fuller = "x".repeat(LARGEST_BODY - 10);
        assert_eq!(death().attributes(&fuller, &Attributes::new()), None);
    }

    #[test]
    fn a_character_that_sqs_refuses_keeps_no_message_from_being_sent() {
        let odd = Death { event_id: "a\u{1}\u{fffe}b".to_owned(), detail: "é".repeat(2_000), ..death() };
        let written = odd.attributes("{}", &Attributes::new()).expect("it fits");
        let read = Death::read(&written).expect("a death");
        assert_eq!((read.event_id.as_str(), read.detail.chars().count()), ("a\u{fffd}\u{fffd}b", 1_000));
    }

    #[test]
    fn what_may_be_a_deployments_fault_waits_for_the_fifth_receive() {
        for reason in [Reason::RowRefused, Reason::Panic] {
            assert_eq!([1, 4, 5, 100].map(|count| is_due(reason, count)), [false, false, true, true]);
        }
        assert!(is_due(Reason::MissingField, 1) && is_due(Reason::Conflict, 1));
        assert!(!is_due(Reason::Throttled, 1_000) && !is_due(Reason::AccessDenied, 1_000));
    }

    #[test]
    fn the_id_is_the_envelopes() {
        assert_eq!(event_id(r#"{"id": "e-1", "detail": {"id": "other"}}"#), "e-1");
        for body in [r#"{"id": "of the detail"}"#, r#"{"id": 7, "detail": {}}"#, "poison", ""] {
            assert_eq!(event_id(body), "", "{body}");
        }
    }
}
