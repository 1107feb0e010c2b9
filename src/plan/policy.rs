//! DeletionPolicy and UpdateReplacePolicy, with CloudFormation's defaults.

use serde_json::Value;

use super::Content;

/// The policies for a resource that leaves the stack, and for one that is replaced.
const POLICIES: [&str; 2] = ["DeletionPolicy", "UpdateReplacePolicy"];
/// CloudFormation's behaviour without a policy.
const DEFAULT: &str = "Delete";
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";
/// For these it creates a snapshot unless they are part of a cluster, so no default is filled in.
const OTHERWISE: [&str; 2] = ["AWS::RDS::DBCluster", "AWS::RDS::DBInstance"];

/// The content with every policy and the enabled state of a mapping written out: a default that is now written is not a
/// change, and CloudFormation would accept no update of that alone.
pub(super) fn with_explicit_policies(content: &Content) -> Content {
    let mut content = content.clone();
    let resources = content.template.get_mut("Resources").and_then(Value::as_object_mut);
    for resource in resources.into_iter().flatten().filter_map(|(_, resource)| resource.as_object_mut()) {
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if OTHERWISE.contains(&kind.as_str()) {
            continue;
        }
        if let Some(Value::Object(properties)) =
            (kind == MAPPING).then(|| resource.get_mut("Properties")).flatten()
        {
            properties.entry("Enabled").or_insert(Value::Bool(true));
        }
        for policy in POLICIES {
            resource.entry(policy).or_insert_with(|| DEFAULT.into());
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::{Location, Plan, StackAction, plan};
    use super::*;

    fn content(kind: &str, policy: Option<&str>) -> Content {
        let mut resource = json!({"Type": kind, "Properties": {}});
        if let Some(policy) = policy {
            resource["DeletionPolicy"] = policy.into();
        }
        let template = json!({"Resources": {"One": resource}});
        Content { template, parameters: BTreeMap::new(), tags: BTreeMap::new() }
    }

    fn planned(kind: &str, before: Option<&str>, after: Option<&str>) -> Plan {
        let text = String::new;
        let target = Location { stack: text(), account: text(), region: text() };
        plan(&target, Some(&content(kind, before)), &content(kind, after))
    }

    #[test]
    fn a_policy_that_is_only_written_out_changes_nothing() {
        let version = "AWS::Lambda::Version";
        for (before, after) in [(None, Some("Delete")), (Some("Delete"), None)] {
            let plan = planned(version, before, after);
            assert_eq!((plan.action, plan.changes), (StackAction::None, Vec::new()));
        }
        assert_eq!(planned(version, None, Some("Retain")).changes.len(), 1);
    }

    #[test]
    fn a_mapping_is_enabled_by_default() {
        let mapping = |properties| {
            let template = json!({"Resources": {"One": {"Type": MAPPING, "Properties": properties}}});
            Content { template, parameters: BTreeMap::new(), tags: BTreeMap::new() }
        };
        let text = String::new;
        let target = Location { stack: text(), account: text(), region: text() };
        let planned = |before, after| plan(&target, Some(&mapping(before)), &mapping(after));
        assert_eq!(planned(json!({"Enabled": true}), json!({})).action, StackAction::None);
        assert_eq!(planned(json!({"Enabled": false}), json!({})).changes[0].properties[0].after, true);
    }

    #[test]
    fn a_policy_that_is_dropped_is_one_that_deletes() {
        let plan = planned("AWS::SQS::Queue", Some("Retain"), None);
        assert_eq!(
            plan.changes[0].why,
            planned("AWS::SQS::Queue", Some("Retain"), Some("Delete")).changes[0].why
        );
        assert!(
            plan.changes[0].why.contains("is deleted with the stack from now on"),
            "{}",
            plan.changes[0].why
        );
    }

    #[test]
    fn a_database_of_rds_is_retained_as_a_snapshot_by_default() {
        assert_eq!(planned("AWS::RDS::DBInstance", None, Some("Delete")).changes.len(), 1);
    }
}
