//! Which row the processor will write for an event: the same code decides here and there.

use jiff::Timestamp;
use processor::config::{Config, Input};
use processor::decide::{Message, decide};
use processor::json::Json;
use processor::row::EVENT_ID;
use serde_json::{Value, json};

use crate::operate::{BusEvent, Expected, Watch};

/// How to recognise what becomes of an event the bus took under `event_id`.
pub(super) fn watch(config: &Config, event: &BusEvent, event_id: &str) -> Watch {
    let detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
    let body = match config.input {
        Input::Detail => detail,
        // What EventBridge adds besides does not change the row's key, content or id.
        Input::Envelope => {
            json!({"id": event_id, "source": event.source, "detail-type": event.detail_type, "detail": detail})
        }
    };
    let body = body.to_string();
    let message = Message { body: &body, message_id: None, receive_count: 1 };
    let row = decide(config, message, Timestamp::now()).ok();
    let row_event_id = row.as_ref().and_then(|row| match row.attributes.get(EVENT_ID) {
        Some(Json::Text(id)) => Some(id.clone()),
        _ => None,
    });
    Watch {
        event_id: event_id.to_owned(),
        letter: if config.input == Input::Envelope { event_id.to_owned() } else { body },
        row_event_id,
        row: row.map(|row| Expected::of(row, &config.event)),
    }
}
