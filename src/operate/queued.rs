use processor::config::{Config, Input};
use serde_json::Value;

/// What the queue would have got of a dead letter: EventBridge keeps an undelivered event whole, whatever the rule passes on.
#[must_use]
pub fn queued(config: &Config, body: &str) -> String {
    if config.input == Input::Envelope {
        return body.to_owned();
    }
    let event: Option<Value> = serde_json::from_str(body).ok();
    let whole =
        event.as_ref().filter(|event| event["detail-type"].is_string() && event["source"].is_string());
    whole.and_then(|event| event.get("detail")).map_or_else(|| body.to_owned(), Value::to_string)
}
