//! Which row the processor will write for an event: pipectl runs the same decision code.

use jiff::Timestamp;
use processor::config::{Config, Input};
use processor::json::Json;
use processor::reason::Rejection;
use processor::row::EVENT_ID;
use serde_json::{Value, json};

use crate::operate::{BusEvent, EventWatch, Expected};
use crate::validate::decision;

/// Why the processor rejects a message body; `None` if it does not.
pub(super) fn refusal(config: &Config, body: &str) -> Option<Rejection> {
    decision(config, body, Timestamp::now()).err()
}

/// The message body that the queue receives for an event that the bus accepted under `event_id`.
pub(super) fn delivered(config: &Config, event: &BusEvent, event_id: &str) -> String {
    match config.input {
        Input::Detail => event.detail.clone(),
        Input::Envelope => envelope(event, event_id),
    }
}

/// How to recognise the result of an event that was sent under `event_id` and received by the queue as `body`.
pub(super) fn watch(config: &Config, body: &str, event_id: &str) -> EventWatch {
    let row = decision(config, body, Timestamp::now()).ok();
    let row_event_id = row.as_ref().and_then(|row| match row.attributes.get(EVENT_ID) {
        Some(Json::Text(id)) => Some(id.clone()),
        _ => None,
    });
    EventWatch {
        event_id: event_id.to_owned(),
        dead_letter_id: match config.input {
            Input::Envelope => event_id.to_owned(),
            Input::Detail => serde_json::from_str::<Value>(body).unwrap_or_default().to_string(),
        },
        row_event_id,
        row: row.map(|row| Expected::of(row, &config.event)),
    }
}

/// The event as the queue receives it, with its detail unchanged. EventBridge also adds account and region, which
/// matter only to a mapping that reads them.
fn envelope(event: &BusEvent, event_id: &str) -> String {
    let mut envelope = json!({
        "id": event_id,
        "source": event.source,
        "detail-type": event.detail_type,
        "resources": event.resources,
    });
    if let Some(time) = event.time.and_then(|time| Timestamp::from_second(time).ok()) {
        envelope["time"] = json!(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    let envelope = envelope.to_string();
    let remainder = envelope.strip_prefix('{').unwrap_or(&envelope);
    format!("{{\"detail\":{},{remainder}", event.detail)
}
