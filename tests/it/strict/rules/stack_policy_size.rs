//! A stack policy has at most 16,384 bytes.
//!
//! `1 validation error detected: Value '…' at 'stackPolicyBody' failed to satisfy constraint: Member must have length
//! less than or equal to 16384`

use serde_json::json;

use super::stack_policy_ids::denying;
use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

const LIMIT: usize = 16_384;

pub(crate) const RULE: Rule = Rule {
    name: "stack_policy_size",
    source: "API_SetStackPolicy: length constraint of StackPolicyBody",
    looks: &[Look::Call(&["SetStackPolicy"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    too_long(scene.call.text("StackPolicyBody"), "stackPolicyBody", LIMIT)
}

/// How every service of the Query protocol refuses a parameter that is too long.
pub(super) fn too_long(value: &str, name: &str, limit: usize) -> Option<Refusal> {
    (value.len() > limit).then(|| {
        let head: String = value.chars().take(40).collect();
        Refusal::invalid(format!(
            "1 validation error detected: Value '{head}…' at '{name}' failed to satisfy constraint: Member must have \
             length less than or equal to {limit}"
        ))
    })
}

fn proof(trial: &Trial<'_>) {
    let stack = trial.deployed(&with("Queue", "AWS::SQS::Queue", json!({})));
    let policy = denying("Queue");
    let padded = |size: usize| format!("{policy}{}", " ".repeat(size - policy.len()));
    trial.stack("SetStackPolicy", &[("StackName", &stack), ("StackPolicyBody", &padded(LIMIT))]).taken();
    trial
        .stack("SetStackPolicy", &[("StackName", &stack), ("StackPolicyBody", &padded(LIMIT + 1))])
        .refused("ValidationError", "Member must have length less than or equal to 16384");
}
