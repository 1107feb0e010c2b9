//! Tables that survive the rollback of their creation: the local cloud deletes a protected one, so the proxy creates it
//! again.

use serde_json::{Value, json};

use super::change_set::location;
use super::proposal::{Fault, Proposal, stack_id};
use super::scene::Scene;
use super::story::{Story, event};
use super::xml;

pub(crate) const PROTECTED: &str = "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.";

/// The table of a template as its creation leaves it.
pub(crate) fn make_table(scene: &Scene<'_>, proposal: &Proposal, id: &str) {
    let Some(table) = proposal.after.resource(id) else { return };
    let known = [
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexes",
        "KeySchema",
    ];
    let mut wanted = json!({"TableName": proposal.after.name_of(table, &proposal.region)});
    for name in known {
        if let Some(value) = table.properties().get(name) {
            wanted[name] = value.clone();
        }
    }
    scene.upstream.target("dynamodb", &proposal.region, "DynamoDB_20120810.CreateTable", &wanted);
}

/// A creation with protected tables that the local cloud itself has rolled back, and those tables.
pub(crate) fn rolled_back(scene: &Scene<'_>) -> Option<(Proposal, Vec<Fault>)> {
    let location = location(scene).filter(|_| scene.call.name.starts_with("Describe"))?;
    let proposal = scene.memory().guarded.get(&location).cloned()?;
    let text = scene.upstream.stack(&location.0, &location.1);
    let status = xml::first(&text, "StackStatus").unwrap_or_default();
    if status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS" {
        return None;
    }
    scene.memory().guarded.remove(&location);
    let asked = [("Action", "DescribeStackEvents"), ("StackName", location.1.as_str())];
    let events = scene.upstream.query("cloudformation", &location.0, &asked).text();
    let (_, members, _) = xml::members(&events, "StackEvents")?;
    let deleted = |id: &str| {
        let is = |member: &str, name: &str, value: &str| xml::first(member, name).as_deref() == Some(value);
        let mut members = members.iter();
        members.any(|member| {
            is(member, "LogicalResourceId", id) && is(member, "ResourceStatus", "DELETE_COMPLETE")
        })
    };
    let tables = proposal.after.of_type("AWS::DynamoDB::Table");
    let protected =
        tables.filter(|table| table.properties()["DeletionProtectionEnabled"] == Value::Bool(true));
    let faults: Vec<Fault> = protected
        .filter(|table| deleted(table.id))
        .map(|table| Fault::handler(table, PROTECTED, "DynamoDb", "InvalidRequest"))
        .collect();
    (status == "ROLLBACK_COMPLETE" && !faults.is_empty()).then_some((proposal, faults))
}

/// Restores the tables, and reports that the rollback failed.
pub(crate) fn keep(scene: &Scene<'_>, proposal: &Proposal, faults: &[Fault]) {
    let (region, stack) = (proposal.region.clone(), proposal.stack.clone());
    let id = stack_id(scene.upstream, &region, &stack).unwrap_or_default();
    let failed = faults.iter().map(|fault| fault.logical_id.as_str()).collect::<Vec<_>>().join(", ");
    let reason = format!("The following resource(s) failed to delete: [{failed}]. ");
    let mut events = Vec::new();
    let mut resources = Vec::new();
    for fault in faults {
        make_table(scene, proposal, &fault.logical_id);
        let table = proposal.after.resource(&fault.logical_id);
        let name = table.and_then(|table| proposal.after.name_of(table, &region)).unwrap_or_default();
        let what = [&fault.logical_id, "AWS::DynamoDB::Table", &name, "DELETE_FAILED", &fault.reason];
        events.push(event(&stack, &id, &proposal.token, what));
        resources.push(what.map(ToOwned::to_owned));
    }
    let what = [&stack, "AWS::CloudFormation::Stack", &id, "ROLLBACK_FAILED", &reason];
    events.push(event(&stack, &id, &proposal.token, what));
    let mut memory = scene.memory();
    memory.events.entry((region.clone(), stack.clone())).or_default().extend(events);
    memory.stories.insert((region, stack), Story { status: "ROLLBACK_FAILED", reason, resources });
}
