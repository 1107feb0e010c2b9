//! Which names of a template exist in the local cloud, asked service by service.

use serde_json::json;

use super::proposal::Proposal;
use super::scene::Scene;
use super::template::{NAMED, Resource};

/// A resource whose name already exists.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) property: &'static str,
    pub(crate) name: String,
    pub(crate) is_retained: bool,
    /// The change set imports it into the stack instead of creating it.
    pub(crate) is_imported: bool,
}

/// What an operation would create and cannot, because its name is taken.
pub(crate) fn taken<'a>(scene: &'a Scene<'_>, proposal: &Proposal) -> &'a [Taken] {
    scene.taken.get_or_init(|| {
        if scene.call.has("ResourcesToImport") {
            return Vec::new();
        }
        let found = proposal.made().into_iter().filter_map(|resource| {
            let (_, property, importable) = NAMED.iter().find(|(kind, ..)| *kind == resource.kind)?;
            let name = proposal.after.name_of(resource, &proposal.region)?;
            exists(scene, proposal, resource, &name).then(|| Taken {
                id: resource.id.to_owned(),
                kind: resource.kind.to_owned(),
                property,
                name,
                is_retained: resource.is_retained(),
                is_imported: proposal.imports_existing && *importable,
            })
        });
        found.collect()
    })
}

/// Whether a resource of this type and name exists, whatever created it.
fn exists(scene: &Scene<'_>, proposal: &Proposal, resource: Resource<'_>, name: &str) -> bool {
    let (upstream, region) = (scene.upstream, proposal.region.as_str());
    let target = |service, target, body| !upstream.target(service, region, target, &body).is_null();
    match resource.kind {
        "AWS::CloudWatch::Alarm" => {
            let asked = [("Action", "DescribeAlarms"), ("AlarmNames.member.1", name)];
            upstream
                .query("monitoring", region, &asked)
                .text()
                .contains(&format!("<AlarmName>{name}</AlarmName>"))
        }
        "AWS::CloudWatch::Dashboard" => {
            let mut regions = scene.memory().regions.clone();
            regions.insert(region.to_owned());
            let asked = [("Action", "GetDashboard"), ("DashboardName", name)];
            regions.iter().any(|region| upstream.query("monitoring", region, &asked).status() == 200)
        }
        "AWS::DynamoDB::Table" => {
            target("dynamodb", "DynamoDB_20120810.DescribeTable", json!({"TableName": name}))
        }
        "AWS::Events::Archive" => target("events", "AWSEvents.DescribeArchive", json!({"ArchiveName": name})),
        "AWS::Events::EventBus" => target("events", "AWSEvents.DescribeEventBus", json!({"Name": name})),
        "AWS::Events::Rule" => {
            let bus = proposal.after.resolved(&resource.properties()["EventBusName"], region);
            let bus = bus.unwrap_or_else(|| "default".to_owned());
            target("events", "AWSEvents.DescribeRule", json!({"Name": name, "EventBusName": bus}))
        }
        "AWS::IAM::Role" => {
            upstream.query("iam", region, &[("Action", "GetRole"), ("RoleName", name)]).status() == 200
        }
        "AWS::Lambda::Function" => {
            !upstream.get("lambda", region, &format!("/2015-03-31/functions/{name}")).is_null()
        }
        "AWS::Logs::LogGroup" => {
            let asked = json!({"logGroupNamePrefix": name});
            let answer = upstream.target("logs", region, "Logs_20140328.DescribeLogGroups", &asked);
            let groups = answer["logGroups"].as_array().into_iter().flatten();
            groups.into_iter().any(|group| group["logGroupName"] == name)
        }
        "AWS::SNS::Topic" => {
            let arn = format!("arn:aws:sns:{region}:{}:{name}", super::ACCOUNT);
            upstream.query("sns", region, &[("Action", "GetTopicAttributes"), ("TopicArn", &arn)]).status()
                == 200
        }
        "AWS::SQS::Queue" => target("sqs", "AmazonSQS.GetQueueUrl", json!({"QueueName": name})),
        _ => false,
    }
}
