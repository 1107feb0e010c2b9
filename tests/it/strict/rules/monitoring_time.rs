//! A change set with a monitoring time names its rollback triggers. Without triggers CloudFormation waits the whole time
//! before it removes old resources, which is useless; and there is no monitoring after an import.

use serde_json::json;

use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "monitoring_time",
    source: "API_RollbackConfiguration: without triggers it \"still waits\"; AWS takes it, this project does not",
    looks: &[Look::Call(&["CreateChangeSet", "CreateStack", "UpdateStack"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let call = scene.call;
    let minutes = call.text("RollbackConfiguration.MonitoringTimeInMinutes");
    let watches = call.has("RollbackConfiguration.RollbackTriggers.member.1");
    let waits = !minutes.is_empty() && minutes != "0" && !watches;
    let imports = call.text("ChangeSetType") == "IMPORT" && watches;
    let words = "RollbackConfiguration has a MonitoringTimeInMinutes without RollbackTriggers, or triggers of an import";
    (waits || imports).then(|| Refusal::invalid(words))
}

fn proof(trial: &Trial<'_>) {
    let (stack, body) = (trial.name("watched"), with("Queue", "AWS::SQS::Queue", json!({})).to_string());
    let asked = [
        ("StackName", stack.as_str()),
        ("ChangeSetName", "watched"),
        ("ChangeSetType", "CREATE"),
        ("TemplateBody", body.as_str()),
        ("RollbackConfiguration.MonitoringTimeInMinutes", "5"),
    ];
    trial.stack("CreateChangeSet", &asked).refused("ValidationError", "MonitoringTimeInMinutes");
}
