//! `OnStackFailure` decides about a stack whose creation fails, so only a creation accepts it; and its execution does not
//! repeat it.

use serde_json::json;

use crate::strict::change_set;
use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "on_stack_failure",
    source: "API_CreateChangeSet (\"if stack creation fails\") and API_ExecuteChangeSet; AWS's own words are not public",
    looks: &[Look::Call(&["CreateChangeSet", "ExecuteChangeSet"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let call = scene.call;
    if call.name == "ExecuteChangeSet" {
        let is_set = change_set::executed(scene).is_some_and(|proposal| !proposal.on_failure.is_empty());
        let words = "DisableRollback can't be specified when the change set was created with OnStackFailure";
        return (is_set && call.has("DisableRollback")).then(|| Refusal::invalid(words));
    }
    let kind = call.text("ChangeSetType");
    let words = format!("OnStackFailure can only be specified for a change set of type CREATE, not {kind}");
    (call.has("OnStackFailure") && kind != "CREATE").then(|| Refusal::invalid(words))
}

fn proof(trial: &Trial<'_>) {
    let stack = trial.deployed(&with("Queue", "AWS::SQS::Queue", json!({})));
    let body = with("Queue", "AWS::SQS::Queue", json!({"DelaySeconds": 1})).to_string();
    let asked = [
        ("StackName", stack.as_str()),
        ("ChangeSetName", "failing"),
        ("ChangeSetType", "UPDATE"),
        ("TemplateBody", body.as_str()),
        ("OnStackFailure", "ROLLBACK"),
    ];
    trial.stack("CreateChangeSet", &asked).refused("ValidationError", "OnStackFailure");
    let created = trial.name("created");
    let sent = [("OnStackFailure", "ROLLBACK")];
    let id =
        trial.change_set(&created, "CREATE", &with("Queue", "AWS::SQS::Queue", json!({})), &sent).ready();
    trial
        .stack("ExecuteChangeSet", &[("ChangeSetName", &id), ("DisableRollback", "true")])
        .refused("ValidationError", "DisableRollback");
}
