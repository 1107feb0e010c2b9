//! Resources that can exist only once per owner, and that a template defines twice.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::filled::Filled;
use super::super::templates::is_own;
use super::super::walk::Finding;
use super::finding;

/// Policies of which a resource has only one, with the property that names the owner, and the owner's type.
const POLICIES: [(&str, &str, &str); 5] = [
    ("AWS::S3::BucketPolicy", "Bucket", "AWS::S3::Bucket"),
    ("AWS::SNS::TopicInlinePolicy", "TopicArn", "AWS::SNS::Topic"),
    ("AWS::SNS::TopicPolicy", "Topics", "AWS::SNS::Topic"),
    ("AWS::SQS::QueueInlinePolicy", "Queue", "AWS::SQS::Queue"),
    ("AWS::SQS::QueuePolicy", "Queues", "AWS::SQS::Queue"),
];
/// Consumers of a queue, with the property that names it.
const READERS: [(&str, &str); 2] =
    [("AWS::Lambda::EventSourceMapping", "EventSourceArn"), ("AWS::Pipes::Pipe", "Source")];
/// The mapping that brings events into the table.
pub(super) const MAPPING: &str = "QueueToProcessor";

/// The owners of this policy, by type and id.
fn owners<'a>(filled: &Filled<'a>, kind: &str, properties: &Value) -> Vec<(&'static str, &'a str)> {
    let Some((_, property, owner)) = POLICIES.iter().find(|(known, ..)| *known == kind) else {
        return Vec::new();
    };
    let names = match &properties[property] {
        Value::Array(names) => names.as_slice(),
        one => std::slice::from_ref(one),
    };
    names.iter().filter_map(|name| Some((*owner, filled.named(owner, name)?))).collect()
}

/// The policies that a template gives to a queue.
pub(super) fn policies_of<'a>(filled: &'a Filled<'_>, queue: &str) -> Vec<&'a Value> {
    let is_its = |kind: &str, properties: &Value| {
        owners(filled, kind, properties).iter().any(|(kind, id)| *kind == "AWS::SQS::Queue" && *id == queue)
    };
    let all = filled.all().filter(|(_, kind, properties)| is_its(kind, properties));
    all.map(|(.., properties)| properties).collect()
}

/// Second policies, and second consumers of a queue.
pub(super) fn shared(filled: &Filled<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut policies: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (policy, kind, properties) in filled.all() {
        for owner in owners(filled, kind, properties) {
            policies.entry(owner).or_default().push(policy);
        }
    }
    for ((_, id), policies) in &policies {
        let own = policies.iter().find(|policy| is_own(policy)).or(policies.first());
        let others = policies.iter().filter(|policy| Some(*policy) != own);
        findings.extend(others.map(|other| second_policy(id, own.unwrap_or(other), other)));
    }
    let mut readers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (reader, kind, properties) in filled.all() {
        let property = READERS.iter().find(|(known, _)| *known == kind).map(|(_, property)| property);
        let queue = property.and_then(|property| filled.named("AWS::SQS::Queue", &properties[property]));
        if let Some(queue) = queue {
            readers.entry(queue).or_default().push(reader);
        }
    }
    for (queue, readers) in readers {
        let others = readers.iter().filter(|reader| **reader != MAPPING);
        if readers.contains(&MAPPING) {
            findings.extend(others.map(|other| second_reader(queue, other)));
        }
    }
    findings
}

fn second_policy(id: &str, first: &str, second: &str) -> Finding {
    let message = format!(
        "`{second}` is a second policy of `{id}`, which already has `{first}`: the one applied last replaces the other"
    );
    let help = format!(
        "remove `{second}`, and add its statements to `{first}`: `pipectl eject` copies pipectl's template"
    );
    finding(&format!("/Resources/{second}"), message, help)
}

fn second_reader(queue: &str, other: &str) -> Finding {
    let message = format!(
        "`{other}` receives messages from `{queue}`, which `{MAPPING}` also reads: a message goes to only one of the two, and a message for `{other}` does not become a row"
    );
    let help =
        "read the table's stream (`table.stream`), or give the rule a second target with its own queue";
    finding(&format!("/Resources/{other}"), message, help.to_owned())
}
