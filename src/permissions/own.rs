//! The resources of a stack, as the ARNs on which CloudFormation's calls for them are allowed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::grammar::literal;
use super::grant::{By, Condition, Grant, add};
use super::handlers::{At, HandlerCalls, KINDS, Kind};
use super::location::{artifact_key, named_keys};
use super::{Command, Location};
use crate::spec::{Encryption, FAST_BURN, SLOW_BURN, Spec};

/// Longest name of a role (IAM).
const ROLE_NAME: usize = 64;
/// Letters and digits at the end of a name that CloudFormation generates.
const MADE_UP: usize = 13;

/// The future stack.
pub(super) struct Stack<'a> {
    pub(super) spec: &'a Spec,
    pub(super) template: &'a Value,
    pub(super) location: &'a Location,
    /// The name of the stack that is adopted.
    pub(super) former: Option<&'a str>,
}

impl Stack<'_> {
    /// CloudFormation's calls for its resources, on behalf of `commands`. Types that the spec can switch off count too:
    /// switching one off deletes its resource.
    pub(super) fn grants(&self, commands: &BTreeSet<Command>) -> Vec<Grant> {
        let mut grants = Vec::new();
        for kind in &KINDS {
            let resources = self.of_type(kind.name);
            if resources.is_empty() && self.is_never_made(kind.name) {
                continue;
            }
            for row in kind.rows.iter().filter(|row| self.is_asked_for(row, &resources)) {
                let wanted: BTreeSet<Command> = commands
                    .iter()
                    .copied()
                    .filter(|command| {
                        command.handlers().chars().any(|handler| row.handlers.contains(handler))
                    })
                    .collect();
                if wanted.is_empty() {
                    continue;
                }
                let actions = row.actions.split_whitespace();
                grants.extend(actions.map(|action| self.grant(kind, row, action, &wanted)));
                if matches!(row.at, At::Artifacts) {
                    grants.extend(self.decrypts_artifacts(kind, &wanted));
                }
            }
        }
        grants
    }

    /// Types of which nothing is created, changed or deleted if the template has none.
    fn is_never_made(&self, kind: &str) -> bool {
        match kind {
            // A key is retained when the stack is deleted.
            "AWS::KMS::Key" => true,
            // The permission to give others access should not be granted needlessly.
            "AWS::Events::EventBusPolicy" => true,
            // An existing bus does not belong to the stack, whatever its name.
            "AWS::Events::EventBus" => self.spec.own_bus_name() == self.spec.resolved_names().bus,
            _ => false,
        }
    }

    /// Reading an encrypted zip requires its key.
    fn decrypts_artifacts(&self, kind: &Kind, commands: &BTreeSet<Command>) -> Option<Grant> {
        Some(Grant {
            action: "kms:Decrypt".to_owned(),
            resources: BTreeSet::from([artifact_key(self.spec)?]),
            condition: Condition::new(),
            commands: commands.clone(),
            by: By::CloudFormation(kind.name),
            optional: false,
        })
    }

    fn is_asked_for(&self, row: &HandlerCalls, resources: &[(&String, &Value)]) -> bool {
        let Some(property) = row.property else { return true };
        let encrypts = |value: &Value| match value {
            Value::Object(settings) if property == "SSESpecification" => {
                settings.contains_key("KMSMasterKeyId")
            }
            value => !value.is_null(),
        };
        resources.iter().any(|(_, resource)| encrypts(&resource["Properties"][property]))
    }

    fn grant(&self, kind: &Kind, row: &HandlerCalls, action: &str, commands: &BTreeSet<Command>) -> Grant {
        let Self { spec, location, .. } = *self;
        let mut condition = Condition::new();
        let resources = match row.at {
            At::Own => self.own(kind.name, action, &mut condition),
            At::All => {
                if action == "kms:CreateKey" {
                    ours(&mut condition, "StringEquals", "aws:RequestTag", spec);
                }
                vec!["*".to_owned()]
            }
            At::Key => {
                guard_key(&mut condition, spec, location);
                keys(spec, location)
            }
            At::Roles => {
                let to = match kind.name {
                    "AWS::Lambda::Function" => "lambda",
                    "AWS::Events::Rule" => "events",
                    _ => "sns",
                };
                if action == "iam:PassRole" {
                    let service = format!("{to}.amazonaws.com");
                    add(&mut condition, "StringEquals", "iam:PassedToService", &[service]);
                }
                self.names("AWS::IAM::Role", "RoleName", &[])
                    .iter()
                    .map(|name| location.global("iam", &format!("role/{name}")))
                    .collect()
            }
            At::Artifacts => vec![location.keys("processor/*")],
        };
        Grant {
            action: action.to_owned(),
            resources: resources.into_iter().collect(),
            condition,
            commands: commands.clone(),
            by: By::CloudFormation(kind.name),
            optional: false,
        }
    }

    /// ARNs of the stack's resources of a type; for the parts of a resource, those of the whole.
    pub(super) fn own(&self, kind: &str, action: &str, condition: &mut Condition) -> Vec<String> {
        let Self { spec, location, .. } = *self;
        let names = spec.resolved_names();
        match kind {
            "AWS::Events::Archive" => {
                let mut list = self.arns("events", "archive/", kind, "ArchiveName", &[&names.archive]);
                if action == "events:CreateArchive" {
                    list.push(location.arn("events", &format!("event-bus/{}", names.bus)));
                }
                list
            }
            "AWS::Events::Rule" => {
                self.rules().iter().map(|rule| location.arn("events", &format!("rule/{rule}"))).collect()
            }
            "AWS::Lambda::Function" | "AWS::Lambda::Version" | "AWS::Lambda::Alias" => {
                let named = self.names("AWS::Lambda::Function", "FunctionName", &[&names.processor]);
                named.iter().flat_map(|name| functions(location, name)).collect()
            }
            "AWS::Lambda::EventSourceMapping" => self.mapping(action, &names.processor, condition),
            "AWS::CloudWatch::Dashboard" => {
                let dashboards = self.names(kind, "DashboardName", &[&names.dashboard]);
                let arn = |name: &String| location.global("cloudwatch", &format!("dashboard/{name}"));
                dashboards.iter().map(arn).collect()
            }
            "AWS::IAM::Role" => {
                self.bound(action, condition);
                let roles = self.names(kind, "RoleName", &[]);
                roles.iter().map(|name| location.global("iam", &format!("role/{name}"))).collect()
            }
            // A key that an earlier stack of the spec retained is adopted again under the same tags.
            "AWS::KMS::Key" => {
                if action == "kms:TagResource" {
                    ours(condition, "StringEquals", "aws:RequestTag", spec);
                }
                ours(condition, "StringEqualsIfExists", "aws:ResourceTag", spec);
                vec![location.arn("kms", "key/*")]
            }
            _ => self.plain(kind),
        }
    }

    /// ARNs of types whose ARN only contains the name.
    fn plain(&self, kind: &str) -> Vec<String> {
        let names = self.spec.resolved_names();
        match kind {
            "AWS::SQS::Queue" | "AWS::SQS::QueuePolicy" => {
                self.arns("sqs", "", "AWS::SQS::Queue", "QueueName", &[])
            }
            "AWS::SNS::Topic" | "AWS::SNS::TopicPolicy" | "AWS::SNS::Subscription" => {
                self.arns("sns", "", "AWS::SNS::Topic", "TopicName", &[&names.topic])
            }
            "AWS::DynamoDB::Table" => {
                let tables = self.arns("dynamodb", "table/", kind, "TableName", &[&names.table]);
                // Its indexes and its stream.
                tables.into_iter().flat_map(|arn| [format!("{arn}/*"), arn]).collect()
            }
            // With an existing bus, the one that the stack may have created before.
            "AWS::Events::EventBus" => {
                self.arns("events", "event-bus/", kind, "Name", &[&self.spec.own_bus_name()])
            }
            "AWS::Events::EventBusPolicy" => {
                vec![self.location.arn("events", &format!("event-bus/{}", names.bus))]
            }
            "AWS::Logs::LogGroup" => {
                let groups = self.arns("logs", "log-group:", kind, "LogGroupName", &[&names.log_group]);
                // IAM checks the group with and without the part after it.
                groups.into_iter().flat_map(|arn| [format!("{arn}:*"), arn]).collect()
            }
            "AWS::CloudWatch::Alarm" => {
                let all = self.spec.alarm_patterns();
                let all: Vec<&String> = all.iter().collect();
                self.arns("cloudwatch", "alarm:", kind, "AlarmName", &all)
            }
            "AWS::CloudWatch::CompositeAlarm" => {
                let burns = [FAST_BURN, SLOW_BURN].map(|burn| names.alarms.name(&burn).to_owned());
                self.arns("cloudwatch", "alarm:", kind, "AlarmName", &burns.each_ref())
            }
            _ => vec!["*".to_owned()],
        }
    }

    fn arns(
        &self,
        service: &str,
        before: &str,
        kind: &str,
        property: &str,
        known: &[&String],
    ) -> Vec<String> {
        let names = self.names(kind, property, known);
        names.iter().map(|name| self.location.arn(service, &format!("{before}{name}"))).collect()
    }

    /// With a boundary in the spec, roles are created and get policies only with that boundary.
    fn bound(&self, action: &str, condition: &mut Condition) {
        let bounded =
            ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"];
        if let Some(boundary) = &self.spec.deploy.permissions_boundary
            && bounded.contains(&action)
        {
            add(condition, "StringEquals", "iam:PermissionsBoundary", std::slice::from_ref(boundary));
        }
    }

    /// A mapping's name is an id that Lambda generates; its function identifies the owner.
    fn mapping(&self, action: &str, function: &str, condition: &mut Condition) -> Vec<String> {
        let knows_function =
            !["lambda:TagResource", "lambda:UntagResource", "lambda:ListTags"].contains(&action);
        if knows_function {
            of_function(condition, self.location, function);
        }
        match action {
            // There is none yet.
            "lambda:CreateEventSourceMapping" => vec!["*".to_owned()],
            _ => vec![self.location.arn("lambda", "event-source-mapping:*")],
        }
    }

    /// ARNs of the nested stacks. Their names begin with the stack's name and their logical ids.
    pub(super) fn nested(&self) -> Vec<String> {
        let stack = self.spec.resolved_names().stack;
        let nested = self.of_type("AWS::CloudFormation::Stack").into_iter();
        nested
            .map(|(id, _)| self.location.arn("cloudformation", &format!("stack/{stack}-{id}-*/*")))
            .collect()
    }

    fn of_type(&self, kind: &str) -> Vec<(&String, &Value)> {
        let resources = self.template["Resources"].as_object().into_iter().flatten();
        resources.filter(|(_, resource)| resource["Type"] == kind).collect()
    }

    /// Names of the resources of a type, patterns if CloudFormation generates them; including those of `known`, which the
    /// template may lack now.
    fn names(&self, kind: &str, property: &str, known: &[&String]) -> Vec<String> {
        let mut names: BTreeSet<String> = known.iter().map(|name| (*name).clone()).collect();
        for (id, resource) in self.of_type(kind) {
            names.insert(match &resource["Properties"][property] {
                Value::String(name) => literal(name),
                Value::Null => self.made_up(id),
                // Built from other values: any name.
                _ => "*".to_owned(),
            });
        }
        names.into_iter().collect()
    }

    /// `<stack>-<logical id>-*`. If that would be too long, CloudFormation shortens the stack's name and the id.
    fn made_up(&self, id: &str) -> String {
        let stack = self.spec.resolved_names().stack;
        if stack.len() + id.len() + MADE_UP + 2 <= ROLE_NAME {
            return format!("{stack}-{id}-*");
        }
        let begin: String = stack.chars().take(ROLE_NAME / 3).collect();
        format!("{begin}*")
    }

    /// `<bus>/<rule>`, or `<rule>` on the default bus.
    fn rules(&self) -> Vec<String> {
        let names = self.spec.resolved_names();
        let on = |bus: &str, name: &str| match bus {
            "default" => name.to_owned(),
            bus => format!("{bus}/{name}"),
        };
        // With an existing bus, also the rule on the bus that the stack may have created before.
        let mut rules =
            BTreeSet::from([&names.bus, &self.spec.own_bus_name()].map(|bus| on(bus, &names.rule)));
        for (id, resource) in self.of_type("AWS::Events::Rule") {
            let properties = &resource["Properties"];
            let name = properties["Name"].as_str().map_or_else(|| self.made_up(id), literal);
            let bus = &properties["EventBusName"];
            let referred =
                bus["Ref"].as_str().map(|id| &self.template["Resources"][id]["Properties"]["Name"]);
            match referred.unwrap_or(bus) {
                Value::String(bus) => rules.insert(on(&literal(bus), &name)),
                Value::Null if referred.is_none() => rules.insert(name),
                _ => rules.insert(format!("*/{name}")),
            };
        }
        rules.into_iter().collect()
    }

    /// Types that are not in the table.
    pub(super) fn unknown(&self) -> Vec<String> {
        let resources = self.template["Resources"].as_object().into_iter().flatten();
        let types = resources.filter_map(|(_, resource)| resource["Type"].as_str());
        let unknown: BTreeSet<String> =
            types.filter(|name| !KINDS.iter().any(|kind| kind.name == *name)).map(str::to_owned).collect();
        unknown.into_iter().collect()
    }
}

/// A function, its versions and its aliases.
pub(super) fn functions(location: &Location, name: &str) -> Vec<String> {
    ["", ":*"].map(|suffix| location.arn("lambda", &format!("function:{name}{suffix}"))).to_vec()
}

/// Only for mappings that call this function, or a version or alias of it.
pub(super) fn of_function(condition: &mut Condition, location: &Location, function: &str) {
    add(condition, "ArnLike", "lambda:FunctionArn", &functions(location, function));
}

/// The KMS keys of stored data: by ARN if the spec names them. The stack's own has an id that KMS generates.
pub(super) fn keys(spec: &Spec, location: &Location) -> Vec<String> {
    let mut keys = named_keys(spec);
    if spec.encryption == Encryption::StackKey {
        keys.push(location.arn("kms", "key/*"));
    }
    keys
}

/// The stack's own key has no name: excludes the keys of other pipelines, and allows only services that call as the
/// caller.
pub(super) fn guard_key(condition: &mut Condition, spec: &Spec, location: &Location) {
    if spec.encryption == Encryption::StackKey {
        ours(condition, "StringEqualsIfExists", "aws:ResourceTag", spec);
        let services = format!("*.{}.*", location.region);
        add(condition, "StringLike", "kms:ViaService", &[services]);
    }
}

/// The tags that identify the pipeline. With `IfExists`, a resource without tags counts as ours: KMS can take minutes
/// until it evaluates a new key's tags.
pub(super) fn ours(condition: &mut Condition, operator: &'static str, key: &str, spec: &Spec) {
    for tag in ["pipectl:pipeline", "pipectl:environment"] {
        let value = spec.tags().remove(tag).unwrap_or_default();
        add(condition, operator, &format!("{key}/{tag}"), &[value]);
    }
}
