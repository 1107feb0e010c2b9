use processor::config::Config;
use processor::json::Json;
use processor::parse::parse;

use super::*;

pub(super) use super::propose;

/// Parses an event from a whole envelope.
pub(super) fn read(body: &str) -> Event {
    let Ok(Json::Map(fields)) = parse(body) else { panic!("an object: {body}") };
    Event::of(&Config::default(), fields)
}

pub(super) fn event(source: &str, detail_type: &str, detail: &str) -> Event {
    read(&format!(
        r#"{{"id":"0b6cf1d2","source":"{source}","detail-type":"{detail_type}","time":"2026-01-01T00:00:00Z","detail":{detail}}}"#
    ))
}

pub(super) fn events(details: &[&str]) -> Vec<Event> {
    details.iter().map(|detail| event("s", "x", detail)).collect()
}

pub(super) fn key_of(events: &[Event]) -> String {
    propose(events).partition_key.paths[0].to_string()
}
