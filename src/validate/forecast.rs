//! The row that the processor would write for an event.

use jiff::Timestamp;
use processor::config::{Config, Input};
use processor::decide::{Message, decide};
use processor::json::{Json, canonical_map};
use processor::reason::Rejection;
use processor::row::Row;

use crate::source::SampleEvent;

/// The row that the processor would write now for an event on the bus: the same code parses and decides here and in the
/// Lambda.
///
/// # Errors
/// Why the event can never become a row.
pub fn forecast(config: &Config, event: &SampleEvent, now: Timestamp) -> Result<Row, Rejection> {
    let exact = event.exact.as_ref().map_err(Clone::clone)?;
    let body = match config.input {
        Input::Envelope => canonical_map(exact),
        Input::Detail => exact.get("detail").map(Json::canonical).unwrap_or_default(),
    };
    decision(config, &body, now)
}

/// The row that the processor would write for a body in the queue, at its first delivery.
///
/// # Errors
/// Why it can never become a row.
pub fn decision(config: &Config, body: &str, now: Timestamp) -> Result<Row, Rejection> {
    decide(config, Message { body, message_id: None, receive_count: 1 }, now)
}
