//! A call names its template in one way only.
//!
//! `You cannot specify both usePreviousTemplate and Template Body/Template URL.`

use serde_json::json;

use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "previous_template",
    source: "API_CreateChangeSet: only one of three; the words as getmoto/moto has them from AWS",
    looks: &[Look::Call(&["CreateStack", "UpdateStack", "CreateChangeSet"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let call = scene.call;
    let (body, url) = (call.has("TemplateBody"), call.has("TemplateURL"));
    let previous = call.is_true("UsePreviousTemplate");
    let words = if previous && (body || url) {
        "You cannot specify both usePreviousTemplate and Template Body/Template URL."
    } else if body && url || !(body || url || previous) {
        "Either Template URL or Template Body must be specified."
    } else {
        return None;
    };
    Some(Refusal::invalid(words))
}

fn proof(trial: &Trial<'_>) {
    let template = with("Queue", "AWS::SQS::Queue", json!({}));
    let (stack, body) = (trial.deployed(&template), template.to_string());
    let own = [("StackName", stack.as_str()), ("ChangeSetName", "twice"), ("ChangeSetType", "UPDATE")];
    let both = [("TemplateBody", body.as_str()), ("UsePreviousTemplate", "true")];
    trial.stack("CreateChangeSet", &[&own[..], &both].concat()).refused(
        "ValidationError",
        "You cannot specify both usePreviousTemplate and Template Body/Template URL.",
    );
    trial
        .stack("CreateChangeSet", &own)
        .refused("ValidationError", "Either Template URL or Template Body must be specified.");
}
