//! Termination protection is only changed for an existing stack, and not while it is deleted.
//!
//! `Stack [NAME] does not exist`

use crate::strict::refusal::Refusal;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "termination_missing_stack",
    source: "API_UpdateTerminationProtection: as every call on a stack that is not there",
    looks: &[Look::Call(&["UpdateTerminationProtection"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let stack = scene.call.text("StackName");
    let known = scene.upstream.stack(&scene.call.region, stack);
    let is_there = !known.is_empty() && !known.contains("<StackStatus>DELETE_IN_PROGRESS<");
    (!is_there).then(|| Refusal::invalid(format!("Stack [{stack}] does not exist")))
}

fn proof(trial: &Trial<'_>) {
    let stack = trial.name("nobody");
    let asked = [("StackName", stack.as_str()), ("EnableTerminationProtection", "true")];
    trial
        .stack("UpdateTerminationProtection", &asked)
        .refused("ValidationError", &format!("Stack [{stack}] does not exist"));
    // The local cloud refuses it too.
    trial.recorded(RULE.name);
}
