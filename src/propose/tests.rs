use processor::config::Config;
use processor::json::Json;
use processor::parse::parse;
use serde_json::{Value, json};

use super::*;

pub(super) use super::propose;

/// An event out of a whole envelope.
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

fn index() -> Vec<Value> {
    let text = include_str!("../../tests/events/index.json");
    serde_json::from_str(text).expect("the index")
}

fn given(entry: &Value) -> Event {
    let file = entry["file"].as_str().expect("a file");
    let path = format!("{}/tests/events/{file}", env!("CARGO_MANIFEST_DIR"));
    read(&std::fs::read_to_string(path).expect("an event"))
}

/// Which of the places that `tests/events/index.json` names are found, each event alone.
#[test]
fn most_of_the_places_that_people_named_are_found() {
    let (mut found, mut missed) = ([0; 5], Vec::new());
    for entry in index() {
        let proposal = propose(&[given(&entry)]);
        let path = |part: &Part| json!(part.paths[0].to_string());
        let paths: Vec<String> = proposal.sort_key.paths.iter().map(ToString::to_string).collect();
        let format = proposal.sort_key.format.map(Format::as_str);
        let key = path(&proposal.partition_key) == entry["partition_key"];
        let sort = json!(paths) == entry["sort_key"] && json!(format) == entry["sort_format"];
        let kind = path(&proposal.event_type) == entry["type"];
        let data = path(&proposal.data) == entry["data"];
        for (count, is_found) in found.iter_mut().zip([key && sort, key, sort, kind, data]) {
            *count += usize::from(is_found);
        }
        if !(key && sort) {
            let key = proposal.partition_key.paths[0].to_string();
            missed.push(format!("{} {key} {paths:?}", entry["file"]));
        }
    }
    let least = [27, 31, 27, 29, 12];
    assert!(
        found.iter().zip(least).all(|(found, least)| *found >= least),
        "{found:?}\n{}",
        missed.join("\n")
    );
}
