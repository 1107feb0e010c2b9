//! A stack with termination protection is not deleted.
//!
//! `Stack [NAME] cannot be deleted while TerminationProtection is enabled`

use serde_json::json;

use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "termination_protection",
    source: "User Guide, protect CloudFormation stacks from being deleted; the words as scripts on GitHub compare them",
    looks: &[Look::Call(&["DeleteStack"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let stack = scene.call.text("StackName");
    let known = scene.upstream.stack(&scene.call.region, stack);
    known.contains("<EnableTerminationProtection>true<").then(|| {
        Refusal::invalid(format!("Stack [{stack}] cannot be deleted while TerminationProtection is enabled"))
    })
}

fn proof(trial: &Trial<'_>) {
    let stack = trial.deployed(&with("Queue", "AWS::SQS::Queue", json!({})));
    let protect = |on: &str| {
        let asked = [("StackName", stack.as_str()), ("EnableTerminationProtection", on)];
        trial.stack("UpdateTerminationProtection", &asked).taken();
    };
    protect("true");
    trial.stack("DeleteStack", &[("StackName", &stack)]).refused(
        "ValidationError",
        &format!("Stack [{stack}] cannot be deleted while TerminationProtection is enabled"),
    );
    protect("false");
    trial.stack("DeleteStack", &[("StackName", &stack)]).taken();
}
