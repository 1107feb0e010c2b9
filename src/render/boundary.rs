//! If the spec has a permissions boundary, every role of the stack has it: a role without it would have all permissions
//! that its author chose, or fail in an organization that requires the boundary.

use serde_json::Value;

use super::walk::Finding;
use crate::diagnostic::codes;

/// The types that can have a boundary, with their nouns.
const BOUNDED: [(&str, &str); 2] = [("AWS::IAM::Role", "role"), ("AWS::IAM::User", "user")];

/// The roles and users without the boundary.
pub(super) fn unbounded(template: &Value, boundary: Option<&str>) -> Vec<Finding> {
    let Some(boundary) = boundary else { return Vec::new() };
    let resources = template["Resources"].as_object().into_iter().flatten();
    let found = resources.filter_map(|(id, resource)| {
        let kind = resource["Type"].as_str()?;
        let (_, word) = BOUNDED.iter().find(|(bounded, _)| *bounded == kind)?;
        let carried = &resource["Properties"]["PermissionsBoundary"];
        if carried == boundary {
            return None;
        }
        let message = match carried {
            Value::Null => format!("the {word} `{id}` does not have the spec's permissions boundary"),
            _ => format!("the {word} `{id}` has a different permissions boundary than the spec"),
        };
        Some(Finding {
            code: codes::RENDER_UNBOUNDED,
            pointer: format!("/Resources/{id}"),
            message,
            help: format!("write `PermissionsBoundary: {boundary}` under its `Properties`"),
            missing: None,
        })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_without_the_boundary_or_with_another_is_found() {
        let template = json!({"Resources": {
            "Bare": {"Type": "AWS::IAM::Role", "Properties": {}},
            "Good": {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": "b"}},
            "Other": {"Type": "AWS::IAM::User", "Properties": {"PermissionsBoundary": {"Ref": "P"}}},
            "Queue": {"Type": "AWS::SQS::Queue"},
        }});
        let found: Vec<String> = unbounded(&template, Some("b")).into_iter().map(|one| one.pointer).collect();
        assert_eq!(found, ["/Resources/Bare", "/Resources/Other"]);
        assert!(unbounded(&template, None).is_empty());
    }
}
