//! The names of all resources, as written or as made from `name` and `environment`.

use serde::Serialize;

use super::{AlarmNames, Spec};

/// Every resource's name, as written under `names` or made from `name` and `environment`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResolvedNames {
    pub stack: String,
    /// The stack's own, or the existing one.
    pub bus: String,
    pub rule: String,
    pub undelivered_queue: String,
    pub archive: String,
    pub queue: String,
    pub dead_letter_queue: String,
    pub processor: String,
    pub log_group: String,
    /// `None` lets CloudFormation generate a name, which does not require `CAPABILITY_NAMED_IAM`.
    pub role: Option<String>,
    pub table: String,
    pub topic: String,
    pub dashboard: String,
    pub alarms: AlarmNames,
    pub exports: ResolvedExports,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResolvedExports {
    pub queue_url: String,
    pub queue_arn: String,
    pub processor_arn: String,
    pub table_name: String,
    pub bus_name: String,
    pub dashboard_url: String,
}

impl Spec {
    /// The names of all resources.
    #[must_use]
    pub fn resolved_names(&self) -> ResolvedNames {
        let written = &self.names;
        let plain = || format!("{}-{}", self.name, self.environment);
        let of = |thing: &str| format!("{}-{thing}-{}", self.name, self.environment);
        let or = |written: &Option<String>, thing: &str| written.clone().unwrap_or_else(|| of(thing));
        let or_plain = |written: &Option<String>| written.clone().unwrap_or_else(plain);
        let processor = or(&written.processor, "processor");
        ResolvedNames {
            stack: or_plain(&written.stack),
            bus: self.bus.existing_name().map_or_else(|| or_plain(&written.bus), str::to_owned),
            rule: or(&written.rule, "rule"),
            undelivered_queue: or(&written.undelivered_queue, "undelivered"),
            archive: or(&written.archive, "archive"),
            queue: or(&written.queue, "queue"),
            dead_letter_queue: or(&written.dead_letter_queue, "dlq"),
            log_group: format!("/aws/lambda/{processor}"),
            processor,
            role: written.role.clone(),
            table: or_plain(&written.table),
            topic: or(&written.topic, "alarms"),
            dashboard: or_plain(&written.dashboard),
            alarms: AlarmNames::new(written, of),
            exports: ResolvedExports {
                queue_url: or(&written.exports.queue_url, "SQSQueueURL"),
                queue_arn: or(&written.exports.queue_arn, "SQSQueueARN"),
                processor_arn: or(&written.exports.processor_arn, "ProcessorLambdaARN"),
                table_name: or(&written.exports.table_name, "EventsTableName"),
                bus_name: or(&written.exports.bus_name, "EventBusName"),
                dashboard_url: or(&written.exports.dashboard_url, "DashboardURL"),
            },
        }
    }

    /// The name of the bus that the stack creates, or would create if it uses an existing one.
    #[must_use]
    pub fn own_bus_name(&self) -> String {
        self.names.bus.clone().unwrap_or_else(|| format!("{}-{}", self.name, self.environment))
    }
}
