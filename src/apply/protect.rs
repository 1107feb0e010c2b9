//! The stack policy that protects what holds data.

use serde_json::{Value, json};

use crate::plan::{Holds, holds};

/// Bytes of the longest stack policy (CloudFormation), less the text around the ids.
const MOST_BYTES: usize = 16_384 - 512;

/// Logical ids of the resources in a template that hold data, in order. If they do not all fit into a stack policy,
/// only the first ones are protected.
#[must_use]
pub fn guarded(template: &Value) -> Vec<String> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    let holding = resources
        .filter(|(_, resource)| resource["Type"].as_str().is_some_and(|kind| holds(kind) != Holds::Nothing));
    let mut bytes = 0;
    let mut ids: Vec<String> = holding.map(|(id, _)| id.clone()).collect();
    ids.sort();
    ids.retain(|id| {
        bytes += resource_name(id).len() + 3;
        bytes <= MOST_BYTES
    });
    ids
}

/// The stack policy that allows all updates, but neither replacement nor deletion of these resources.
#[must_use]
pub fn policy(ids: &[String]) -> String {
    let mut statements =
        vec![json!({"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"})];
    if !ids.is_empty() {
        let actions = ["Update:Replace", "Update:Delete"];
        let names: Vec<String> = ids.iter().map(|id| resource_name(id)).collect();
        statements.push(json!({"Effect": "Deny", "Action": actions, "Principal": "*", "Resource": names}));
    }
    json!({ "Statement": statements }).to_string()
}

fn resource_name(id: &str) -> String {
    format!("LogicalResourceId/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_what_the_template_has_and_holds_data() {
        let template = json!({"Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Archive": {"Type": "AWS::Events::Archive"},
            "Users": {"Type": "AWS::Cognito::UserPool"},
            "Role": {"Type": "AWS::IAM::Role"},
        }});
        assert_eq!(guarded(&template), ["Archive", "Queue", "Users"]);
        assert_eq!(guarded(&Value::Null), Vec::<String>::new());
        assert!(policy(&guarded(&template)).contains(
            r#"["LogicalResourceId/Archive","LogicalResourceId/Queue","LogicalResourceId/Users"]"#
        ));
        assert!(!policy(&[]).contains("Deny"));
    }

    #[test]
    fn five_hundred_resources_still_make_a_policy_that_is_taken() {
        let many: serde_json::Map<String, Value> = (0..500)
            .map(|n| (format!("{n:03}{}", "X".repeat(60)), json!({"Type": "AWS::S3::Bucket"})))
            .collect();
        let ids = guarded(&json!({ "Resources": many }));
        assert!(ids.len() > 100 && policy(&ids).len() <= 16_384, "{}", ids.len());
    }
}
