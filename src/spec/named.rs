//! The types of resources that are known by a name, and where each name must be unique.

use super::Spec;

/// The scope in which a name is unique for its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One account's, in one region.
    Region,
    /// One account's, in all regions.
    Account,
}

/// A type of resource that has a name of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct NamedType {
    /// CloudFormation's name of the type.
    pub resource_type: &'static str,
    /// The property with the name.
    pub property: &'static str,
    pub scope: Scope,
    pub noun: &'static str,
    pub nouns: &'static str,
}

const fn named(
    resource_type: &'static str,
    property: &'static str,
    scope: Scope,
    noun: &'static str,
    nouns: &'static str,
) -> NamedType {
    NamedType { resource_type, property, scope, noun, nouns }
}

/// The types whose names are unique in an account. A rule's and a metric filter's are unique within another resource; a
/// bucket's would be unique in the world, and a pipeline has none.
pub const NAMED_TYPES: [NamedType; 10] = [
    named("AWS::CloudWatch::Alarm", "AlarmName", Scope::Region, "alarm", "alarms"),
    named("AWS::CloudWatch::Dashboard", "DashboardName", Scope::Account, "dashboard", "dashboards"),
    named("AWS::DynamoDB::Table", "TableName", Scope::Region, "table", "tables"),
    named("AWS::Events::Archive", "ArchiveName", Scope::Region, "archive", "archives"),
    named("AWS::Events::EventBus", "Name", Scope::Region, "bus", "buses"),
    named("AWS::IAM::Role", "RoleName", Scope::Account, "role", "roles"),
    named("AWS::Lambda::Function", "FunctionName", Scope::Region, "function", "functions"),
    named("AWS::Logs::LogGroup", "LogGroupName", Scope::Region, "log group", "log groups"),
    named("AWS::SNS::Topic", "TopicName", Scope::Region, "topic", "topics"),
    named("AWS::SQS::Queue", "QueueName", Scope::Region, "queue", "queues"),
];

/// An output's name for other stacks: not a resource, but as unique as one.
pub const EXPORT: NamedType = named("", "", Scope::Region, "export", "exports");

/// A rule: its name is unique on its bus, which several pipelines may share.
const RULE: NamedType = named("", "", Scope::Region, "rule", "rules");

/// A resource of a pipeline with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedResource {
    pub kind: &'static NamedType,
    /// Under `names` in the spec; `None` if no field sets it.
    pub field: Option<&'static str>,
    pub name: String,
    /// The bus on which a rule's name is unique.
    pub within: Option<String>,
}

impl NamedResource {
    /// Whether both cannot exist in the same account and region.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name && self.within == other.within
    }
}

/// The entry of [`NAMED_TYPES`]; that of an export for a type without one.
fn kind(resource_type: &str) -> &'static NamedType {
    NAMED_TYPES.iter().find(|one| one.resource_type == resource_type).unwrap_or(&EXPORT)
}

impl Spec {
    /// Every resource whose name another pipeline cannot have in the same account and region.
    #[must_use]
    pub fn named_resources(&self) -> Vec<NamedResource> {
        let names = self.resolved_names();
        let mut found = Vec::new();
        let mut add = |resource_type: &str, field: Option<&'static str>, name: String| {
            found.push(NamedResource { kind: kind(resource_type), field, name, within: None });
        };
        add("AWS::SQS::Queue", Some("queue"), names.queue);
        add("AWS::SQS::Queue", Some("dead_letter_queue"), names.dead_letter_queue);
        add("AWS::SQS::Queue", Some("undelivered_queue"), names.undelivered_queue);
        if self.bus.existing.is_none() {
            add("AWS::Events::EventBus", Some("bus"), names.bus.clone());
        }
        if self.bus.archive.settings().is_some() {
            add("AWS::Events::Archive", Some("archive"), names.archive);
        }
        add("AWS::DynamoDB::Table", Some("table"), names.table);
        add("AWS::Lambda::Function", Some("processor"), names.processor);
        add("AWS::Logs::LogGroup", Some("processor"), names.log_group);
        add("AWS::SNS::Topic", Some("topic"), names.topic);
        if let Some(role) = names.role {
            add("AWS::IAM::Role", Some("role"), role);
        }
        if self.dashboard {
            add("AWS::CloudWatch::Dashboard", Some("dashboard"), names.dashboard);
        }
        let windows = self.window_alarms().into_iter().map(|name| (None, name));
        for (field, name) in self.alarms_on().into_iter().chain(windows) {
            add("AWS::CloudWatch::Alarm", field, name);
        }
        if self.exports {
            let exports = names.exports;
            add("", Some("exports/queue_url"), exports.queue_url);
            add("", Some("exports/queue_arn"), exports.queue_arn);
            add("", Some("exports/processor_arn"), exports.processor_arn);
            add("", Some("exports/table_name"), exports.table_name);
            add("", Some("exports/bus_name"), exports.bus_name);
            if self.dashboard {
                add("", Some("exports/dashboard_url"), exports.dashboard_url);
            }
        }
        // On a bus of its own no other pipeline has a rule.
        if self.bus.existing.is_some() {
            found.extend(self.bus_rules().into_iter().map(|rule| NamedResource {
                kind: &RULE,
                field: Some("rule"),
                name: rule.name,
                within: Some(names.bus.clone()),
            }));
        }
        found
    }
}
