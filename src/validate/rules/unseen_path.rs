use std::collections::BTreeMap;

use processor::json::Json;
use processor::path::Path;

use crate::diagnostic::{Diagnostic, codes};
use crate::pattern::is_of_envelope;
use crate::source::{SampleEvent, SpecTree};
use crate::spec::Spec;
use crate::validate::Patterns;
use crate::validate::paths::{Reading, readings};
use crate::validate::sightings::Sightings;

/// The paths that the mapping reads occur in the events of the spec, if it has any. An implicit default is not checked.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    // Custom code may add any field.
    if tree.has("/processor/code") {
        return Vec::new();
    }
    let sightings = Sightings::of(events(spec, tree));
    if sightings.count() == 0 {
        return Vec::new();
    }
    let readings = readings(&spec.event).into_iter().filter(|reading| tree.has(&reading.pointer));
    readings.filter_map(|reading| judge(tree, &sightings, &reading)).collect()
}

/// The events that the pattern should match, and does.
fn events<'a>(spec: &Spec, tree: &'a SpecTree) -> Vec<&'a BTreeMap<String, Json>> {
    let Ok(patterns) = Patterns::of(spec) else { return Vec::new() };
    let samples = tree.samples().iter().filter(|sample| sample.expected).map(|sample| &sample.event);
    let tested = tree.test_events().iter().map(|test| &test.event);
    let matches = |event: &&SampleEvent| patterns.matching(&event.fields.clone().into(), None).is_ok();
    let events = samples.chain(tested).filter_map(|event| event.as_ref().ok()).filter(matches);
    events.filter_map(|event| event.exact.as_ref().ok()).collect()
}

fn judge(tree: &SpecTree, sightings: &Sightings<'_>, reading: &Reading) -> Option<Diagnostic> {
    let path = reading.path.as_ref().ok()?;
    // Another rule reports an unknown field of the envelope.
    if sightings.has(path) || !is_of_envelope(path.root()) {
        return None;
    }
    let instead = sightings.instead_of(path);
    let of_envelope = instead.iter().find(|instead| !instead.is_of_detail() && path.is_of_detail());
    let message = match sightings.count() {
        1 => format!("the only event of `bus.samples.match` and `tests` does not have `{path}`"),
        count => format!("none of the {count} events of `bus.samples.match` and `tests` has `{path}`"),
    };
    let diagnostic = match of_envelope.filter(|_| instead.len() == 1) {
        Some(envelope) => Diagnostic::warning(
            codes::EVENT_ENVELOPE,
            format!("{message}, but the envelope has `{envelope}`"),
        )
        .help(edit(reading, envelope)),
        None => Diagnostic::warning(codes::EVENT_UNSEEN_PATH, message).help(help(reading, &instead)),
    };
    Some(diagnostic.at(&reading.pointer, tree.value_location(&reading.pointer)))
}

fn help(reading: &Reading, instead: &[Path]) -> String {
    let more = "add an event that has the value under `bus.samples.match`";
    match (instead, &reading.name) {
        ([], _) => format!("fix the path, or {more}"),
        ([only], Some(_)) => format!("did you mean `{only}`? {}; otherwise {more}", edit(reading, only)),
        (several, _) => {
            let several: Vec<String> = several.iter().map(|path| format!("`{path}`")).collect();
            format!("did you mean {}? Otherwise {more}", several.join(" or "))
        }
    }
}

/// The edit that reads the value at `path`.
pub(super) fn edit(reading: &Reading, path: &Path) -> String {
    let field = reading.field;
    match &reading.name {
        Some(name) => format!("write `{field}: {{attribute: {name}, from: {}}}`", quoted(path)),
        None => format!("write `{}`", quoted(path)),
    }
}

/// A path as a value of a spec: one with brackets is quoted.
fn quoted(path: &Path) -> String {
    let text = path.to_string();
    if text.contains(['[', '\'', '#', ',', '{']) { format!("\"{text}\"") } else { text }
}
