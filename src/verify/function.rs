//! From the queue through the processor into the table.

use std::collections::BTreeMap;

use processor::environment::{CANARY_KEY, PIPELINE_CONFIG};
use serde_json::Value;

use super::blueprint::Blueprint;
use super::check::{Checks, Fault, Hop};
use super::look::Seen;
use crate::stack::{DetectedDrift, FoundFunction, FoundKeys, FoundMapping, LIVE};

pub(super) fn check(blueprint: &Blueprint<'_>, seen: &Seen, checks: &mut Checks) {
    let processor = blueprint.name("Processor");
    let uuid = blueprint.physical("QueueToProcessor").unwrap_or("QueueToProcessor");
    if blueprint.has("QueueToProcessor") {
        checks.judge(Hop::Mapping, uuid, &seen.mapping, |found| mapping(blueprint, found));
    }
    let live = format!("{processor}:{LIVE}");
    // The alias, if there is one, points to a copy of the settings that cannot be changed.
    let has_alias = blueprint.has("ProcessorAlias");
    let mut both = vec![(processor.as_str(), &seen.function)];
    both.extend(has_alias.then_some((live.as_str(), &seen.running)));
    for (name, reading) in both {
        checks.judge(Hop::Processor, name, reading, |found| runs(blueprint, found));
        if reading.found().is_some() {
            checks.judge(Hop::Environment, name, reading, |found| environment(blueprint, found));
        }
    }
    checks.judge(Hop::Concurrency, &processor, &seen.reserved, |reserved| idle(&processor, *reserved));
    if blueprint.has("ProcessorRole") {
        let role = blueprint.name("ProcessorRole");
        checks.judge(Hop::Role, &role, &seen.role, changed);
    }
    if blueprint.has("EventsTable") {
        checks
            .judge(Hop::Table, &blueprint.name("EventsTable"), &seen.table, |found| table(blueprint, found));
    }
}

fn mapping(blueprint: &Blueprint<'_>, found: &FoundMapping) -> Vec<Fault> {
    let mut faults = Vec::new();
    // `Creating` and `Updating` end in the requested state.
    if matches!(found.state.as_str(), "Disabled" | "Disabling" | "Deleting") {
        faults.push(Fault::new(format!("it is {}", found.state), "it is Enabled"));
    }
    for (what, seen, pointer) in
        [("it reads", &found.queue, "/EventSourceArn"), ("it calls", &found.function, "/FunctionName")]
    {
        let wanted = blueprint.text("QueueToProcessor", pointer);
        if let Some(wanted) = wanted.filter(|wanted| !seen.ends_with(wanted.as_str())) {
            faults.push(Fault::new(format!("{what} {seen}"), format!("{what} {wanted}")));
        }
    }
    if !found.reports_failures {
        let expected = "it has `ReportBatchItemFailures`";
        faults.push(Fault::new("one failed message returns its whole batch", expected));
    }
    faults
}

fn runs(blueprint: &Blueprint<'_>, found: &FoundFunction) -> Vec<Fault> {
    let mut faults = Vec::new();
    if found.state == "Failed" {
        faults.push(Fault::new("its state is Failed", "its state is Active"));
    }
    let wanted = blueprint.text("Processor", "/Role").filter(|wanted| *wanted != found.role);
    if let Some(wanted) = wanted {
        faults.push(Fault::new(format!("its role is {}", found.role), format!("its role is {wanted}")));
    }
    faults
}

/// Variables that are missing or differ from the template's. Values are shown only if they are names.
fn environment(blueprint: &Blueprint<'_>, found: &FoundFunction) -> Vec<Fault> {
    let properties = blueprint.properties("Processor");
    let wanted = properties.pointer("/Environment/Variables").and_then(Value::as_object);
    let wanted: BTreeMap<&String, &Value> = wanted.into_iter().flatten().collect();
    if found.environment.is_empty() && !wanted.is_empty() {
        return vec![Fault::new("it has no environment", "it has the template's environment")];
    }
    let mut faults = Vec::new();
    for (name, value) in wanted {
        let wanted = match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            // Only AWS knows it.
            _ => None,
        };
        let hidden = [CANARY_KEY, PIPELINE_CONFIG].contains(&name.as_str());
        match (found.environment.get(name), wanted) {
            (None, _) => faults.push(Fault::new(format!("`{name}` is not set"), format!("`{name}` is set"))),
            (Some(seen), Some(wanted)) if *seen != wanted => {
                let (seen, wanted) = if hidden {
                    ("another value", "the value of the template".to_owned())
                } else {
                    (seen.as_str(), wanted)
                };
                faults.push(Fault::new(format!("`{name}` is {seen}"), format!("`{name}` is {wanted}")));
            }
            _ => {}
        }
    }
    faults
}

/// A function with a reserved concurrency of 0 is switched off.
fn idle(processor: &str, reserved: Option<u64>) -> Vec<Fault> {
    if reserved != Some(0) {
        return Vec::new();
    }
    let fault = Fault::new("its reserved concurrency is 0: it never starts", "it may run");
    vec![fault.repaired_by(format!("aws lambda delete-function-concurrency --function-name {processor}"))]
}

/// The changes that CloudFormation detects.
pub(super) fn changed(found: &DetectedDrift) -> Vec<Fault> {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    match found.status.as_str() {
        "DELETED" => vec![Fault::missing()],
        "MODIFIED" => {
            let differences = found.differences.iter();
            let fault = |path: &str, seen: String, wanted: String| {
                Fault::new(format!("{path} is {seen}"), format!("{path} is {wanted}"))
            };
            let faults: Vec<Fault> = differences
                .map(|one| fault(&one.path, or_none(&one.actual), or_none(&one.expected)))
                .collect();
            if faults.is_empty() {
                vec![Fault::new("it was changed", "it matches the template")]
            } else {
                faults
            }
        }
        _ => Vec::new(),
    }
}

fn table(blueprint: &Blueprint<'_>, found: &FoundKeys) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !matches!(found.status.as_str(), "ACTIVE" | "UPDATING") {
        faults.push(Fault::new(format!("its status is {}", found.status), "its status is ACTIVE"));
    }
    let properties = blueprint.properties("EventsTable");
    let wanted = properties["KeySchema"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let wanted: BTreeMap<String, String> =
        wanted.filter_map(|key| Some((text(&key["KeyType"])?, text(&key["AttributeName"])?))).collect();
    if !wanted.is_empty() && found.keys != wanted {
        let shown = |keys: &BTreeMap<String, String>| {
            let names: Vec<&str> = keys.values().map(String::as_str).collect();
            format!("its keys are `{}`", names.join("`, `"))
        };
        faults.push(Fault::new(shown(&found.keys), shown(&wanted)));
    }
    faults
}
