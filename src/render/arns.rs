//! ARNs as text, where a reference would be circular.

use serde::Serialize;

use crate::spec::ResolvedNames;

/// ARNs of resources whose reference would be circular, as text for `Fn::Sub`.
#[derive(Debug, Serialize)]
pub(super) struct Arns {
    pub(super) bus: String,
    pub(super) rule: String,
    pub(super) queue: String,
    pub(super) processor: String,
    pub(super) log_group: String,
    pub(super) alarms: String,
}

impl Arns {
    pub(super) fn of(names: &ResolvedNames) -> Self {
        let arn = |service: &str, remainder: String| {
            // `${` would begin a variable: it is escaped as `${!`.
            let remainder = remainder.replace("${", "${!");
            format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{remainder}")
        };
        Self {
            bus: arn("events", format!("event-bus/{}", names.bus)),
            rule: arn("events", on_bus(&names.bus, &names.rule)),
            queue: arn("sqs", names.queue.clone()),
            processor: arn("lambda", format!("function:{}", names.processor)),
            log_group: arn("logs", format!("log-group:{}", names.log_group)),
            alarms: arn("cloudwatch", "alarm:*".to_owned()),
        }
    }
}

/// A rule's name in ARNs: after its bus, unless that is the default bus.
#[must_use]
pub fn on_bus(bus: &str, rule: &str) -> String {
    if bus == "default" { format!("rule/{rule}") } else { format!("rule/{bus}/{rule}") }
}
