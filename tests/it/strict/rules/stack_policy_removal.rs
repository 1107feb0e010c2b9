//! An update cannot remove a resource that the stack's policy names: the policy is compared with the new template when
//! the update begins.
//!
//! `Error validating existing stack policy: Unknown logical id 'LogicalResourceId/X' in statement {} - stack policies
//! can only be applied to logical ids referenced in the template`

use serde_json::json;

use super::stack_policy_ids::{denying, unknown, words};
use crate::strict::change_set;
use crate::strict::proposal::{Kind, Proposal};
use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;
use crate::strict::xml;

pub(crate) const RULE: Rule = Rule {
    name: "stack_policy_removal",
    source: "answer of AWS quoted in fireflycons/PSCloudFormation; a change set is not compared before it is executed",
    looks: &[Look::Call(&["UpdateStack", "ExecuteChangeSet"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let proposal = change_set::executed(scene).or_else(|| Proposal::of(scene.call, scene.upstream))?;
    if proposal.kind == Kind::Creation {
        return None;
    }
    let asked = [("Action", "GetStackPolicy"), ("StackName", proposal.stack.as_str())];
    let answer = scene.upstream.query("cloudformation", &proposal.region, &asked);
    let id = unknown(&xml::first(&answer.text(), "StackPolicyBody")?, &proposal.after)?;
    Some(Refusal::invalid(format!("Error validating existing stack policy: {}", words(&id))))
}

fn proof(trial: &Trial<'_>) {
    let both =
        json!({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, "Other": {"Type": "AWS::SQS::Queue"}}});
    let stack = trial.deployed(&both);
    trial.stack("SetStackPolicy", &[("StackName", &stack), ("StackPolicyBody", &denying("Other"))]).taken();
    let one = with("Queue", "AWS::SQS::Queue", json!({}));
    let change_set = trial.change_set(&stack, "UPDATE", &one, &[]).ready();
    let expected = "Error validating existing stack policy: Unknown logical id 'LogicalResourceId/Other'";
    trial.stack("ExecuteChangeSet", &[("ChangeSetName", &change_set)]).refused("ValidationError", expected);
    trial.update(&stack, &one).refused("ValidationError", expected);
    trial.stack("SetStackPolicy", &[("StackName", &stack), ("StackPolicyBody", &denying("Queue"))]).taken();
    trial.stack("ExecuteChangeSet", &[("ChangeSetName", &change_set)]).taken();
    assert_eq!(trial.settled(&stack), "UPDATE_COMPLETE");
}
