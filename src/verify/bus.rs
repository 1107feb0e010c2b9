//! From the bus to the queue: rules and their targets.

use serde_json::Value;

use super::blueprint::{Blueprint, Rule};
use super::check::{Checks, Fault, Hop};
use super::look::Seen;
use super::words::Words;
use crate::stack::FoundRule;

/// The help if a spec names a bus that does not exist. `flags`: of the AWS CLI.
#[must_use]
pub fn missing_bus_help(name: &str, flags: &str) -> String {
    format!(
        "create it with `aws events create-event-bus --name {name}{flags}`, name an existing one under `bus.existing`, or remove `existing` so that the stack creates one"
    )
}

pub(super) fn check(blueprint: &Blueprint<'_>, seen: &Seen, words: &Words, checks: &mut Checks) {
    let queue = blueprint.arn("Queue").unwrap_or_default();
    let rules = blueprint.rules();
    for (index, (rule, bus)) in rules.iter().zip(&seen.buses).enumerate() {
        if rules[..index].iter().all(|before| before.bus != rule.bus) {
            let missing = || match blueprint.makes_bus(&rule.bus) {
                true => Fault::missing(),
                false => Fault::new("there is none", "its rule is on this bus")
                    .repaired_by(missing_bus_help(&rule.bus, &words.flags)),
            };
            checks.judge_or(Hop::Bus, &rule.bus, bus, missing, |()| Vec::new());
        }
    }
    for (rule, found) in rules.iter().zip(&seen.rules) {
        checks.judge(Hop::Rule, &rule.name, found, |found| state(rule, found));
        if found.found().is_some() {
            checks.judge(Hop::Target, &rule.name, found, |found| target(rule, found, &queue));
        }
    }
}

fn state(rule: &Rule, found: &FoundRule) -> Vec<Fault> {
    let mut faults = Vec::new();
    let wanted = rule.properties["State"].as_str().unwrap_or("ENABLED");
    if found.state != wanted {
        faults.push(Fault::new(format!("it is {}", found.state), format!("it is {wanted}")));
    }
    let seen = found.pattern.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let wanted = match &rule.properties["EventPattern"] {
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Null => None,
        pattern => Some(pattern.clone()),
    };
    // The value of an unknown function cannot be compared.
    if wanted.is_some() && seen != wanted {
        let shown = |pattern: Option<Value>| pattern.map_or_else(|| "none".to_owned(), |one| one.to_string());
        faults.push(Fault::new(
            format!("its pattern is {}", shown(seen)),
            format!("its pattern is {}", shown(wanted)),
        ));
    }
    faults
}

fn target(rule: &Rule, found: &FoundRule, queue: &str) -> Vec<Fault> {
    let targets = rule.properties["Targets"].as_array().into_iter().flatten();
    let wanted = targets.into_iter().find(|target| target["Arn"] == queue);
    let Some(target) = found.targets.iter().find(|target| target.arn == queue) else {
        let seen = match found.targets.as_slice() {
            [] => "it has no target".to_owned(),
            others => format!("its target is {}", others[0].arn),
        };
        return vec![Fault::new(seen, format!("its target is {queue}"))];
    };
    let text = |pointer: &str| wanted.and_then(|wanted| wanted.pointer(pointer)).and_then(Value::as_str);
    let or_none = |text: Option<&str>| text.unwrap_or("none").to_owned();
    let mut faults = Vec::new();
    for (what, seen, wanted) in [
        ("the part of the event that it sends", &target.input_path, text("/InputPath")),
        ("its queue for undelivered events", &target.dead_letters, text("/DeadLetterConfig/Arn")),
    ] {
        if seen.as_deref() != wanted {
            let is = |text: Option<&str>| format!("{what} is {}", or_none(text));
            faults.push(Fault::new(is(seen.as_deref()), is(wanted)));
        }
    }
    faults
}
