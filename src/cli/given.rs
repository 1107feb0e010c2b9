//! The events that a spec is inferred from.

use std::collections::BTreeMap;

use camino::Utf8Path;
use processor::json::Json;
use processor::parse::parse;
use serde_json::json;

use super::Stop;
use crate::diagnostic::{Failure, codes};
use crate::input::{self, Origin};
use crate::operate::given_events;

/// Bytes of a file of events.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;

/// An input event, as EventBridge delivers it.
pub(super) struct Given {
    /// Its location, for messages.
    pub(super) location: String,
    pub(super) fields: BTreeMap<String, Json>,
    /// Its original text, to become a sample.
    pub(super) text: String,
    /// Whether its envelope was added, because the input was only a detail.
    pub(super) is_made_up: bool,
}

/// Reads a file of events; one that is only a detail gets an envelope with `source`.
pub(super) fn read(file: &Utf8Path, source: &str) -> Result<Vec<Given>, Stop> {
    let text = input::text(file, Origin::Named, LARGEST)
        .map_err(|refusal| invalid(file.as_str(), &refusal.to_string()))?;
    let texts = given_events(&text).map_err(|reason| invalid(file.as_str(), &reason))?;
    let count = texts.len();
    let all = texts.into_iter().enumerate().map(|(index, text)| {
        let location = if count == 1 { file.to_string() } else { format!("{file}, event {}", index + 1) };
        event(&text, source, location)
    });
    all.collect()
}

/// Parses an event; one that is only a detail gets an envelope.
fn event(text: &str, source: &str, location: String) -> Result<Given, Stop> {
    let refused = |reason: &str| invalid(&location, reason);
    let fields = match parse(text) {
        Ok(Json::Map(fields)) => fields,
        Ok(other) => return Err(refused(&format!("it is {}, not an object", other.kind()))),
        Err(rejection) => {
            return Err(refused(&format!(
                "the processor rejects it ({}): {}",
                rejection.reason, rejection.message
            )));
        }
    };
    let has = |name: &str| matches!(fields.get(name), Some(Json::Text(text)) if !text.trim().is_empty());
    let has_detail = matches!(fields.get("detail"), Some(Json::Map(_)));
    match (has_detail, has("source"), has("detail-type")) {
        (true, true, true) => {
            return Ok(Given { location, fields, text: format!("{}\n", text.trim()), is_made_up: false });
        }
        (true, false, true) => {
            return Err(refused("it has `detail` and `detail-type`, but no string `source`"));
        }
        (true, true, false) => {
            return Err(refused("it has `detail` and `source`, but no string `detail-type`"));
        }
        (false, true, true) => return Err(refused("its `detail` is not an object")),
        _ => {}
    }
    // A CloudEvent has its type in a field of the same name.
    let kind = fields.get("type").and_then(Json::as_text).filter(|_| has("specversion")).unwrap_or("event");
    let text = format!(
        "{{\n\"source\": {}, \"detail-type\": {},\n\"detail\": {}\n}}\n",
        json!(source),
        json!(kind),
        text.trim()
    );
    let envelope = [
        ("source", Json::Text(source.to_owned())),
        ("detail-type", Json::Text(kind.to_owned())),
        ("detail", Json::Map(fields.clone())),
    ];
    let fields = envelope.map(|(name, value)| (name.to_owned(), value)).into();
    Ok(Given { location, fields, text, is_made_up: true })
}

pub(super) fn invalid(location: &str, reason: &str) -> Stop {
    Stop::Failure(Failure::failed(
        codes::SEND_INVALID_EVENT,
        format!("`{location}` cannot be used: {reason}"),
        "write JSON: whole events with `source`, `detail-type` and `detail`, or only details; one, one per line, or a list",
    ))
}
