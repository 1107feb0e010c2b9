//! A deletion may only retain resources, or be forced, if the last deletion of the stack failed.
//!
//! `Invalid operation on stack [ARN]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`
//! and
//! `… You can activate DeletionMode FORCE_DELETE_STACK in a delete stack operation only when the stack is in the DELETE_FAILED state.`

use serde_json::json;

use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;
use crate::strict::xml;

pub(crate) const RULE: Rule = Rule {
    name: "delete_options",
    source: "API_DeleteStack; the answers of AWS quoted in awslabs/eks-perf-tests#517 and in tools that compare them",
    looks: &[Look::Call(&["DeleteStack"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let (call, stack) = (scene.call, scene.call.text("StackName"));
    let retains = call.has("RetainResources");
    if !retains && call.text("DeletionMode") != "FORCE_DELETE_STACK" {
        return None;
    }
    let known = scene.upstream.stack(&call.region, stack);
    let status = xml::first(&known, "StackStatus")?;
    let simulated = scene.memory().stories.get(&scene.location(stack)).map(|story| story.status);
    if simulated.unwrap_or(&status) == "DELETE_FAILED" {
        return None;
    }
    let id = xml::first(&known, "StackId").unwrap_or_default();
    let words = if retains {
        "When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state."
    } else {
        "You can activate DeletionMode FORCE_DELETE_STACK in a delete stack operation only when the stack is in the \
         DELETE_FAILED state."
    };
    Some(Refusal::invalid(format!("Invalid operation on stack [{id}]. {words}")))
}

fn proof(trial: &Trial<'_>) {
    let stack = trial.deployed(&with("Queue", "AWS::SQS::Queue", json!({})));
    trial.stack("DeleteStack", &[("StackName", &stack), ("DeletionMode", "FORCE_DELETE_STACK")]).refused(
        "ValidationError",
        "You can activate DeletionMode FORCE_DELETE_STACK in a delete stack operation only",
    );
    trial.stack("DeleteStack", &[("StackName", &stack), ("RetainResources.member.1", "Queue")]).refused(
        "ValidationError",
        "specify which resources to retain only when the stack is in the DELETE_FAILED state",
    );
}
