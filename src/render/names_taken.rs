//! Physical names that two resources of one stack share: the second creation fails, during the deploy.

use std::collections::BTreeMap;

use serde_json::Value;

use super::filled::Filled;
use super::templates::is_own;
use super::walk::Finding;
use crate::diagnostic::codes;

/// The properties that name a resource, by type. IAM's names ignore case.
const NAMES: [(&str, &[&str]); 26] = [
    ("AWS::CloudWatch::Alarm", &["AlarmName"]),
    ("AWS::CloudWatch::CompositeAlarm", &["AlarmName"]),
    ("AWS::CloudWatch::Dashboard", &["DashboardName"]),
    ("AWS::DynamoDB::GlobalTable", &["TableName"]),
    ("AWS::DynamoDB::Table", &["TableName"]),
    ("AWS::ECR::Repository", &["RepositoryName"]),
    ("AWS::Events::Archive", &["ArchiveName"]),
    ("AWS::Events::EventBus", &["Name"]),
    ("AWS::Events::Rule", &["EventBusName", "Name"]),
    ("AWS::IAM::Group", &["GroupName"]),
    ("AWS::IAM::InstanceProfile", &["InstanceProfileName"]),
    ("AWS::IAM::ManagedPolicy", &["ManagedPolicyName"]),
    ("AWS::IAM::Role", &["RoleName"]),
    ("AWS::IAM::User", &["UserName"]),
    ("AWS::KMS::Alias", &["AliasName"]),
    ("AWS::Kinesis::Stream", &["Name"]),
    ("AWS::KinesisFirehose::DeliveryStream", &["DeliveryStreamName"]),
    ("AWS::Lambda::Alias", &["FunctionName", "Name"]),
    ("AWS::Lambda::Function", &["FunctionName"]),
    ("AWS::Logs::LogGroup", &["LogGroupName"]),
    ("AWS::Pipes::Pipe", &["Name"]),
    ("AWS::S3::Bucket", &["BucketName"]),
    ("AWS::SNS::Topic", &["TopicName"]),
    ("AWS::SQS::Queue", &["QueueName"]),
    ("AWS::SSM::Parameter", &["Name"]),
    ("AWS::StepFunctions::StateMachine", &["StateMachineName"]),
];

pub(super) fn taken(filled: &Filled<'_>) -> Vec<Finding> {
    let mut first: BTreeMap<(&str, String), &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for (id, kind, properties) in filled.all() {
        let Some((_, names)) = NAMES.iter().find(|(known, _)| *known == kind) else { continue };
        let last = names.last().copied().unwrap_or_default();
        if properties[last].is_null() {
            continue;
        }
        let mut name: Vec<&Value> = names.iter().map(|name| &properties[*name]).collect();
        name.retain(|part| !part.is_null());
        let mut text = name.iter().map(|part| part.to_string()).collect::<Vec<_>>().join(" ");
        if kind.starts_with("AWS::IAM::") {
            text = text.to_lowercase();
        }
        // Alarms of both kinds share one namespace, and so do tables.
        let space = match kind {
            "AWS::CloudWatch::CompositeAlarm" => "AWS::CloudWatch::Alarm",
            "AWS::DynamoDB::GlobalTable" => "AWS::DynamoDB::Table",
            kind => kind,
        };
        if let Some(other) = first.insert((space, text), id) {
            // pipectl's own resource retains its name.
            let (first_id, second) = if is_own(id) && !is_own(other) { (id, other) } else { (other, id) };
            let shown = properties[last].as_str().map(|name| format!(" `{name}`")).unwrap_or_default();
            findings.push(Finding {
                code: codes::RENDER_TAKEN_TWICE,
                pointer: format!("/Resources/{second}/Properties/{last}"),
                message: format!("`{second}` and `{first_id}` have the same name{shown}"),
                help: format!("choose another `{last}`, or leave it out: AWS then generates one"),
                missing: None,
            });
        }
    }
    findings
}
