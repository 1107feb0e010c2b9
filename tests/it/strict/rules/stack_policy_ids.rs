//! A stack policy may only name logical ids of the deployed template.
//!
//! `Error validating stack policy: Unknown logical id 'LogicalResourceId/X' in statement {} - stack policies can only be
//! applied to logical ids referenced in the template`

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::template::Template;
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "stack_policy_ids",
    source: "answers of AWS reported in sparkleformation/sfn#238",
    looks: &[Look::Call(&["SetStackPolicy"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let template = scene.upstream.template(&scene.call.region, scene.call.text("StackName"))?;
    let id = unknown(scene.call.text("StackPolicyBody"), &template)?;
    Some(Refusal::invalid(format!("Error validating stack policy: {}", words(&id))))
}

pub(super) fn words(id: &str) -> String {
    format!(
        "Unknown logical id '{id}' in statement {{}} - stack policies can only be applied to logical ids referenced in \
         the template"
    )
}

/// The first resource in a policy that the template does not have, as the policy writes it. Wildcards do not count.
pub(super) fn unknown(policy: &str, template: &Template) -> Option<String> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let known: BTreeSet<&str> = template.resources().map(|resource| resource.id).collect();
    let statements = policy["Statement"].as_array()?.iter();
    let named = statements.flat_map(|statement| [&statement["Resource"], &statement["NotResource"]]);
    let named = named.flat_map(|named| match named {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect::<Vec<_>>(),
    });
    let is_unknown = |named: &&str| {
        named.strip_prefix("LogicalResourceId/").is_some_and(|id| !id.contains('*') && !known.contains(id))
    };
    named.into_iter().find(is_unknown).map(ToOwned::to_owned)
}

/// A policy for one resource.
pub(super) fn denying(id: &str) -> String {
    let all = json!({"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"});
    let named = format!("LogicalResourceId/{id}");
    let none = json!({"Effect": "Deny", "Action": "Update:Delete", "Principal": "*", "Resource": [named]});
    json!({"Statement": [all, none]}).to_string()
}

fn proof(trial: &Trial<'_>) {
    let stack = trial.deployed(&with("Queue", "AWS::SQS::Queue", json!({})));
    trial.stack("SetStackPolicy", &[("StackName", &stack), ("StackPolicyBody", &denying("Queue"))]).taken();
    trial
        .stack("SetStackPolicy", &[("StackName", &stack), ("StackPolicyBody", &denying("Archive"))])
        .refused(
            "ValidationError",
            "Error validating stack policy: Unknown logical id 'LogicalResourceId/Archive'",
        );
}
