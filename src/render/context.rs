use serde::Serialize;
use serde_json::{Map, Value};

use crate::spec::{Alarm, Count, DeadLetters, Encryption, QueueDepth, ResolvedNames, Seconds, Spec};
use crate::validate::processor_config;

/// What the templates see: the spec as written, and what follows from it.
#[derive(Debug, Serialize)]
pub(super) struct Context<'a> {
    spec: &'a Spec,
    names: ResolvedNames,
    description: String,
    visibility_timeout: u32,
    kms_key: Option<&'a str>,
    /// The table's DeletionPolicy and UpdateReplacePolicy.
    retention: &'static str,
    deletion_protection: bool,
    stream_view_type: Option<&'static str>,
    archive_pattern: Map<String, Value>,
    /// The contract with the processor, as JSON.
    processor_config: String,
    alarms: AlarmContext<'a>,
    /// The dashboard as JSON; set once its own template is expanded.
    pub(super) dashboard_body: minijinja::Value,
}

#[derive(Debug, Serialize)]
struct AlarmContext<'a> {
    addresses: Vec<&'a str>,
    topic_arns: Vec<&'a str>,
    queue_depth: Option<&'a QueueDepth>,
    dead_letters: Option<&'a DeadLetters>,
    oldest_message: Option<&'a Seconds>,
    processor_errors: Option<&'a Count>,
    processor_throttles: Option<&'a Count>,
    write_throttles: Option<&'a Count>,
    conflicts: Option<&'a Count>,
}

impl<'a> Context<'a> {
    pub(super) fn new(spec: &'a Spec) -> Result<Self, String> {
        let production = spec.deploy.production;
        Ok(Self {
            spec,
            names: spec.resolved_names(),
            description: format!("event pipeline {} ({})", spec.name, spec.environment),
            visibility_timeout: spec.queue.visibility_timeout(&spec.processor),
            kms_key: match &spec.queue.encryption {
                Encryption::SseSqs => None,
                Encryption::KmsKey(arn) => Some(&arn.0),
            },
            retention: if spec.table.retain { "Retain" } else { "Delete" },
            deletion_protection: spec.table.deletion_protection.unwrap_or(production),
            stream_view_type: spec.table.stream.view_type(),
            archive_pattern: archive_pattern(&spec.bus.pattern),
            processor_config: serde_json::to_string(&processor_config(spec))
                .map_err(|error| error.to_string())?,
            alarms: alarms(spec),
            dashboard_body: minijinja::Value::default(),
        })
    }
}

/// All events of the pattern's sources; the whole pattern where it names no source.
fn archive_pattern(pattern: &Map<String, Value>) -> Map<String, Value> {
    match pattern.get("source") {
        Some(source) => Map::from_iter([("source".to_owned(), source.clone())]),
        None => pattern.clone(),
    }
}

fn alarms(spec: &Spec) -> AlarmContext<'_> {
    let alarms = &spec.alarms;
    let (topic_arns, addresses) =
        alarms.notify.iter().map(String::as_str).partition(|target| target.starts_with("arn:"));
    AlarmContext {
        addresses,
        topic_arns,
        queue_depth: alarms.queue_depth.settings(),
        dead_letters: alarms.dead_letters.settings(),
        oldest_message: alarms.oldest_message.settings(),
        processor_errors: Alarm::settings(&alarms.processor_errors),
        processor_throttles: alarms.processor_throttles.settings(),
        write_throttles: alarms.write_throttles.settings(),
        conflicts: alarms.conflicts.settings(),
    }
}
