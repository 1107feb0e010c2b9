//! What a template of the user's must make beside the bus's rules: nothing in place of a bus that is there, and all that the
//! spec asks for. A copy from before a field was known does without it, and nobody notices.

use super::super::buses::producers;
use super::super::filled::Filled;
use super::super::walk::Finding;
use super::delivery::{BUS, QUEUE, RULE};
use super::queue::refusal;
use super::{absent, finding};
use crate::spec::Spec;

const ARCHIVE: &str = "AWS::Events::Archive";
const POLICY: &str = "AWS::Events::EventBusPolicy";
const COPY: &str = "the copy is older than this field: copy the new parts (`pipectl eject bus --to new`)";

pub(super) fn unmet(filled: &Filled<'_>, spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(existing) = spec.bus.existing_name()
        && filled.properties("Bus", BUS).is_some()
    {
        let message = format!("the template creates a bus `Bus`, but `bus.existing` says `{existing}`");
        findings.push(finding("/Resources/Bus", message, COPY.to_owned()));
    }
    // One that is left out on purpose is the user's own choice.
    if spec.bus.archive.settings().is_none() && filled.properties("Archive", ARCHIVE).is_some() {
        let message = "the template creates an archive, but `bus.archive` is `off`".to_owned();
        findings.push(finding("/Resources/Archive", message, COPY.to_owned()));
    }
    for producer in producers(spec, &serde_json::Value::Null) {
        if filled.properties(producer.id, POLICY).is_none() {
            let message =
                format!("the stack has no `{}`: the senders in `bus.producers` are denied", producer.id);
            // It stands where the rule does.
            findings.push(absent("Rule", message, COPY.to_owned()));
        }
    }
    findings
}

/// Rules of the user's own that send events to a queue whose policy does not let them in: JSON pointer of each target, and what
/// to say of it.
pub(in super::super) fn shut_out(filled: &Filled<'_>, spec: &Spec) -> Vec<(String, String)> {
    let ours: Vec<String> = spec.bus_rules().iter().map(|rule| rule.logical_id("Rule")).collect();
    let others = filled.all().filter(|(id, kind, _)| *kind == RULE && !ours.iter().any(|known| known == id));
    let mut found = Vec::new();
    for (id, _, properties) in others {
        for (index, target) in properties["Targets"].as_array().into_iter().flatten().enumerate() {
            let Some(queue) = filled.named(QUEUE, &target["Arn"]) else { continue };
            let Some(words) = refusal(filled, queue, filled.arn(id).unwrap_or_default()) else { continue };
            let pointer = format!("/Resources/{id}/Properties/Targets/{index}/Arn");
            found.push((
                pointer,
                format!("the queue `{queue}` {words}: EventBridge drops the events of `{id}`"),
            ));
        }
    }
    found
}
