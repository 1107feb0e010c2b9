//! The way of an event that is a dead letter or was not delivered.

use serde_json::Value;

use super::hop::{Hop, HopSource, Stage, WHOLE_SECONDS, milliseconds};
use crate::operate::api::DeadLetter;

/// The path of an event that is a dead letter, or that EventBridge could not deliver.
#[must_use]
pub fn of_dead_letter(dead_letter: &DeadLetter, is_undelivered: bool) -> Vec<Hop> {
    let body: Option<Value> = serde_json::from_str(&dead_letter.body).ok();
    let time = body.as_ref().and_then(|body| milliseconds(body["time"].as_str()?));
    let event = time.ok_or_else(|| "the message has no envelope with a `time`".to_owned());
    let event = Hop::new(Stage::Event, HopSource::Message, event).with(WHOLE_SECONDS);
    let sent =
        dead_letter.sent_at.ok_or_else(|| "SQS does not report when it received the message".to_owned());
    if is_undelivered {
        let not_there = || Err("EventBridge could not deliver the event to it".to_owned());
        return vec![
            event,
            Hop::new(Stage::Queued, HopSource::Message, not_there()),
            Hop::new(Stage::Undelivered, HopSource::Message, sent),
        ];
    }
    let [queued, received, dead] = match &dead_letter.death {
        // The processor sent it: its queue only knows that time.
        Some(death) => {
            let noted = |text: &str, what: &str| {
                milliseconds(text).ok_or_else(|| {
                    format!("the attributes that the processor added to the message have no {what}")
                })
            };
            [noted(&death.queued_at, "queued-at"), noted(&death.first_received, "first-received"), sent]
        }
        // SQS moved it, and retains the time at which it was first sent.
        None => [
            sent,
            Err("SQS moved the message after its last receive, and does not report the first".to_owned()),
            Err("SQS moved the message, and it keeps the time at which it was first sent".to_owned()),
        ],
    };
    vec![
        event,
        Hop::new(Stage::Queued, HopSource::Message, queued),
        Hop::new(Stage::Received, HopSource::Message, received).with("for the first time"),
        Hop::new(Stage::Dead, HopSource::Message, dead),
    ]
}

#[cfg(test)]
mod tests {
    use processor::death::Death;

    use super::*;

    fn times(dead_letter: &DeadLetter, is_undelivered: bool) -> Vec<Option<i64>> {
        of_dead_letter(dead_letter, is_undelivered).into_iter().map(|hop| hop.at.ok()).collect()
    }

    #[test]
    fn who_moved_a_message_decides_what_its_times_mean() {
        let moved = DeadLetter {
            body: r#"{"time":"1970-01-01T00:00:01Z","detail":{}}"#.to_owned(),
            sent_at: Some(5_000),
            ..DeadLetter::default()
        };
        assert_eq!(times(&moved, false), [Some(1_000), Some(5_000), None, None]);
        let death = Death {
            queued_at: "1970-01-01T00:00:02Z".to_owned(),
            first_received: "1970-01-01T00:00:03Z".to_owned(),
            ..Death::default()
        };
        let sent = DeadLetter { death: Some(death), ..moved.clone() };
        assert_eq!(times(&sent, false), [Some(1_000), Some(2_000), Some(3_000), Some(5_000)]);
        // An earlier processor did not add this attribute.
        let noted = DeadLetter { death: Some(Death::default()), ..moved.clone() };
        assert_eq!(times(&noted, false), [Some(1_000), None, None, Some(5_000)]);
        assert_eq!(times(&moved, true), [Some(1_000), None, Some(5_000)]);
        assert_eq!(times(&DeadLetter { body: "poison".to_owned(), ..moved }, false)[0], None);
    }
}
