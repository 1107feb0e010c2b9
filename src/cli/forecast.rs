//! Which row the processor will write for an event: the same code decides here and there.

use jiff::Timestamp;
use processor::config::{Config, Input};
use processor::json::Json;
use processor::reason::Rejection;
use processor::row::EVENT_ID;
use serde_json::{Value, json};

use crate::operate::{BusEvent, EventWatch, Expected};
use crate::validate::decision;

/// Why the processor refuses what the queue receives.
pub(super) fn refusal(config: &Config, body: &str) -> Option<Rejection> {
    decision(config, body, Timestamp::now()).err()
}

/// What the queue receives of an event that the bus took under `event_id`.
pub(super) fn delivered(config: &Config, event: &BusEvent, event_id: &str) -> String {
    match config.input {
        Input::Detail => event.detail.clone(),
        Input::Envelope => envelope(event, event_id),
    }
}

/// How to recognise what becomes of an event, sent under `event_id`, of which the queue received `body`.
pub(super) fn watch(config: &Config, body: &str, event_id: &str) -> EventWatch {
    let row = decision(config, body, Timestamp::now()).ok();
    let row_event_id = row.as_ref().and_then(|row| match row.attributes.get(EVENT_ID) {
        Some(Json::Text(id)) => Some(id.clone()),
        _ => None,
    });
    EventWatch {
        event_id: event_id.to_owned(),
        letter: match config.input {
            Input::Envelope => event_id.to_owned(),
            Input::Detail => serde_json::from_str::<Value>(body).unwrap_or_default().to_string(),
        },
        row_event_id,
        row: row.map(|row| Expected::of(row, &config.event)),
    }
}

/// The event as the queue receives it, its detail character for character. What EventBridge adds besides, its account and
/// region, changes no row but of a mapping that reads them.
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
    let rest = envelope.strip_prefix('{').unwrap_or(&envelope);
    format!("{{\"detail\":{},{rest}", event.detail)
}
