//! An undelivered event → the message that the queue would have received.

use processor::config::{Config, Input};
use serde_json::Value;

use super::read::member;

/// The body that the queue would have received for a dead letter: EventBridge stores an undelivered event as a whole,
/// whatever the rule passes on.
#[must_use]
pub fn queued(config: &Config, body: &str) -> String {
    if config.input == Input::Envelope {
        return body.to_owned();
    }
    let event: Option<Value> = serde_json::from_str(body).ok();
    let is_whole = event.is_some_and(|event| event["detail-type"].is_string() && event["source"].is_string());
    // Unchanged: a number that is parsed and written again may change.
    member(body, "detail").filter(|_| is_whole).unwrap_or(body).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undelivered_event_is_moved_with_the_detail_it_had() {
        let detail = r#"{"n": 12345678901234567890123456789012345678}"#;
        let event = format!(r#"{{"source":"s","detail-type":"t","detail":{detail}}}"#);
        let of = |input, text: &str| queued(&Config { input, ..Config::default() }, text);
        assert_eq!(of(Input::Detail, &event), detail);
        assert_eq!(of(Input::Envelope, &event), event);
        for other in [detail, "hello", "[1]", r#"{"detail":{}}"#] {
            assert_eq!(of(Input::Detail, other), other);
        }
    }
}
