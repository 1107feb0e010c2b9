//! IAM resources and macros are acknowledged by the call: IAM by either capability, named ones by `CAPABILITY_NAMED_IAM`,
//! macros by `CAPABILITY_AUTO_EXPAND` if no change set shows their result.
//!
//! `InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]`

use serde_json::{Value, json};

use crate::strict::proposal::{Kind, Proposal};
use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "capabilities",
    source: "API_CreateStack and API_CreateChangeSet: Capabilities; the words in reports since 2017",
    looks: &[Look::Call(&["CreateStack", "UpdateStack", "CreateChangeSet"], look)],
    proof,
};

const NAMED: [(&str, &str); 8] = [
    ("AWS::IAM::AccessKey", ""),
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", ""),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::User", "UserName"),
    ("AWS::IAM::UserToGroupAddition", ""),
];

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let proposal = Proposal::of(scene.call, scene.upstream)?;
    if proposal.kind == Kind::Deletion {
        return None;
    }
    let given = scene.call.members("Capabilities");
    let has = |capability: &str| given.contains(&capability);
    let template = &proposal.after;
    let iam = || {
        template.resources().filter_map(|resource| {
            NAMED.iter().find(|(kind, _)| *kind == resource.kind).map(|(_, name)| (resource, *name))
        })
    };
    let names = iam().any(|(resource, name)| !name.is_empty() && resource.properties().get(name).is_some());
    let expands = template.value.get("Transform").is_some() || embeds(&template.value);
    let mut missing = Vec::new();
    if names && !has("CAPABILITY_NAMED_IAM") {
        missing.push("CAPABILITY_NAMED_IAM");
    } else if iam().next().is_some() && !has("CAPABILITY_IAM") && !has("CAPABILITY_NAMED_IAM") {
        missing.push("CAPABILITY_IAM");
    }
    if expands && scene.call.name != "CreateChangeSet" && !has("CAPABILITY_AUTO_EXPAND") {
        missing.push("CAPABILITY_AUTO_EXPAND");
    }
    let words = format!("Requires capabilities : [{}]", missing.join(", "));
    (!missing.is_empty()).then(|| Refusal::new("InsufficientCapabilitiesException", words))
}

/// Whether there is a macro at any depth.
fn embeds(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.contains_key("Fn::Transform") || map.values().any(embeds),
        Value::Array(list) => list.iter().any(embeds),
        _ => false,
    }
}

fn proof(trial: &Trial<'_>) {
    let trust = json!({"Version": "2012-10-17", "Statement": []});
    let role = |name: Option<&str>| {
        let mut properties = json!({"AssumeRolePolicyDocument": trust});
        if let Some(name) = name {
            properties["RoleName"] = name.into();
        }
        with("Role", "AWS::IAM::Role", properties)
    };
    let mut expanding = with("Queue", "AWS::SQS::Queue", json!({}));
    expanding["Transform"] = "AWS::LanguageExtensions".into();
    let tried = |template: &Value, given: &str, needed: &str| {
        let (stack, body) = (trial.name("capable"), template.to_string());
        let asked = [
            ("StackName", stack.as_str()),
            ("TemplateBody", body.as_str()),
            ("Capabilities.member.1", given),
        ];
        let expected = format!("Requires capabilities : [{needed}]");
        trial.stack("CreateStack", &asked).refused("InsufficientCapabilitiesException", &expected);
    };
    tried(&role(Some("named")), "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM");
    tried(&role(None), "CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM");
    tried(&expanding, "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND");
}
