//! A change set imports an existing resource only if the template retains it.
//!
//! `CloudFormation is attempting to import some resources because they already exist in your account. The resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for successful import. The affected resources are EventsTable ({TableName=…})`

use serde_json::json;

use crate::strict::existing::{Taken, taken};
use crate::strict::proposal::{Finding, Proposal};
use crate::strict::sample::{with_alarm, with_table};
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "import_policy",
    source: "the answer the local cloud's makers measured on AWS; User Guide, import AWS resources automatically",
    looks: &[Look::ChangeSet(look)],
    proof,
};

fn look(scene: &Scene<'_>, proposal: &Proposal) -> Option<Finding> {
    let found = taken(scene, proposal).iter();
    let unretained: Vec<&Taken> = found.filter(|taken| taken.is_imported && !taken.is_retained).collect();
    let first = unretained.first()?;
    let listed = |taken: &&Taken| format!("{} ({{{}={}}})", taken.id, taken.property, taken.name);
    let status_reason = format!(
        "CloudFormation is attempting to import some resources because they already exist in your account. The resources \
         must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for successful \
         import. The affected resources are {}",
        unretained.iter().map(listed).collect::<Vec<_>>().join(", ")
    );
    Some(Finding { rule: RULE.name, logical_id: first.id.clone(), status_reason, reason: None })
}

fn proof(trial: &Trial<'_>) {
    let name = trial.name("unowned");
    let mut table = with_table(&name, json!({}))["Resources"]["EventsTable"]["Properties"].clone();
    trial.table("CreateTable", &table.take()).taken();
    let mut template = with_table(&name, json!({}));
    let imports = [("ImportExistingResources", "true")];
    let expected = format!("The affected resources are EventsTable ({{TableName={name}}})");
    trial.change_set(&trial.name("import"), "CREATE", &template, &imports).failed(&expected);
    template["Resources"]["EventsTable"]["DeletionPolicy"] = "Retain".into();
    trial.change_set(&trial.name("import"), "CREATE", &template, &imports).ready();
    // The same applies to types that the local cloud does not import.
    let name = trial.name("alarm");
    let alarm = [("AlarmName", name.as_str()), ("Namespace", "a"), ("MetricName", "b"), ("Statistic", "Sum")];
    let more = [
        ("Period", "60"),
        ("EvaluationPeriods", "1"),
        ("Threshold", "1"),
        ("ComparisonOperator", "GreaterThanThreshold"),
    ];
    trial.query("monitoring", "PutMetricAlarm", &[&alarm[..], &more[..]].concat()).taken();
    let template = with_alarm(&name);
    trial.change_set(&trial.name("import"), "CREATE", &template, &imports).failed("are Alarm ({AlarmName=");
}
