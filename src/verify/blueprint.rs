//! What a deployed template says about each hop.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::partition::Partition;
use crate::render::{KeyPolicy, evaluated, key_policies, on_bus, spec_of};
use crate::stack::{Stack, StackResource};

/// The deployed template's content for existing resources, with their own names in it.
pub struct Blueprint<'a> {
    template: &'a Value,
    stack: &'a Stack,
    /// The stack's account and region.
    location: (&'a str, &'a str),
    resources: BTreeMap<&'a str, &'a StackResource>,
    /// The keys that the template's spec names or creates, with what each must allow.
    pub(super) keys: Vec<KeyPolicy>,
}

/// A rule with the queue as its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) bus: String,
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) properties: Value,
}

pub(super) const BUS: &str = "AWS::Events::EventBus";
pub(super) const QUEUES: [&str; 3] = ["Queue", "DeadLetterQueue", "UndeliveredQueue"];

impl<'a> Blueprint<'a> {
    /// `resources`: those of the stack.
    #[must_use]
    pub fn new(
        template: &'a Value,
        stack: &'a Stack,
        location: (&'a str, &'a str),
        resources: &'a [StackResource],
    ) -> Self {
        let there = resources.iter().filter(|resource| resource.exists());
        let resources = there.map(|resource| (resource.logical_id.as_str(), resource)).collect();
        let keys = spec_of(template).map(|spec| key_policies(&spec, Some(location.0))).unwrap_or_default();
        Self { template, stack, location, resources, keys }
    }

    /// The stack's name.
    pub(super) fn stack(&self) -> &str {
        &self.stack.name
    }

    /// Whether the template creates the resource.
    pub(super) fn has(&self, id: &str) -> bool {
        self.template["Resources"].get(id).is_some()
    }

    /// Whether the bus is the stack's own.
    pub(super) fn makes_bus(&self, name: &str) -> bool {
        let all = self.template["Resources"].as_object().into_iter().flat_map(Map::iter);
        let mut buses = all.filter(|(_, resource)| resource["Type"] == BUS);
        buses.any(|(id, _)| self.name(id) == name || self.text(id, "/Name").as_deref() == Some(name))
    }

    /// The properties of a resource; null if the template has none.
    pub(super) fn properties(&self, id: &str) -> Value {
        evaluated(&self.template["Resources"][id]["Properties"], &|variable| self.known(variable))
    }

    /// A property that is text.
    pub(super) fn text(&self, id: &str, pointer: &str) -> Option<String> {
        self.properties(id).pointer(pointer)?.as_str().map(str::to_owned)
    }

    /// The name of a resource, for a queue the last part of its URL; its logical id if the stack does not have it.
    pub(super) fn name(&self, id: &str) -> String {
        let physical = self.physical(id).unwrap_or(id);
        let name = physical.rsplit(['/', '|']).next().filter(|name| !name.is_empty());
        name.unwrap_or(physical).to_owned()
    }

    /// Its physical id in CloudFormation.
    pub(super) fn physical(&self, id: &str) -> Option<&str> {
        self.resources.get(id).map(|resource| resource.physical_id.as_str())
    }

    /// The ARN of a resource; `None` if it is unknown.
    pub(super) fn arn(&self, id: &str) -> Option<String> {
        let (account, region) = self.location;
        let partition = Partition::of(region).id;
        let resource = self.resources.get(id)?;
        if resource.physical_id.starts_with("arn:") {
            return Some(resource.physical_id.clone());
        }
        let name = self.name(id);
        let (service, remainder) = match resource.resource_type.as_str() {
            "AWS::SQS::Queue" => ("sqs", name),
            "AWS::DynamoDB::Table" => ("dynamodb", format!("table/{name}")),
            "AWS::Lambda::Function" => ("lambda", format!("function:{name}")),
            "AWS::KMS::Key" => ("kms", format!("key/{name}")),
            BUS => ("events", format!("event-bus/{}", resource.physical_id)),
            "AWS::IAM::Role" => {
                let path = self.template["Resources"][id]["Properties"]["Path"].as_str().unwrap_or("/");
                return Some(format!("arn:{partition}:iam::{account}:role{path}{name}"));
            }
            _ => return None,
        };
        Some(format!("arn:{partition}:{service}:{region}:{account}:{remainder}"))
    }

    fn known(&self, variable: &str) -> Option<String> {
        let (account, region) = self.location;
        let partition = Partition::of(region);
        match variable {
            "AWS::AccountId" => return Some(account.to_owned()),
            "AWS::Region" => return Some(region.to_owned()),
            "AWS::Partition" => return Some(partition.id.to_owned()),
            "AWS::URLSuffix" => return Some(partition.dns_suffix.to_owned()),
            "AWS::StackId" => return Some(self.stack.id.clone()),
            "AWS::StackName" => return Some(self.stack.name.clone()),
            _ => {}
        }
        match variable.split_once('.') {
            Some((id, "Arn")) => self.arn(id),
            Some((id, "QueueName")) => Some(self.name(id)),
            Some(_) => None,
            None => self
                .physical(variable)
                .or(self.stack.parameters.get(variable).map(String::as_str))
                .map(str::to_owned),
        }
    }

    /// The rules that send events to the queue.
    pub(super) fn rules(&self) -> Vec<Rule> {
        let (account, region) = self.location;
        let partition = Partition::of(region).id;
        let queue = self.arn("Queue");
        let all = self.template["Resources"].as_object().into_iter().flat_map(Map::iter);
        let rules = all.filter(|(_, resource)| resource["Type"] == "AWS::Events::Rule");
        let rules = rules.filter_map(|(id, _)| {
            let properties = self.properties(id);
            let targets = properties["Targets"].as_array()?;
            targets.iter().any(|target| target["Arn"].as_str() == queue.as_deref()).then_some(())?;
            let bus = properties["EventBusName"].as_str().unwrap_or("default");
            let bus = bus.split_once(":event-bus/").map_or(bus, |(_, name)| name).to_owned();
            let named = properties["Name"].as_str().map(str::to_owned);
            let name = self.physical(id).map(|_| self.name(id)).or(named)?;
            let arn = format!("arn:{partition}:events:{region}:{account}:{}", on_bus(&bus, &name));
            Some(Rule { bus, name, arn, properties })
        });
        rules.collect()
    }
}
