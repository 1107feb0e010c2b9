use jiff::Timestamp;
use processor::config::{Config, Input};
use processor::decide::{Message, decide};
use processor::reason::Rejection;
use processor::row::Row;
use serde_json::{Map, Value};

/// The row the processor would write now for an event on the bus: the same code decides here and in the Lambda.
///
/// # Errors
/// Why the event can never become a row.
pub fn forecast(config: &Config, event: &Map<String, Value>, now: Timestamp) -> Result<Row, Rejection> {
    let body = match config.input {
        Input::Envelope => Value::Object(event.clone()),
        Input::Detail => event.get("detail").cloned().unwrap_or_default(),
    };
    let body = body.to_string();
    let message = Message { body: &body, message_id: None, receive_count: 1 };
    decide(config, message, now)
}
