//! The KMS keys of tables that a stack creates: the local cloud does not remember which one the template names, so the
//! proxy sets it once the operation has ended. `DescribeTable` then reports, as on AWS, which key encrypts the table.

use serde_json::{Value, json};

use super::change_set::location;
use super::proposal::Proposal;
use super::scene::Scene;
use super::upstream::Upstream;
use super::xml;

/// An operation begins: the tables it creates get their keys when it has ended.
pub(crate) fn remember(scene: &Scene<'_>, proposal: &Proposal) {
    let is_encrypted = |properties: &Value| !properties["SSESpecification"]["KMSMasterKeyId"].is_null();
    let mut tables = proposal.made().into_iter().filter(|one| one.kind == "AWS::DynamoDB::Table");
    if tables.any(|table| is_encrypted(table.properties())) {
        let location = (proposal.region.clone(), proposal.stack.clone());
        scene.memory().unencrypted.insert(location, proposal.clone());
    }
}

/// The operation of the stack that a call reads has ended.
pub(crate) fn settle(scene: &Scene<'_>) {
    let Some(location) = location(scene).filter(|_| scene.call.name.starts_with("Describe")) else { return };
    let Some(proposal) = scene.memory().unencrypted.get(&location).cloned() else { return };
    let stack = scene.upstream.stack(&location.0, &location.1);
    if xml::first(&stack, "StackStatus").is_none_or(|status| status.ends_with("_IN_PROGRESS")) {
        return;
    }
    scene.memory().unencrypted.remove(&location);
    for table in proposal.made().into_iter().filter(|one| one.kind == "AWS::DynamoDB::Table") {
        let named = &table.properties()["SSESpecification"]["KMSMasterKeyId"];
        let key = arn(scene.upstream, &proposal, named);
        if let (Some(key), Some(name)) = (key, proposal.after.name_of(table, &proposal.region)) {
            let sse = json!({"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": key});
            let asked = json!({"TableName": name, "SSESpecification": sse});
            scene.upstream.target("dynamodb", &proposal.region, "DynamoDB_20120810.UpdateTable", &asked);
        }
    }
}

/// The ARN of a key that a template names or creates. From events, because a stack that was rolled back has no resources.
fn arn(upstream: &Upstream, proposal: &Proposal, named: &Value) -> Option<String> {
    if let Some(arn) = named.as_str() {
        return Some(arn.to_owned());
    }
    let id = named["Fn::GetAtt"][0].as_str()?;
    let asked = [("Action", "DescribeStackEvents"), ("StackName", proposal.stack.as_str())];
    let events = upstream.query("cloudformation", &proposal.region, &asked).text();
    let (_, members, _) = xml::members(&events, "StackEvents")?;
    let made =
        members.into_iter().filter(|member| xml::first(member, "LogicalResourceId").as_deref() == Some(id));
    let key =
        made.filter_map(|member| xml::first(member, "PhysicalResourceId")).find(|key| !key.is_empty())?;
    Some(format!("arn:aws:kms:{}:{}:key/{key}", proposal.region, super::ACCOUNT))
}
