use std::collections::BTreeSet;

use serde::Serialize;

use super::Spec;

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
    /// `None` lets CloudFormation make up a name, which spares `CAPABILITY_NAMED_IAM`.
    pub role: Option<String>,
    pub table: String,
    pub topic: String,
    pub dashboard: String,
    pub alarms: AlarmNames,
    pub exports: ResolvedExports,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlarmNames {
    pub queue_depth: String,
    pub dead_letters: String,
    pub undelivered: String,
    pub failed_deliveries: String,
    pub lost_events: String,
    pub oldest_message: String,
    pub processor_errors: String,
    pub processor_throttles: String,
    pub write_throttles: String,
    pub index_throttles: String,
    pub conflicts: String,
    pub fast_burn: String,
    pub slow_burn: String,
}

impl AlarmNames {
    /// The names of the alarms on the long and the short window of a burn, which nobody is notified of by themselves.
    #[must_use]
    pub fn windows(burn: &str) -> [String; 2] {
        ["long", "short"].map(|window| format!("{burn}-{window}"))
    }

    /// The names of those on one window of either burn.
    #[must_use]
    pub fn window_alarms(&self) -> Vec<String> {
        [&self.fast_burn, &self.slow_burn].into_iter().flat_map(|burn| Self::windows(burn)).collect()
    }
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
            alarms: AlarmNames {
                queue_depth: or(&written.queue_depth_alarm, "queue-depth"),
                dead_letters: or(&written.dead_letters_alarm, "dead-letters"),
                undelivered: of("undelivered"),
                failed_deliveries: of("failed-deliveries"),
                lost_events: of("lost-events"),
                oldest_message: of("oldest-message"),
                processor_errors: of("processor-errors"),
                processor_throttles: of("processor-throttles"),
                write_throttles: of("write-throttles"),
                index_throttles: of("index-throttles"),
                conflicts: of("conflicts"),
                fast_burn: of("fast-burn"),
                slow_burn: of("slow-burn"),
            },
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

    /// The name of the bus that the stack makes, or would make where it uses an existing one.
    #[must_use]
    pub fn own_bus_name(&self) -> String {
        self.names.bus.clone().unwrap_or_else(|| format!("{}-{}", self.name, self.environment))
    }

    /// The names of the alarms that are on and notify, in the order of their fields.
    #[must_use]
    pub fn alarm_names(&self) -> Vec<String> {
        self.alarms_on().into_iter().map(|(_, name)| name).collect()
    }

    /// The names of the alarms on one window of the service level, which notify nobody.
    pub(super) fn window_alarms(&self) -> Vec<String> {
        self.slo.as_ref().map(|_| self.resolved_names().alarms.window_alarms()).unwrap_or_default()
    }

    /// The alarms that notify, each with the field under `names` that gives it, where there is one.
    pub(super) fn alarms_on(&self) -> Vec<(Option<&'static str>, String)> {
        let (alarms, names) = (&self.alarms, self.resolved_names().alarms);
        let names_of_rules = [names.failed_deliveries.clone(), names.lost_events.clone()];
        let dead = alarms.dead_letters.settings().is_some();
        let deliveries = alarms.failed_deliveries.settings().is_some();
        let writes = alarms.write_throttles.settings().is_some();
        let all = [
            (alarms.queue_depth.settings().is_some(), Some("queue_depth_alarm"), names.queue_depth),
            (dead, Some("dead_letters_alarm"), names.dead_letters),
            (dead, None, names.undelivered),
            (deliveries, None, names.failed_deliveries),
            (deliveries, None, names.lost_events),
            (alarms.oldest_message.settings().is_some(), None, names.oldest_message),
            (alarms.processor_errors.settings().is_some(), None, names.processor_errors),
            (alarms.processor_throttles.settings().is_some(), None, names.processor_throttles),
            (writes, None, names.write_throttles),
            (writes && self.table.status_index.is_on(), None, names.index_throttles),
            (alarms.conflicts.settings().is_some(), None, names.conflicts),
        ];
        let mut on: Vec<_> =
            all.into_iter().filter_map(|(on, field, name)| on.then_some((field, name))).collect();
        on.extend(self.index_alarms().into_iter().map(|(_, name)| (None, name)));
        if self.slo.is_some() {
            on.extend([names.fast_burn, names.slow_burn].map(|name| (None, name)));
        }
        let mut keys: Vec<String> = self.bus_rules().into_iter().filter_map(|rule| rule.key).collect();
        // That two rules have one name is an error of its own.
        keys.sort_unstable();
        keys.dedup();
        for key in keys.iter().filter(|_| deliveries) {
            on.extend(names_of_rules.iter().map(|name| (None, format!("{name}-{key}"))));
        }
        on
    }

    /// The names of the further indexes, each with that of the alarm on its throttled writes; none where it is off.
    #[must_use]
    pub fn index_alarms(&self) -> Vec<(&str, String)> {
        if self.alarms.write_throttles.settings().is_none() || self.table.indexes.is_empty() {
            return Vec::new();
        }
        let prefix = self.resolved_names().alarms.index_throttles;
        let names: BTreeSet<&str> = self.table.indexes.iter().map(|index| index.name.as_str()).collect();
        names.into_iter().map(|index| (index, format!("{prefix}-{index}"))).collect()
    }
}
