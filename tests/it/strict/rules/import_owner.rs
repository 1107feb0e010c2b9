//! A resource that belongs to another stack is not imported.
//!
//! `NAME already exists in stack arn:aws:cloudformation:…`

use crate::strict::existing::taken;
use crate::strict::proposal::{Finding, Proposal, stack_id};
use crate::strict::sample::with_alarm;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "import_owner",
    source: "answers of AWS in aws/aws-cdk#28520 and others; the local cloud's makers measured the same",
    looks: &[Look::ChangeSet(look)],
    proof,
};

fn look(scene: &Scene<'_>, proposal: &Proposal) -> Option<Finding> {
    let found = taken(scene, proposal);
    let region = &proposal.region;
    let stacks = if found.is_empty() { Vec::new() } else { scene.upstream.stacks(region) };
    for taken in found.iter().filter(|taken| taken.is_imported && taken.is_retained) {
        for (stack, template) in stacks.iter().filter(|(stack, _)| *stack != proposal.stack) {
            let mut others = template.of_type(&taken.kind);
            if others.any(|other| template.name_of(other, region).as_deref() == Some(taken.name.as_str())) {
                let id = stack_id(scene.upstream, region, stack).unwrap_or_default();
                let status_reason = format!("{} already exists in stack {id}", taken.name);
                let logical_id = taken.id.clone();
                return Some(Finding { rule: RULE.name, logical_id, status_reason, reason: None });
            }
        }
    }
    None
}

fn proof(trial: &Trial<'_>) {
    let mut template = with_alarm(&trial.name("owned"));
    template["Resources"]["Alarm"]["DeletionPolicy"] = "Retain".into();
    let owner = trial.deployed(&template);
    let imports = [("ImportExistingResources", "true")];
    let expected =
        format!(" already exists in stack arn:aws:cloudformation:us-east-1:000000000000:stack/{owner}/");
    trial.change_set(&trial.name("other"), "CREATE", &template, &imports).failed(&expected);
}
