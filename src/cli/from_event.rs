//! `init --from-event`: events → a spec that maps them to rows, and samples.

use camino::Utf8PathBuf;
use jiff::Timestamp;
use processor::config::Config;
use processor::event::Event;
use processor::json::{Json, canonical_map};
use processor::mapping::Format;
use serde_json::{Value, json};

use super::Stop;
use super::given::{Given, invalid, read};
use super::project::Project;
use super::samples::samples;
use crate::propose::{Frame, Part, propose, spec_text};
use crate::validate::{decision, processor_config};

/// The files to write, and the inference, for programs.
pub(super) struct Inferred {
    pub(super) spec: String,
    /// Names relative to the spec, with their content.
    pub(super) samples: Vec<(String, String)>,
    pub(super) found: Option<Value>,
}

/// Infers the spec from all events of the files, and checks that each becomes a row.
pub(super) fn infer(project: &Project, files: &[Utf8PathBuf]) -> Result<Inferred, Stop> {
    let mut given = Vec::new();
    for file in files {
        given.extend(read(file, &project.name)?);
    }
    let samples = samples(project, &given);
    for (number, event) in given.iter_mut().enumerate() {
        // EventBridge gives each event an id.
        event.fields.entry("id".to_owned()).or_insert_with(|| Json::Text(format!("event-{number}")));
    }
    let event = |given: &Given| Event::of(&Config::default(), given.fields.clone());
    let events: Vec<Event> = given.iter().map(event).collect();
    let proposal = propose(&events);
    let names: Vec<String> = samples.iter().map(|(name, _)| name.clone()).collect();
    let frame = Frame {
        name: &project.name,
        environment: &project.environment,
        notify: &project.notify,
        sources: &values_of(&given, "source"),
        detail_types: &values_of(&given, "detail-type"),
        is_made_up: given.iter().any(|given| given.is_made_up),
        count: given.len(),
        samples: &names,
    };
    let spec = spec_text(&proposal, &frame);
    let config = processor_config(&project.checked(&spec)?);
    for given in &given {
        becomes_a_row(&config, given)?;
    }
    let found = json!({
        "events": given.len(), "sources": frame.sources, "detail_types": frame.detail_types,
        "partition_key": part(&proposal.partition_key), "sort_key": part(&proposal.sort_key),
        "type": part(&proposal.event_type), "data": part(&proposal.data), "shared_keys": proposal.shared_keys,
    });
    Ok(Inferred { spec, samples, found: Some(found) })
}

fn part(part: &Part) -> Value {
    let paths: Vec<String> = part.paths.iter().map(ToString::to_string).collect();
    json!({"attribute": part.attribute, "from": paths, "format": part.format.map(Format::as_str), "why": part.why})
}

fn values_of(given: &[Given], name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in given.iter().filter_map(|given| given.fields.get(name)?.as_text()) {
        if !found.iter().any(|known| known == text) {
            found.push(text.to_owned());
        }
    }
    found
}

fn becomes_a_row(config: &Config, given: &Given) -> Result<(), Stop> {
    let mut fields = given.fields.clone();
    let now = Timestamp::now();
    fields.entry("time".to_owned()).or_insert_with(|| Json::Text(now.to_string()));
    match decision(config, &canonical_map(&fields), now) {
        Ok(_) => Ok(()),
        Err(rejection) => {
            let reason =
                format!("no mapping turns it into a row ({}): {}", rejection.reason, rejection.message);
            Err(invalid(&given.location, &reason))
        }
    }
}
