//! A change set is for a stack that can be updated, or that does not exist.
//!
//! `Stack [NAME] already exists and cannot be created again with the changeSet [SET].` and
//! `Stack:ARN is in ROLLBACK_COMPLETE state and can not be updated.`, both a `ValidationError`

use serde_json::json;

use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;
use crate::strict::xml;

pub(crate) const RULE: Rule = Rule {
    name: "stack_state",
    source: "answers of AWS quoted by the AWS SAM and ECS command lines, and in aws-samples/amazon-chime-private-bot-demo#3",
    looks: &[Look::Call(&["CreateChangeSet", "UpdateStack"], look)],
    proof,
};

const STUCK: [&str; 5] =
    ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"];

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let (call, stack) = (scene.call, scene.call.text("StackName"));
    let known = scene.upstream.stack(&call.region, stack);
    let status = xml::first(&known, "StackStatus")?;
    let simulated = scene.memory().stories.get(&scene.location(stack)).map(|story| story.status);
    let status = simulated.unwrap_or(&status);
    if status == "REVIEW_IN_PROGRESS" {
        return None;
    }
    if call.text("ChangeSetType") == "CREATE" {
        let name = call.text("ChangeSetName");
        let words = format!(
            "Stack [{stack}] already exists and cannot be created again with the changeSet [{name}]."
        );
        return Some(Refusal::invalid(words));
    }
    let id = xml::first(&known, "StackId").unwrap_or_default();
    let is_busy = STUCK.contains(&status) || status.ends_with("_IN_PROGRESS");
    is_busy.then(|| Refusal::invalid(format!("Stack:{id} is in {status} state and can not be updated.")))
}

fn proof(trial: &Trial<'_>) {
    let template = with("Queue", "AWS::SQS::Queue", json!({}));
    let (stack, body) = (trial.deployed(&template), template.to_string());
    let asked = [("StackName", stack.as_str()), ("ChangeSetName", "again"), ("TemplateBody", body.as_str())];
    trial
        .stack("CreateChangeSet", &[&asked[..], &[("ChangeSetType", "CREATE")]].concat())
        .refused("ValidationError", "already exists and cannot be created again with the changeSet [again].");
    let failed = trial.name("failed");
    let missing = json!({"Resources": {"One": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": failed, "Type": "String", "Value": "a"}},
        "Two": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": failed, "Type": "String", "Value": "a"}}}});
    let body = missing.to_string();
    trial.stack("CreateStack", &[("StackName", &failed), ("TemplateBody", &body)]).taken();
    assert_eq!(trial.settled(&failed), "ROLLBACK_COMPLETE");
    for kind in ["UPDATE", "CREATE"] {
        let asked = [("StackName", failed.as_str()), ("ChangeSetName", "again"), ("TemplateBody", &body)];
        let expected = if kind == "CREATE" {
            "already exists and cannot"
        } else {
            " is in ROLLBACK_COMPLETE state and can not be updated."
        };
        trial
            .stack("CreateChangeSet", &[&asked[..], &[("ChangeSetType", kind)]].concat())
            .refused("ValidationError", expected);
    }
}
