//! Stacks within the stack, for a destroy that must know what they hold.

use serde_json::Value;

use super::session::Session;
use super::template::deployed_template;
use crate::diagnostic::Failure;
use crate::plan::{Holds, NESTED_STACK, holds, outlives};
use crate::stack::{DriftApi as _, StackResource};

/// The most levels of nested stacks that are read.
const DEPTH: u8 = 8;

/// The resources that are deleted with a stack and hold or may hold data: all existing ones that are not retained and
/// not in `spared`, including those of nested stacks. Their logical ids have the form `Nested.Rows`.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn data_of(
    session: &Session,
    template: &Value,
    resources: &[StackResource],
    spared: &[String],
) -> Result<Vec<StackResource>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![(going(template, resources, spared), DEPTH)];
    while let Some((level, depth)) = open.pop() {
        for one in level {
            if one.resource_type != NESTED_STACK || depth == 0 {
                found.push(one);
                continue;
            }
            let template = deployed_template(session, &one.physical_id).await?;
            let resources = session.clients.resources(&one.physical_id).await?;
            let inner = going(&template, &resources, &[]).into_iter();
            let named = inner.map(|inner| StackResource {
                logical_id: format!("{}.{}", one.logical_id, inner.logical_id),
                ..inner
            });
            open.push((named.collect(), depth - 1));
        }
    }
    found.sort_by(|left, right| left.logical_id.cmp(&right.logical_id));
    Ok(found)
}

/// Those of one level.
fn going(template: &Value, resources: &[StackResource], spared: &[String]) -> Vec<StackResource> {
    let policy = |id: &str| template["Resources"][id]["DeletionPolicy"].as_str();
    let is_deleted = |one: &&StackResource| {
        one.exists()
            && holds(&one.resource_type) == Holds::Data
            && !outlives(policy(&one.logical_id))
            && !spared.contains(&one.logical_id)
    };
    resources.iter().filter(is_deleted).cloned().collect()
}

/// The data in a nested stack, as text: `Rows (AWS::DynamoDB::Table, orders), …`. Empty: nothing holds data.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn inside(session: &Session, nested: &str) -> Result<String, Failure> {
    let template = deployed_template(session, nested).await?;
    let resources = session.clients.resources(nested).await?;
    let found = data_of(session, &template, &resources, &[]).await?;
    let words: Vec<String> = found
        .iter()
        .map(|one| format!("{} ({}, {})", one.logical_id, one.resource_type, one.physical_id))
        .collect();
    Ok(words.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_would_go_with_its_data_is_named() {
        let resource = |id: &str, kind: &str, status: &str| StackResource {
            logical_id: id.to_owned(),
            physical_id: id.to_lowercase(),
            resource_type: kind.to_owned(),
            status: status.to_owned(),
            reason: None,
        };
        let resources = [
            resource("Adopted", "AWS::DynamoDB::Table", "CREATE_COMPLETE"),
            resource("Bucket", "AWS::S3::Bucket", "CREATE_COMPLETE"),
            resource("Gone", "AWS::SQS::Queue", "DELETE_COMPLETE"),
            resource("Kept", "AWS::SQS::Queue", "CREATE_COMPLETE"),
            resource("Logs", "AWS::Logs::LogGroup", "CREATE_COMPLETE"),
            resource("Nested", "AWS::CloudFormation::Stack", "CREATE_COMPLETE"),
            resource("Odd", "AWS::Tomorrow::Service", "UPDATE_COMPLETE"),
            resource("Role", "AWS::IAM::Role", "CREATE_COMPLETE"),
            resource("Users", "AWS::Cognito::UserPool", "CREATE_COMPLETE"),
        ];
        let template = json!({"Resources": {
            "Kept": {"DeletionPolicy": "Retain"}, "Bucket": {"DeletionPolicy": "Delete"},
        }});
        let found = going(&template, &resources, &["Adopted".to_owned()]);
        let ids: Vec<&str> = found.iter().map(|one| one.logical_id.as_str()).collect();
        assert_eq!(ids, ["Bucket", "Nested", "Odd", "Users"]);
    }
}
