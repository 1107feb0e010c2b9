//! The alarms of the templates, one row each. Names, the rules about alarms, what a deployer may change, `status`, and
//! the template variables are derived from this list.

use super::{Names, Next};

/// An alarm of the templates.
#[derive(Debug, Clone, Copy)]
pub struct AlarmRow {
    /// Templates write `names.alarms.KEY` and `next.KEY`. The default name has it with dashes.
    pub key: &'static str,
    /// The field under `alarms` whose settings enable it. `None`: the service level does.
    pub field: Option<&'static str>,
    pub each: Each,
    /// The field under `names` that sets its name.
    pub named: Option<Named>,
    /// The command to type when it fires; also in its description and in `status`.
    pub next: Next,
}

/// A field under `names`, and how to read it.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    pub field: &'static str,
    pub in_spec: fn(&Names) -> Option<&String>,
}

/// The further alarms whose names begin with this one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Each {
    One,
    /// One more for each rule after the first.
    Rule,
    /// One for each index: this one is the status index's.
    Index,
    /// Two more, on the windows that it combines.
    Window,
}

const UNDELIVERED_EVENTS: Next = Next::Command { verb: "dlq list", more: "--undelivered" };
const WRITE_LIMIT: Next = Next::Field("table.status_index");

pub const DEAD_LETTERS: AlarmRow =
    alarm("dead_letters", "dead_letters", Next::Command { verb: "dlq list", more: "" })
        .named("dead_letters_alarm", |names| names.dead_letters_alarm.as_ref());
pub const UNDELIVERED: AlarmRow = alarm("undelivered", "dead_letters", UNDELIVERED_EVENTS);
/// The policy of a queue or of its key was changed.
pub const LOST_EVENTS: AlarmRow = alarm("lost_events", "failed_deliveries", Next::DRIFT).for_each(Each::Rule);
pub const PROCESSOR_ERRORS: AlarmRow = alarm(
    "processor_errors",
    "processor_errors",
    Next::Command { verb: "logs", more: "--since 1h --level error" },
);
pub const PROCESSOR_THROTTLES: AlarmRow =
    alarm("processor_throttles", "processor_throttles", Next::Field("processor.reserved_concurrency"));
pub const INDEX_THROTTLES: AlarmRow =
    alarm("index_throttles", "write_throttles", WRITE_LIMIT).for_each(Each::Index);
const CONFLICTS: AlarmRow =
    alarm("conflicts", "conflicts", Next::Command { verb: "dlq list", more: "--reason conflict" });
pub const FAST_BURN: AlarmRow = burn("fast_burn");
pub const SLOW_BURN: AlarmRow = burn("slow_burn");

/// All alarms, in the order in which the dashboard shows them.
pub const ALARMS: &[AlarmRow] = &[
    alarm("queue_depth", "queue_depth", Next::WATCH)
        .named("queue_depth_alarm", |names| names.queue_depth_alarm.as_ref()),
    DEAD_LETTERS,
    UNDELIVERED,
    alarm("failed_deliveries", "failed_deliveries", UNDELIVERED_EVENTS).for_each(Each::Rule),
    LOST_EVENTS,
    alarm("oldest_message", "oldest_message", Next::WATCH),
    PROCESSOR_ERRORS,
    PROCESSOR_THROTTLES,
    alarm("write_throttles", "write_throttles", WRITE_LIMIT),
    INDEX_THROTTLES,
    CONFLICTS,
    FAST_BURN,
    SLOW_BURN,
];

/// Those that end a canary rollout.
pub const CANARY_ALARMS: [AlarmRow; 4] = [PROCESSOR_ERRORS, PROCESSOR_THROTTLES, DEAD_LETTERS, CONFLICTS];

/// An alarm that the settings under `alarms.FIELD` enable.
const fn alarm(key: &'static str, field: &'static str, next: Next) -> AlarmRow {
    AlarmRow { key, field: Some(field), each: Each::One, named: None, next }
}

/// The error budget is used up too fast.
const fn burn(key: &'static str) -> AlarmRow {
    AlarmRow { key, field: None, each: Each::Window, named: None, next: Next::WATCH }
}

impl AlarmRow {
    const fn for_each(self, each: Each) -> Self {
        Self { each, ..self }
    }

    const fn named(self, field: &'static str, in_spec: fn(&Names) -> Option<&String>) -> Self {
        Self { named: Some(Named { field, in_spec }), ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::{Value, json};

    use super::*;
    use crate::spec::{Alarms, Spec};

    #[test]
    fn each_field_under_alarms_has_an_alarm_and_each_alarm_a_field() {
        let fields = Alarms::default().settings().into_keys();
        let listed: BTreeSet<String> = ALARMS.iter().filter_map(|row| row.field).map(str::to_owned).collect();
        assert_eq!(listed, fields.collect());
        let keys: BTreeSet<&str> = ALARMS.iter().map(|row| row.key).collect();
        assert_eq!(keys.len(), ALARMS.len(), "a key is listed twice");
    }

    #[test]
    fn an_update_may_delete_each_alarm_that_the_spec_switches_off() {
        let spec = |alarms: Value| -> Spec {
            let fields = json!({
                "version": 1, "name": "a", "environment": "b", "alarms": alarms,
                "bus": {"pattern": {"source": ["a"]}, "rules": [{"pattern": {"source": ["b"]}}]},
                "table": {"indexes": [{"name": "by-kind", "partition_key": "kind"}]},
            });
            serde_json::from_value(fields).expect("a spec")
        };
        let off: BTreeMap<String, &str> =
            Alarms::default().settings().into_keys().map(|field| (field, "off")).collect();
        let off = spec(json!(off));
        assert_eq!(off.alarm_names(), Vec::<String>::new());
        let patterns = off.alarm_patterns();
        for name in spec(json!({})).alarm_names() {
            let matches = |pattern: &String| match pattern.strip_suffix('*') {
                Some(begin) => name.starts_with(begin),
                None => name == *pattern,
            };
            assert!(patterns.iter().any(matches), "{name}");
        }
    }
}
