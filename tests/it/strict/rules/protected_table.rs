//! A table with deletion protection is never deleted: not with its stack, not by an update, and not by the rollback of
//! its own creation, which then fails.
//!
//! `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`

use serde_json::{Value, json};

use super::object_version::function;
use crate::strict::proposal::{Fault, Kind, Proposal};
use crate::strict::rollback::PROTECTED;
use crate::strict::sample::with_table;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::template::Resource;
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "protected_table",
    source: "API_DeleteTable: DeletionProtectionEnabled; the states are those of CloudFormation's StackStatus",
    looks: &[Look::Protected(look)],
    proof,
};

fn look(scene: &Scene<'_>, proposal: &Proposal) -> Vec<Fault> {
    let call = scene.call;
    let is_table = |resource: &Resource<'_>| resource.kind == "AWS::DynamoDB::Table";
    let fault = |table| Fault::handler(table, PROTECTED, "DynamoDb", "InvalidRequest");
    if proposal.kind == Kind::Creation {
        let is_deleted =
            |table: &Resource<'_>| table.deletion_policy() != "Retain" || proposal.retain_except_on_create;
        let marked =
            |table: &Resource<'_>| table.properties()["DeletionProtectionEnabled"] == Value::Bool(true);
        let is_new = |table: &Resource<'_>| {
            let name = proposal.after.name_of(*table, &proposal.region);
            name.is_none_or(|name| protection(scene, &proposal.region, &name).is_none())
        };
        let tables = proposal.after.resources().filter(is_table);
        return tables
            .filter(|table| is_deleted(table) && marked(table) && is_new(table))
            .map(fault)
            .collect();
    }
    if call.text("DeletionMode") == "FORCE_DELETE_STACK" {
        return Vec::new();
    }
    let retained = call.members("RetainResources");
    // A table that the rollback of a creation retained is in no template any more.
    let story = scene.memory().stories.get(&scene.location(&proposal.stack)).cloned();
    let left = story.iter().filter(|_| proposal.before.is_none()).flat_map(|story| &story.resources);
    let left = left.filter(|[id, _, table, ..]| {
        !retained.contains(&id.as_str()) && protection(scene, &proposal.region, table) == Some(true)
    });
    let mut found: Vec<Fault> =
        left.map(|[id, _, _, _, reason]| Fault { logical_id: id.clone(), reason: reason.clone() }).collect();
    let tables = proposal.deleted().into_iter().filter(is_table);
    let is_deleted = tables.filter(|table| !table.is_retained() && !retained.contains(&table.id));
    found.extend(
        is_deleted
            .filter(|table| {
                let name =
                    proposal.before.as_ref().and_then(|before| before.name_of(*table, &proposal.region));
                name.is_some_and(|name| protection(scene, &proposal.region, &name) == Some(true))
            })
            .map(fault),
    );
    found
}

/// Whether a table is protected; `None`: there is none.
fn protection(scene: &Scene<'_>, region: &str, table: &str) -> Option<bool> {
    let target = "DynamoDB_20120810.DescribeTable";
    let answer = scene.upstream.target("dynamodb", region, target, &json!({"TableName": table}));
    answer.get("Table").map(|table| table["DeletionProtectionEnabled"].as_bool().unwrap_or(false))
}

fn proof(trial: &Trial<'_>) {
    deleted_with_its_stack(trial);
    dropped_by_an_update(trial);
    created_in_vain(trial);
    rolled_back_by_the_local_cloud(trial);
}

fn protected(name: &str) -> Value {
    with_table(name, json!({"DeletionProtectionEnabled": true}))
}

fn deleted_with_its_stack(trial: &Trial<'_>) {
    let name = trial.name("protected");
    let stack = trial.deployed(&protected(&name));
    trial.stack("DeleteStack", &[("StackName", &stack)]).taken();
    trial.ended(&stack, "DELETE_FAILED", PROTECTED);
    trial.stack("DeleteStack", &[("StackName", &stack), ("RetainResources.member.1", "EventsTable")]).taken();
    assert_eq!(trial.settled(&stack), "");
    trial.table("DescribeTable", &json!({"TableName": name})).taken();
}

/// The update succeeds, and the table remains.
fn dropped_by_an_update(trial: &Trial<'_>) {
    let name = trial.name("dropped");
    let mut both = protected(&name);
    both["Resources"]["Queue"] = json!({"Type": "AWS::SQS::Queue"});
    let stack = trial.deployed(&both);
    trial.update(&stack, &json!({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})).taken();
    assert_eq!(trial.settled(&stack), "UPDATE_COMPLETE");
    assert!(trial.events(&stack).contains("<ResourceStatus>DELETE_FAILED<"), "{}", trial.events(&stack));
    trial.table("DescribeTable", &json!({"TableName": name})).taken();
}

/// Another resource fails because of the proxy.
fn created_in_vain(trial: &Trial<'_>) {
    let name = trial.name("vain");
    let mut template = protected(&name);
    let code = json!({"S3Bucket": "nobodys", "S3Key": "zip"});
    template["Resources"]["Processor"] = function(&name, code)["Resources"]["Processor"].clone();
    let stack = trial.name("creation");
    let sent = [("OnStackFailure", "ROLLBACK")];
    let id = trial.change_set(&stack, "CREATE", &template, &sent).ready();
    trial.stack("ExecuteChangeSet", &[("ChangeSetName", &id)]).taken();
    trial.ended(&stack, "ROLLBACK_FAILED", PROTECTED);
    trial
        .stack("ExecuteChangeSet", &[("ChangeSetName", &id)])
        .refused("InvalidChangeSetStatus", "EXECUTE_FAILED");
    trial.stack("DeleteStack", &[("StackName", &stack)]).taken();
    trial.ended(&stack, "DELETE_FAILED", PROTECTED);
    let resources = trial.stack("ListStackResources", &[("StackName", &stack)]).taken();
    assert!(resources.contains("<ResourceStatus>DELETE_FAILED<") && resources.contains(&name), "{resources}");
    trial.stack("DeleteStack", &[("StackName", &stack), ("RetainResources.member.1", "EventsTable")]).taken();
    assert_eq!(trial.settled(&stack), "");
    trial.table("DescribeTable", &json!({"TableName": name})).taken();
}

/// Another resource fails there: it does not create a parameter twice.
fn rolled_back_by_the_local_cloud(trial: &Trial<'_>) {
    let name = trial.name("created");
    let mut template = protected(&name);
    for id in ["One", "Two"] {
        template["Resources"][id] = json!({
            "Type": "AWS::SSM::Parameter",
            "DependsOn": "EventsTable",
            "Properties": {"Name": name, "Type": "String", "Value": "a"},
        });
    }
    let stack = trial.name("creation");
    trial.stack("CreateStack", &[("StackName", &stack), ("TemplateBody", &template.to_string())]).taken();
    trial.ended(&stack, "ROLLBACK_FAILED", PROTECTED);
    trial.table("DescribeTable", &json!({"TableName": name})).taken();
    trial.table("UpdateTable", &json!({"TableName": name, "DeletionProtectionEnabled": false})).taken();
    trial.stack("DeleteStack", &[("StackName", &stack)]).taken();
    assert_eq!(trial.settled(&stack), "");
    trial.table("DescribeTable", &json!({"TableName": name})).refused("ResourceNotFoundException", "");
}
