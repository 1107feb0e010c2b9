//! A template sent with the call has at most 51,200 bytes; a longer one is read from a bucket.
//!
//! `1 validation error detected: Value '…' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200`

use serde_json::json;

use super::stack_policy_size::too_long;
use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "template_size",
    source: "CloudFormation quotas: template body size in a request; API_CreateChangeSet",
    looks: &[Look::Call(&["CreateStack", "UpdateStack", "CreateChangeSet", "ValidateTemplate"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    too_long(scene.call.text("TemplateBody"), "templateBody", 51_200)
}

fn proof(trial: &Trial<'_>) {
    let mut template = with("Queue", "AWS::SQS::Queue", json!({}));
    template["Metadata"] = json!({"padding": "x".repeat(51_200)});
    let stack = trial.name("large");
    let asked = [("StackName", stack.as_str()), ("TemplateBody", &template.to_string())];
    trial.stack("CreateStack", &asked).refused(
        "ValidationError",
        "at 'templateBody' failed to satisfy constraint: Member must have length less than",
    );
}
