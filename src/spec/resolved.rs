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
        let in_spec = &self.names;
        let plain = || format!("{}-{}", self.name, self.environment);
        let of = |suffix: &str| format!("{}-{suffix}-{}", self.name, self.environment);
        let or = |in_spec: &Option<String>, suffix: &str| in_spec.clone().unwrap_or_else(|| of(suffix));
        let or_plain = |in_spec: &Option<String>| in_spec.clone().unwrap_or_else(plain);
        let processor = or(&in_spec.processor, "processor");
        ResolvedNames {
            stack: or_plain(&in_spec.stack),
            bus: self.bus.existing_name().map_or_else(|| or_plain(&in_spec.bus), str::to_owned),
            rule: or(&in_spec.rule, "rule"),
            undelivered_queue: or(&in_spec.undelivered_queue, "undelivered"),
            archive: or(&in_spec.archive, "archive"),
            queue: or(&in_spec.queue, "queue"),
            dead_letter_queue: or(&in_spec.dead_letter_queue, "dlq"),
            log_group: format!("/aws/lambda/{processor}"),
            processor,
            role: in_spec.role.clone(),
            table: or_plain(&in_spec.table),
            topic: or(&in_spec.topic, "alarms"),
            dashboard: or_plain(&in_spec.dashboard),
            alarms: AlarmNames::new(in_spec, of),
            exports: ResolvedExports {
                queue_url: or(&in_spec.exports.queue_url, "SQSQueueURL"),
                queue_arn: or(&in_spec.exports.queue_arn, "SQSQueueARN"),
                processor_arn: or(&in_spec.exports.processor_arn, "ProcessorLambdaARN"),
                table_name: or(&in_spec.exports.table_name, "EventsTableName"),
                bus_name: or(&in_spec.exports.bus_name, "EventBusName"),
                dashboard_url: or(&in_spec.exports.dashboard_url, "DashboardURL"),
            },
        }
    }

    /// The name of the bus that the stack creates, or would create if it uses an existing one.
    #[must_use]
    pub fn own_bus_name(&self) -> String {
        self.names.bus.clone().unwrap_or_else(|| format!("{}-{}", self.name, self.environment))
    }
}
