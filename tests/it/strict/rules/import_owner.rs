//! A resource that belongs to another stack is not imported.
//!
//! `NAME already exists in stack arn:aws:cloudformation:…`

use super::import_policy::finding;
use super::taken_name::taken;
use crate::strict::proposal::{Finding, Proposal};
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::{Trial, with_alarm};
use crate::strict::xml;

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
    let listed = scene.upstream.query("cloudformation", region, &[("Action", "DescribeStacks")]).text();
    let (_, stacks, _) = xml::members(&listed, "Stacks")?;
    let stacks: Vec<(String, String)> = stacks
        .into_iter()
        .filter_map(|stack| Some((xml::first(stack, "StackName")?, xml::first(stack, "StackId")?)))
        .filter(|(name, _)| *name != proposal.stack)
        .collect();
    for taken in retained {
        for (stack, id) in &stacks {
            let Some(template) = scene.upstream.template(region, stack) else { continue };
            let mut others = template.of_type(taken.resource.kind);
            if others.any(|other| template.name_of(other, region).as_deref() == Some(taken.name.as_str())) {
                return Some(finding(
                    RULE.name,
                    taken.resource,
                    format!("{} already exists in stack {id}", taken.name),
                ));
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
