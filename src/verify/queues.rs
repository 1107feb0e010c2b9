//! The queues, and whether EventBridge may put events into them.

use serde_json::Value;

use super::blueprint::{Blueprint, QUEUES};
use super::check::{Checks, Fault, Hop};
use super::look::Seen;
use crate::render::queue_refusal;
use crate::stack::FoundQueue;

pub(super) fn check(blueprint: &Blueprint<'_>, seen: &Seen, checks: &mut Checks) {
    for (id, reading) in QUEUES.into_iter().zip(&seen.queues) {
        if !blueprint.has(id) {
            continue;
        }
        let name = blueprint.name(id);
        checks.judge(Hop::Queue, &name, reading, |queue| dead_letters(blueprint, id, queue));
        if reading.found().is_some() && id != "DeadLetterQueue" {
            checks.judge(Hop::QueuePolicy, &name, reading, |queue| refusals(blueprint, id, queue));
        }
    }
}

fn dead_letters(blueprint: &Blueprint<'_>, id: &str, queue: &FoundQueue) -> Vec<Fault> {
    let wanted = blueprint.text(id, "/RedrivePolicy/deadLetterTargetArn");
    if wanted.is_none() || queue.dead_letters == wanted {
        return Vec::new();
    }
    let is = |arn: Option<String>| format!("its dead-letter queue is {}", arn.as_deref().unwrap_or("none"));
    vec![Fault::new(is(queue.dead_letters.clone()), is(wanted))]
}

/// Each rule whose events the queue does not accept.
fn refusals(blueprint: &Blueprint<'_>, id: &str, queue: &FoundQueue) -> Vec<Fault> {
    let refused =
        blueprint.rules().into_iter().filter(|rule| id == "Queue" || sends_to(&rule.properties, queue));
    let refused = refused.filter_map(|rule| {
        let words = match &queue.policy {
            Some(policy) => queue_refusal(policy, &queue.arn, &rule.arn)?,
            None => "has no policy".to_owned(),
        };
        let seen = format!("it {words}: EventBridge cannot send events of `{}` to it", rule.name);
        let fault = Fault::new(seen, format!("the rule `{}` may send to it", rule.name));
        if blueprint.has(&format!("{id}Policy")) {
            return Some(fault);
        }
        Some(fault.repaired_by("add a policy to the template, or to the stack that should have it"))
    });
    refused.collect()
}

/// Whether a rule sends undeliverable events to the queue.
fn sends_to(rule: &Value, queue: &FoundQueue) -> bool {
    let targets = rule["Targets"].as_array().into_iter().flatten();
    targets.into_iter().any(|target| target["DeadLetterConfig"]["Arn"] == queue.arn.as_str())
}
