//! A drift-aware change set reverts the deployed resources: it is for an existing stack, imports nothing, and has no
//! options of a creation.

use serde_json::json;

use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "revert_drift",
    source: "User Guide, drift-aware change sets: they compare an existing stack; AWS's own words are not public",
    looks: &[Look::Call(&["CreateChangeSet"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let call = scene.call;
    if call.text("DeploymentMode") != "REVERT_DRIFT" {
        return None;
    }
    let with =
        ["OnStackFailure", "ResourcesToImport", "DeploymentConfig"].into_iter().find(|name| call.has(name));
    let with = with.or_else(|| call.is_true("ImportExistingResources").then_some("ImportExistingResources"));
    let kind = call.text("ChangeSetType");
    let with = with.or_else(|| ["CREATE", "IMPORT"].contains(&kind).then_some("ChangeSetType"));
    let words = |name| format!("DeploymentMode REVERT_DRIFT cannot be used with {name}");
    with.map(|name| Refusal::invalid(words(name)))
}

fn proof(trial: &Trial<'_>) {
    let stack = trial.deployed(&with("Queue", "AWS::SQS::Queue", json!({})));
    for (name, value) in [("ImportExistingResources", "true"), ("OnStackFailure", "ROLLBACK")] {
        let asked = [
            ("StackName", stack.as_str()),
            ("ChangeSetName", "reverting"),
            ("ChangeSetType", "UPDATE"),
            ("UsePreviousTemplate", "true"),
            ("DeploymentMode", "REVERT_DRIFT"),
            (name, value),
        ];
        trial.stack("CreateChangeSet", &asked).refused("ValidationError", name);
    }
    let created = trial.name("created");
    let asked = [
        ("StackName", created.as_str()),
        ("ChangeSetName", "reverting"),
        ("ChangeSetType", "CREATE"),
        ("TemplateBody", r#"{"Resources":{"Queue":{"Type":"AWS::SQS::Queue"}}}"#),
        ("DeploymentMode", "REVERT_DRIFT"),
    ];
    trial
        .stack("CreateChangeSet", &asked)
        .refused("ValidationError", "REVERT_DRIFT cannot be used with ChangeSetType");
}
