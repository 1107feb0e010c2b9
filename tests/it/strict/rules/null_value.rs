//! A template contains no `null`.
//!
//! `[/Resources/Queue/Type/QueueName] 'null' values are not allowed in templates`: the path names the properties of a
//! resource by its type's key, as AWS does.

use serde_json::{Value, json};

use crate::strict::proposal::Proposal;
use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "null_value",
    source: "answers of AWS quoted in mweagle/Sparta's changes and in reports of ValidateTemplate and CreateChangeSet",
    looks: &[Look::Call(&["CreateStack", "UpdateStack", "CreateChangeSet"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let proposal = Proposal::of(scene.call, scene.upstream)?;
    let location = null_in(&proposal.after.value, "")?;
    let mut steps: Vec<&str> = location.split('/').collect();
    if steps.get(1) == Some(&"Resources") && steps.get(3) == Some(&"Properties") {
        steps[3] = "Type";
    }
    Some(Refusal::invalid(format!("[{}] 'null' values are not allowed in templates", steps.join("/"))))
}

fn null_in(value: &Value, location: &str) -> Option<String> {
    match value {
        Value::Null => Some(location.to_owned()),
        Value::Object(map) => {
            map.iter().find_map(|(key, value)| null_in(value, &format!("{location}/{key}")))
        }
        Value::Array(list) => {
            list.iter().enumerate().find_map(|(index, value)| null_in(value, &format!("{location}/{index}")))
        }
        _ => None,
    }
}

fn proof(trial: &Trial<'_>) {
    let template = with("Queue", "AWS::SQS::Queue", json!({"Tags": [{"Key": "a", "Value": null}]}));
    let (stack, body) = (trial.name("null"), template.to_string());
    let asked = [
        ("StackName", stack.as_str()),
        ("ChangeSetName", "c"),
        ("ChangeSetType", "CREATE"),
        ("TemplateBody", &body),
    ];
    trial.stack("CreateChangeSet", &asked).refused(
        "ValidationError",
        "[/Resources/Queue/Type/Tags/0/Value] 'null' values are not allowed in templates",
    );
}
