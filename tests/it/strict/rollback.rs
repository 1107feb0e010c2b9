//! Tables that outlive what would delete them: the local cloud deletes a protected one, so the proxy keeps it alive.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::change_set::place;
use super::http::Message;
use super::proposal::{Fault, Kind, Proposal, stack_id};
use super::scene::Scene;
use super::story::{Story, event};
use super::template::Template;
use super::xml;

pub(crate) const PROTECTED: &str = "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.";

/// Before an operation that the local cloud carries out: what the proxy said of the stack is over. The request as the
/// local cloud can take it, where that is another. `protected`: what an update would delete in vain.
pub(crate) fn begin(scene: &Scene<'_>, proposal: &Proposal, protected: &[Fault]) -> Option<Message> {
    let place = (proposal.region.clone(), proposal.stack.clone());
    let former = scene.kept().stories.remove(&place);
    let ids: Vec<&str> = protected.iter().map(|fault| fault.logical_id.as_str()).collect();
    match proposal.kind {
        Kind::Creation if proposal.after.of_type("AWS::DynamoDB::Table").next().is_some() => {
            scene.kept().guarded.insert(place, proposal.clone());
        }
        Kind::Update | Kind::Import if !ids.is_empty() => {
            retain(scene, proposal, &ids);
            let id = stack_id(scene.upstream, &proposal.region, &proposal.stack).unwrap_or_default();
            let told = protected.iter().map(|fault| {
                let what = [&fault.logical_id, "AWS::DynamoDB::Table", "", "DELETE_FAILED", &fault.reason];
                event(&proposal.stack, &id, &proposal.token, what)
            });
            scene.kept().events.entry(place).or_default().extend(told.collect::<Vec<_>>());
        }
        Kind::Deletion if former.is_some() => return Some(deletion(scene, proposal, former.as_ref()?)),
        _ => {}
    }
    None
}

/// The deletion of a stack whose last operation failed on the proxy's word.
fn deletion(scene: &Scene<'_>, proposal: &Proposal, former: &Story) -> Message {
    let call = scene.call;
    let retained = call.members("RetainResources");
    let forced = call.text("DeletionMode") == "FORCE_DELETE_STACK";
    for [id, _, table, ..] in &former.resources {
        let stays = forced || retained.contains(&id.as_str());
        if !stays {
            let target = "DynamoDB_20120810.DeleteTable";
            scene.upstream.target("dynamodb", &call.region, target, &json!({"TableName": table}));
        }
    }
    let tables = former.resources.iter().map(|[id, ..]| id.as_str());
    let kept: Vec<&str> = if forced { tables.collect() } else { retained };
    if proposal.before.is_some() && !kept.is_empty() {
        retain(scene, proposal, &kept);
    }
    let body = format!("Action=DeleteStack&Version=2010-05-15&StackName={}", proposal.stack);
    Message {
        first: "POST / HTTP/1.1".to_owned(),
        headers: [("Content-Type", "application/x-www-form-urlencoded"), ("Host", "127.0.0.1")]
            .into_iter()
            .chain(call.headers.get("authorization").map(|signed| ("Authorization", signed.as_str())))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: body.into_bytes(),
    }
}

/// Has the local cloud leave some resources alone when they go from the stack. Nobody sees this update.
fn retain(scene: &Scene<'_>, proposal: &Proposal, ids: &[&str]) {
    let Some(Template { mut value, .. }) = proposal.before.clone() else { return };
    for id in ids {
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            value["Resources"][*id][policy] = "Retain".into();
        }
    }
    let now = || jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let (from, body) = (now(), value.to_string());
    let mut asked = vec![
        ("Action".to_owned(), "UpdateStack"),
        ("StackName".to_owned(), proposal.stack.as_str()),
        ("TemplateBody".to_owned(), body.as_str()),
        ("Capabilities.member.1".to_owned(), "CAPABILITY_NAMED_IAM"),
    ];
    for (index, name) in value["Parameters"].as_object().into_iter().flat_map(|all| all.keys()).enumerate() {
        asked.push((format!("Parameters.member.{}.ParameterKey", index + 1), name));
        asked.push((format!("Parameters.member.{}.UsePreviousValue", index + 1), "true"));
    }
    let asked: Vec<(&str, &str)> = asked.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    scene.upstream.query("cloudformation", &proposal.region, &asked);
    for _ in 0..400 {
        if !scene.upstream.stack(&proposal.region, &proposal.stack).contains("_IN_PROGRESS</StackStatus>") {
            break;
        }
        sleep(Duration::from_millis(10));
    }
    let place = (proposal.region.clone(), proposal.stack.clone());
    scene.kept().hidden.push((place, (from, now())));
}

/// A stack for an operation that fails to have failed on.
pub(crate) fn reserve(scene: &Scene<'_>, proposal: &Proposal) {
    let body = proposal.after.value.to_string();
    let asked = [
        ("Action", "CreateChangeSet"),
        ("ChangeSetName", "reserved"),
        ("ChangeSetType", "CREATE"),
        ("StackName", proposal.stack.as_str()),
        ("TemplateBody", &body),
        ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
    ];
    scene.upstream.query("cloudformation", &proposal.region, &asked);
}

/// A creation that failed and was to be deleted.
pub(crate) fn forget(scene: &Scene<'_>, proposal: &Proposal) {
    let asked = [("Action", "DeleteStack"), ("StackName", proposal.stack.as_str())];
    scene.upstream.query("cloudformation", &proposal.region, &asked);
    scene.kept().stories.remove(&(proposal.region.clone(), proposal.stack.clone()));
}

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

/// A creation with protected tables that the local cloud has rolled back by itself, and those tables.
pub(crate) fn rolled_back(scene: &Scene<'_>) -> Option<(Proposal, Vec<Fault>)> {
    let place = place(scene).filter(|_| scene.call.name.starts_with("Describe"))?;
    let proposal = scene.kept().guarded.get(&place).cloned()?;
    let text = scene.upstream.stack(&place.0, &place.1);
    let status = xml::first(&text, "StackStatus").unwrap_or_default();
    if status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS" {
        return None;
    }
    scene.kept().guarded.remove(&place);
    let asked = [("Action", "DescribeStackEvents"), ("StackName", place.1.as_str())];
    let events = scene.upstream.query("cloudformation", &place.0, &asked).text();
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

/// Puts the tables back, and says that the rollback failed.
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
    let mut kept = scene.kept();
    kept.events.entry((region.clone(), stack.clone())).or_default().extend(events);
    kept.stories.insert((region, stack), Story { status: "ROLLBACK_FAILED", reason, resources });
}
