//! The proxy's actions around an operation that the local cloud carries out, or that only the proxy reports as failed.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::http::Message;
use super::proposal::{Fault, Kind, Proposal, stack_id};
use super::scene::Scene;
use super::story::{Story, event};
use super::template::Template;

/// Before an operation that the local cloud carries out: ends the proxy's story of the stack. Returns the request that
/// the local cloud can take, if it differs. `protected`: what an update would try to delete and cannot.
pub(crate) fn begin(scene: &Scene<'_>, proposal: &Proposal, protected: &[Fault]) -> Option<Message> {
    let location = (proposal.region.clone(), proposal.stack.clone());
    let former = scene.memory().stories.remove(&location);
    let ids: Vec<&str> = protected.iter().map(|fault| fault.logical_id.as_str()).collect();
    match proposal.kind {
        Kind::Creation if proposal.after.of_type("AWS::DynamoDB::Table").next().is_some() => {
            scene.memory().guarded.insert(location, proposal.clone());
        }
        Kind::Update | Kind::Import if !ids.is_empty() => {
            retain(scene, proposal, &ids);
            let id = stack_id(scene.upstream, &proposal.region, &proposal.stack).unwrap_or_default();
            let failed = protected.iter().map(|fault| {
                let what = [&fault.logical_id, "AWS::DynamoDB::Table", "", "DELETE_FAILED", &fault.reason];
                event(&proposal.stack, &id, &proposal.token, what)
            });
            scene.memory().events.entry(location).or_default().extend(failed.collect::<Vec<_>>());
        }
        Kind::Deletion if former.is_some() => return Some(deletion(scene, proposal, former.as_ref()?)),
        _ => {}
    }
    None
}

/// The deletion of a stack whose last operation failed because of the proxy.
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
    let retained_ids: Vec<&str> = if forced { tables.collect() } else { retained };
    if proposal.before.is_some() && !retained_ids.is_empty() {
        retain(scene, proposal, &retained_ids);
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

/// Makes the local cloud retain some resources when they are removed from the stack. This update is invisible.
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
    let location = (proposal.region.clone(), proposal.stack.clone());
    scene.memory().hidden.push((location, (from, now())));
}

/// A stack for an operation that fails.
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
    scene.memory().stories.remove(&(proposal.region.clone(), proposal.stack.clone()));
}
