//! The static content of the page: the parts of the pipeline, and the events that can be sent.

use camino::Utf8Path;
use processor::json::canonical_map;
use serde_json::{Value, json};

use super::opened::Opened;
use super::tried_event::in_lines;
use crate::cli::invented::Invention;
use crate::source::SampleEvent;
use crate::validate::processor_config;

/// The names of the pipeline's parts, and the commands for them.
pub(super) fn pipeline(opened: &Opened, path: &Utf8Path) -> Value {
    let (session, spec) = (&opened.session, opened.spec());
    let names = &session.names;
    let rules: Vec<Value> = spec
        .bus_rules()
        .into_iter()
        .map(|rule| json!({"name": rule.name, "pattern": rule.pattern}))
        .collect();
    json!({
        "version": 1,
        "spec": path.as_str(),
        "stack": names.stack,
        "region": session.region(),
        "account": session.account,
        "names": {
            "bus": names.bus, "rule": names.rule, "queue": names.queue, "processor": names.processor,
            "table": names.table, "dead_letter_queue": names.dead_letter_queue,
            "undelivered_queue": names.undelivered_queue,
        },
        "rules": rules,
        "dead_letter": spec.queue.time_of_death(&spec.processor),
        "commands": {
            "list": session.command("dlq list", ""),
            "edit": session.command("dlq edit", "ID"),
            "undelivered": session.command("dlq list", "--undelivered"),
        },
    })
}

/// A new event, generated as by `pipectl send`, and the spec's samples unchanged.
pub(super) fn samples(opened: &Opened) -> Value {
    let (spec, tree) = (opened.spec(), &opened.tree);
    let config = processor_config(spec);
    let mut samples = Vec::new();
    if let Ok((events, _)) = Invention::default().events(1, spec, tree, &config) {
        let invented = events.iter().map(|event| {
            let envelope = json!({"source": event.source, "detail-type": event.detail_type}).to_string();
            let remainder = envelope.trim_end_matches('}');
            let text = format!("{remainder},\"detail\":{}}}", event.detail);
            json!({"name": "a new event", "note": "invented", "event": in_lines(&text)})
        });
        samples.extend(invented);
    }
    let sample_json = |name: &str, note: &str, event: &SampleEvent| {
        let text = event.exact.as_ref().ok().map(canonical_map);
        let text = text.unwrap_or_else(|| Value::Object(event.fields.clone()).to_string());
        json!({"name": name, "note": note, "event": in_lines(&text)})
    };
    for sample in tree.samples() {
        let note = if sample.expected { "a sample that matches" } else { "a sample that is ignored" };
        samples.extend(sample.event.as_ref().ok().map(|event| sample_json(&sample.name, note, event)));
    }
    for test in tree.test_events() {
        let is_new = !samples.iter().any(|sample| sample["name"] == test.name);
        let event = test.event.as_ref().ok().filter(|_| is_new);
        samples.extend(event.map(|event| sample_json(&test.name, "an event of the spec's tests", event)));
    }
    json!({"version": 1, "samples": samples})
}
