//! What a custom template must create besides the bus's rules: nothing in place of an existing bus, and everything in the
//! spec. A copy from before a field existed ignores it silently.

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
    // A deliberate omission is the user's own choice.
    if spec.bus.archive.settings().is_none() && filled.properties("Archive", ARCHIVE).is_some() {
        let message = "the template creates an archive, but `bus.archive` is `off`".to_owned();
        findings.push(finding("/Resources/Archive", message, COPY.to_owned()));
    }
    for producer in producers(spec, &serde_json::Value::Null) {
        if filled.properties(producer.id, POLICY).is_none() {
            let message =
                format!("the stack has no `{}`: the senders in `bus.producers` are denied", producer.id);
            // It is in the same template as the rule.
            findings.push(absent("Rule", message, COPY.to_owned()));
        }
    }
    findings
}

/// Custom rules that send events to a queue whose policy denies them: JSON pointer of each target, and the message.
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
