//! A template's resources.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    pub(crate) value: Value,
    /// Parameters of the operation; the others have their default.
    pub(crate) parameters: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Resource<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) whole: &'a Value,
}

/// The property that names a resource, for each type that a pipeline names; and whether the name alone identifies it, so
/// that a change set can import it automatically (the primary identifier of its registry schema).
pub(crate) const NAMED: [(&str, &str, bool); 11] = [
    ("AWS::CloudWatch::Alarm", "AlarmName", true),
    ("AWS::CloudWatch::Dashboard", "DashboardName", true),
    ("AWS::DynamoDB::Table", "TableName", true),
    ("AWS::Events::Archive", "ArchiveName", true),
    ("AWS::Events::EventBus", "Name", true),
    ("AWS::Events::Rule", "Name", false),
    ("AWS::IAM::Role", "RoleName", true),
    ("AWS::Lambda::Function", "FunctionName", true),
    ("AWS::Logs::LogGroup", "LogGroupName", true),
    ("AWS::SNS::Topic", "TopicName", false),
    ("AWS::SQS::Queue", "QueueName", false),
];

impl Template {
    /// JSON or YAML; `None`: neither, which the local cloud reports itself.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value = serde_json::from_str(text).ok();
        let value = value.or_else(|| serde_yaml::from_str(text).ok().map(untagged))?;
        Some(Self { value, parameters: BTreeMap::new() })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.resources().next().is_none()
    }

    pub(crate) fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let resources = self.value["Resources"].as_object().into_iter().flatten();
        resources.map(|(id, whole)| Resource { id, kind: whole["Type"].as_str().unwrap_or_default(), whole })
    }

    pub(crate) fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Resource<'a>> {
        self.resources().filter(move |resource| resource.kind == kind)
    }

    pub(crate) fn resource(&self, id: &str) -> Option<Resource<'_>> {
        self.resources().find(|resource| resource.id == id)
    }

    /// The name that a resource will have, if the template contains it.
    pub(crate) fn name_of(&self, resource: Resource<'_>, region: &str) -> Option<String> {
        let (_, property, _) = NAMED.iter().find(|(kind, _, _)| *kind == resource.kind)?;
        self.resolved(&resource.properties()[*property], region)
    }

    /// A value that is known before anything is created.
    pub(crate) fn resolved(&self, value: &Value, region: &str) -> Option<String> {
        if let Some(text) = value.as_str() {
            return Some(text.to_owned());
        }
        if let Some(name) = value["Ref"].as_str() {
            return self.reference(name, region);
        }
        let mut text = value["Fn::Sub"].as_str()?.to_owned();
        while let Some((before, remainder)) = text.split_once("${") {
            let (name, after) = remainder.split_once('}')?;
            text = format!("{before}{}{after}", self.reference(name, region)?);
        }
        Some(text)
    }

    fn reference(&self, name: &str, region: &str) -> Option<String> {
        let default = || self.value["Parameters"][name]["Default"].as_str().map(ToOwned::to_owned);
        match name {
            "AWS::Region" => Some(region.to_owned()),
            "AWS::AccountId" => Some(super::ACCOUNT.to_owned()),
            "AWS::Partition" => Some("aws".to_owned()),
            _ => {
                let given = self.parameters.get(name).cloned().or_else(default);
                given.or_else(|| self.name_of(self.resource(name)?, region))
            }
        }
    }
}

impl Resource<'_> {
    pub(crate) fn properties(&self) -> &Value {
        &self.whole["Properties"]
    }

    /// `DeletionPolicy`, `Delete` by default.
    pub(crate) fn deletion_policy(&self) -> &str {
        self.whole["DeletionPolicy"].as_str().unwrap_or("Delete")
    }

    pub(crate) fn is_retained(&self) -> bool {
        self.deletion_policy().starts_with("Retain")
    }
}

/// The long form of functions that YAML writes as tags.
fn untagged(value: serde_yaml::Value) -> Value {
    match value {
        serde_yaml::Value::Tagged(tagged) => {
            let name = tagged.tag.to_string();
            let name = name.trim_start_matches('!');
            let inner = untagged(tagged.value);
            match (name, inner.as_str().and_then(|text| text.split_once('.'))) {
                ("Ref" | "Condition", _) => json!({ name: inner }),
                ("GetAtt", Some((id, attribute))) => json!({"Fn::GetAtt": [id, attribute]}),
                _ => json!({ format!("Fn::{name}"): inner }),
            }
        }
        serde_yaml::Value::Mapping(mapping) => {
            let key = |key: serde_yaml::Value| key.as_str().map(ToOwned::to_owned).unwrap_or_default();
            Value::Object(
                mapping.into_iter().map(|(name, value)| (key(name), untagged(value))).collect::<Map<_, _>>(),
            )
        }
        serde_yaml::Value::Sequence(values) => values.into_iter().map(untagged).collect(),
        plain => serde_json::to_value(plain).unwrap_or(Value::Null),
    }
}
