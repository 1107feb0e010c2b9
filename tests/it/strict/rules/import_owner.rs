//! A resource that belongs to another stack is not imported.
//!
//! `NAME already exists in stack arn:aws:cloudformation:…`

use super::import_policy::finding;
use super::taken_name::taken;
use crate::strict::proposal::{Finding, Proposal, stack_id};
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::{Trial, with_alarm};

pub(crate) const RULE: Rule = Rule {
    name: "import_owner",
    source: "answers of AWS in aws/aws-cdk#28520 and others; the local cloud's makers measured the same",
    looks: &[Look::ChangeSet(look)],
    proof,
};

fn look(scene: &Scene<'_>, proposal: &Proposal) -> Option<Finding> {
    let found = taken(scene, proposal);
    let retained = found.iter().filter(|taken| taken.is_imported && taken.resource.is_retained());
    let region = &proposal.region;
    let stacks = if found.is_empty() { Vec::new() } else { scene.upstream.stacks(region) };
    for taken in retained {
        for (stack, template) in stacks.iter().filter(|(stack, _)| *stack != proposal.stack) {
            let mut others = template.of_type(taken.resource.kind);
            if others.any(|other| template.name_of(other, region).as_deref() == Some(taken.name.as_str())) {
                let id = stack_id(scene.upstream, region, stack).unwrap_or_default();
                let reason = format!("{} already exists in stack {id}", taken.name);
                return Some(finding(RULE.name, taken.resource, reason));
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
    let told =
        format!(" already exists in stack arn:aws:cloudformation:us-east-1:000000000000:stack/{owner}/");
    trial.change_set(&trial.name("other"), "CREATE", &template, &imports).failed(&told);
}
