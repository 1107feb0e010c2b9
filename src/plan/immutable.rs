//! Properties that CloudFormation can change only by a replacement.

use crate::spec::NAMED_TYPES;

/// Properties that CloudFormation cannot change in place: another value creates another resource. They are the resource
/// schemas' `createOnlyProperties` and `conditionalCreateOnlyProperties`, because our resources always meet the
/// conditions of the latter.
const IMMUTABLE: [(&str, &[&str]); 18] = [
    ("AWS::CloudWatch::Alarm", &["AlarmName"]),
    ("AWS::CloudWatch::CompositeAlarm", &["AlarmName"]),
    ("AWS::CloudWatch::Dashboard", &["DashboardName"]),
    ("AWS::DynamoDB::Table", &["ImportSourceSpecification", "KeySchema", "TableName"]),
    ("AWS::Events::Archive", &["ArchiveName", "SourceArn"]),
    ("AWS::Events::EventBus", &["Name"]),
    ("AWS::Events::EventBusPolicy", &["EventBusName", "StatementId"]),
    ("AWS::Events::Rule", &["EventBusName", "Name"]),
    ("AWS::IAM::Role", &["Path", "RoleName"]),
    ("AWS::Lambda::Alias", &["FunctionName", "Name"]),
    (
        "AWS::Lambda::EventSourceMapping",
        &["EventSourceArn", "SelfManagedEventSource", "StartingPosition", "StartingPositionTimestamp"],
    ),
    ("AWS::Lambda::Function", &["DurableConfig", "FunctionName", "PackageType", "TenancyConfig"]),
    (
        "AWS::Lambda::Version",
        &["CodeSha256", "Description", "FunctionName", "ProvisionedConcurrencyConfig", "RuntimePolicy"],
    ),
    ("AWS::Logs::LogGroup", &["LogGroupName"]),
    ("AWS::Logs::MetricFilter", &["FilterName", "LogGroupName"]),
    ("AWS::SNS::Subscription", &["Endpoint", "Protocol", "Region", "TopicArn"]),
    ("AWS::SNS::Topic", &["FifoTopic", "TopicName"]),
    ("AWS::SQS::Queue", &["FifoQueue", "QueueName"]),
];

/// Whether a change at the JSON pointer `path` of a resource creates a new resource.
pub(super) fn replaces(resource_type: &str, path: &str) -> bool {
    let Some(remainder) = path.strip_prefix("/Properties/") else { return false };
    let property = remainder.split('/').next().unwrap_or(remainder);
    IMMUTABLE.iter().any(|(name, properties)| *name == resource_type && properties.contains(&property))
}

/// The property that names a resource of this type, if names are unique.
pub(super) fn name(resource_type: &str) -> Option<&'static str> {
    NAMED_TYPES.iter().find(|known| known.resource_type == resource_type).map(|known| known.property)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::spec::NamedType;

    /// Both lists for each type in our templates, from the resource schemas of us-east-1 in cfn-lint 1.51.0.
    const SCHEMAS: &str = include_str!("../../tests/immutable.json");

    #[test]
    fn every_property_that_cannot_change_in_place_is_known() {
        let schemas: BTreeMap<String, Vec<String>> = serde_json::from_str(SCHEMAS).expect("JSON");
        let ours: BTreeMap<String, Vec<String>> = IMMUTABLE
            .iter()
            .map(|(name, properties)| {
                ((*name).to_owned(), properties.iter().map(|one| (*one).to_owned()).collect())
            })
            .collect();
        let schemas_with_some: BTreeMap<String, Vec<String>> =
            schemas.clone().into_iter().filter(|(_, properties)| !properties.is_empty()).collect();
        assert_eq!(ours, schemas_with_some);
        for name in types_of_our_templates() {
            assert!(schemas.contains_key(&name), "{name} is in the templates and not in the list");
        }
        for NamedType { resource_type, property, .. } in NAMED_TYPES {
            assert!(replaces(resource_type, &format!("/Properties/{property}")), "{resource_type}");
        }
    }

    fn types_of_our_templates() -> Vec<String> {
        let texts = crate::render::TEMPLATES.iter().map(|(_, text)| *text);
        let types = texts.flat_map(str::lines).filter_map(|line| line.strip_prefix("    Type: AWS::"));
        let types: Vec<String> = types.map(|remainder| format!("AWS::{remainder}")).collect();
        assert!(types.len() > 20, "{types:?}");
        types
    }
}
