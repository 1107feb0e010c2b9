//! A template with its pseudo parameters and references replaced by an account's values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::evaluated::{LONGEST, fill};
use super::function::plain;
use super::templates::is_own;

/// The pseudo parameters, with values of one account.
const PSEUDO: [(&str, &str); 6] = [
    ("AWS::AccountId", "111122223333"),
    ("AWS::Partition", "aws"),
    ("AWS::Region", "eu-west-1"),
    ("AWS::StackId", "arn:aws:cloudformation:eu-west-1:111122223333:stack/stack/1"),
    ("AWS::StackName", "stack"),
    ("AWS::URLSuffix", "amazonaws.com"),
];
/// The named types: the property with the name, and the ARN before it.
const NAMED: [(&str, &str, &str); 9] = [
    ("AWS::DynamoDB::Table", "TableName", "arn:aws:dynamodb:eu-west-1:111122223333:table/"),
    ("AWS::Events::EventBus", "Name", "arn:aws:events:eu-west-1:111122223333:event-bus/"),
    ("AWS::Events::Rule", "Name", "arn:aws:events:eu-west-1:111122223333:rule/"),
    ("AWS::IAM::Role", "RoleName", "arn:aws:iam::111122223333:role/"),
    ("AWS::Lambda::Function", "FunctionName", "arn:aws:lambda:eu-west-1:111122223333:function:"),
    ("AWS::Logs::LogGroup", "LogGroupName", "arn:aws:logs:eu-west-1:111122223333:log-group:"),
    ("AWS::S3::Bucket", "BucketName", "arn:aws:s3:::"),
    ("AWS::SNS::Topic", "TopicName", "arn:aws:sns:eu-west-1:111122223333:"),
    ("AWS::SQS::Queue", "QueueName", "arn:aws:sqs:eu-west-1:111122223333:"),
];

/// A stack's resources with the values of one account, so that equal names can be recognised in any spelling: as a
/// reference, or as an assembled ARN. Values that only AWS knows stay functions.
pub(super) struct Filled<'a> {
    resources: BTreeMap<&'a str, Resource<'a>>,
    /// By type, and by the value of `Ref` or the ARN: the resource.
    names: BTreeMap<(&'a str, String), &'a str>,
}

struct Resource<'a> {
    kind: &'a str,
    properties: Value,
    /// The value of `Ref`.
    reference: Option<String>,
    arn: Option<String>,
}

impl<'a> Filled<'a> {
    pub(super) fn of(template: &'a Value) -> Self {
        let mut filled = Self { resources: BTreeMap::new(), names: BTreeMap::new() };
        let resources = template["Resources"].as_object().into_iter().flat_map(Map::iter);
        for (id, resource) in resources {
            let kind = resource["Type"].as_str().unwrap_or_default();
            let properties = plain(&resource["Properties"]).unwrap_or_default();
            filled.resources.insert(id, Resource { kind, properties, reference: None, arn: None });
        }
        // A rule is named after its bus, and an alias after its function.
        let rank = |kind: &str| match kind {
            "AWS::Events::Rule" => 1,
            "AWS::Lambda::Version" | "AWS::Lambda::Alias" => 2,
            _ => 0,
        };
        for now in 0..3 {
            let named = filled.resources.iter().filter(|(_, resource)| rank(resource.kind) == now);
            let named: Vec<_> = named.map(|(id, resource)| (*id, filled.name(id, resource))).collect();
            for (id, (reference, arn)) in named {
                let Some(resource) = filled.resources.get_mut(id) else { continue };
                for name in [&reference, &arn].into_iter().flatten() {
                    // A resource with the same name as one of pipectl's own does not replace it.
                    let taken = filled.names.entry((resource.kind, name.clone())).or_insert(id);
                    if *taken != id && is_own(id) {
                        *taken = id;
                    }
                }
                (resource.reference, resource.arn) = (reference, arn);
            }
        }
        let properties: Vec<_> =
            filled.resources.iter().map(|(id, resource)| (*id, filled.fill(&resource.properties))).collect();
        for (id, properties) in properties {
            let Some(resource) = filled.resources.get_mut(id) else { continue };
            resource.properties = properties;
        }
        filled
    }

    /// The value of a resource's `Ref`, and its ARN.
    fn name(&self, id: &str, resource: &Resource<'_>) -> (Option<String>, Option<String>) {
        let property = |name: &str| match self.fill(&resource.properties[name]) {
            Value::String(text) => Some(text).filter(|text| text.len() <= LONGEST),
            _ => None,
        };
        if ["AWS::Lambda::Version", "AWS::Lambda::Alias"].contains(&resource.kind) {
            let function = property("FunctionName").unwrap_or_default();
            let function = function.rsplit(':').next().unwrap_or_default();
            let qualifier = property("Name").unwrap_or_else(|| "1".to_owned());
            let arn = format!("{}{function}:{qualifier}", NAMED[4].2);
            return (Some(arn.clone()), Some(arn));
        }
        let Some((kind, name, before)) = NAMED.iter().find(|(kind, ..)| *kind == resource.kind) else {
            return (None, None);
        };
        let name = property(name).unwrap_or_else(|| format!("stack-{id}"));
        match *kind {
            "AWS::Events::Rule" => match property("EventBusName").filter(|bus| bus != "default") {
                Some(bus) => {
                    let bus = bus.split_once(":event-bus/").map_or(bus.as_str(), |(_, name)| name);
                    (Some(format!("{bus}|{name}")), Some(format!("{before}{bus}/{name}")))
                }
                None => (Some(name.clone()), Some(format!("{before}{name}"))),
            },
            "AWS::Logs::LogGroup" => (Some(name.clone()), Some(format!("{before}{name}:*"))),
            "AWS::SNS::Topic" => (Some(format!("{before}{name}")), Some(format!("{before}{name}"))),
            "AWS::SQS::Queue" => {
                let url = format!("https://sqs.eu-west-1.amazonaws.com/111122223333/{name}");
                (Some(url), Some(format!("{before}{name}")))
            }
            _ => (Some(name.clone()), Some(format!("{before}{name}"))),
        }
    }

    /// A plain value with its known functions evaluated.
    fn fill(&self, value: &Value) -> Value {
        fill(value, &|variable| self.known(variable))
    }

    fn known(&self, variable: &str) -> Option<String> {
        if let Some((_, text)) = PSEUDO.iter().find(|(name, _)| *name == variable) {
            return Some((*text).to_owned());
        }
        match variable.split_once('.') {
            Some((id, "Arn" | "TopicArn")) => self.resources.get(id)?.arn.clone(),
            Some(_) => None,
            None => self.resources.get(variable)?.reference.clone(),
        }
    }

    /// Each resource with its id, type and properties.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'a str, &'a str, &Value)> {
        self.resources.iter().map(|(id, resource)| (*id, resource.kind, &resource.properties))
    }

    /// The properties of a resource of this type; `None` if there is none.
    pub(super) fn properties(&self, id: &str, kind: &str) -> Option<&Value> {
        self.resources.get(id).filter(|resource| resource.kind == kind).map(|resource| &resource.properties)
    }

    /// The value of `Ref`.
    pub(super) fn reference(&self, id: &str) -> Option<&str> {
        self.resources.get(id)?.reference.as_deref()
    }

    pub(super) fn arn(&self, id: &str) -> Option<&str> {
        self.resources.get(id)?.arn.as_deref()
    }

    /// The resource of a type with this ARN, or with this value of `Ref`.
    pub(super) fn named(&self, kind: &'a str, name: &Value) -> Option<&'a str> {
        self.names.get(&(kind, name.as_str()?.to_owned())).copied()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_names_the_same_is_written_the_same() {
        let template = json!({"Resources": {
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "b"}},
            "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "r", "EventBusName": {"Ref": "Bus"}}},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "q-${AWS::Region}"}}},
            "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"Name": "live", "FunctionName": {"Ref": "F"}}},
            "F": {"Type": "AWS::Lambda::Function"},
            "Names": {"Type": "T", "Properties": {
                "Rules": [
                    {"Fn::GetAtt": "Rule.Arn"},
                    {"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/b/r"},
                ],
                "Queues": [
                    {"Fn::GetAtt": ["Queue", "Arn"]},
                    {"Fn::Join": [":", ["arn:aws:sqs", {"Ref": "AWS::Region"}, {"Fn::Sub": "${AWS::AccountId}:q-eu-west-1"}]]},
                ],
                "Aliases": [{"Ref": "Live"}, {"Fn::Sub": "${F.Arn}:live"}],
                "Unknown": {"Fn::GetAtt": ["F", "Other"]},
            }},
        }});
        let filled = Filled::of(&template);
        let names = filled.properties("Names", "T").expect("a resource");
        for pair in ["Rules", "Queues", "Aliases"] {
            assert!(names[pair][0].is_string() && names[pair][0] == names[pair][1], "{names}");
        }
        assert_eq!(names["Unknown"], json!({"Fn::GetAtt": ["F", "Other"]}));
        assert_eq!(filled.named("AWS::SQS::Queue", &names["Queues"][0]), Some("Queue"));
    }
}
