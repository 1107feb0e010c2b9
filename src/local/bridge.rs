//! What the templates of the local cloud cannot do, as calls.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A part of the template that the local cloud does not support, as the call that replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Bridge {
    Archive(Archive),
    TimeToLive {
        logical_id: String,
        table: String,
        attribute: String,
    },
    PointInTimeRecovery {
        logical_id: String,
        table: String,
        days: u16,
    },
    /// A statement of a bus policy, which has no effect with a single account.
    BusPolicy {
        logical_id: String,
    },
    /// An alarm with metric math, or a combination of such alarms: the local cloud has no metrics for it.
    Alarm {
        logical_id: String,
    },
}

/// An `AWS::Events::Archive`, with the bus by name: its ARN in the call needs account and region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    pub logical_id: String,
    pub name: String,
    pub event_bus_name: String,
    /// Absent: retained indefinitely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u16>,
    // CloudFormation does not accept null, not even in metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Absent: all events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Value>,
}

impl Bridge {
    /// The logical id of the resource in the template for AWS.
    #[must_use]
    pub fn logical_id(&self) -> &str {
        match self {
            Bridge::Archive(archive) => &archive.logical_id,
            Bridge::TimeToLive { logical_id, .. }
            | Bridge::PointInTimeRecovery { logical_id, .. }
            | Bridge::BusPolicy { logical_id }
            | Bridge::Alarm { logical_id } => logical_id,
        }
    }
}

/// What is done and why, for users of `--local`.
impl fmt::Display for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bridge::Archive(Archive { name, event_bus_name, .. }) => write!(
                f,
                "archive `{name}` of bus `{event_bus_name}` is created by an API call, because the local cloud refuses `AWS::Events::Archive` in a template"
            ),
            Bridge::TimeToLive { table, attribute, .. } => write!(
                f,
                "time to live on `{attribute}` of table `{table}` is switched on by an API call, because the local cloud ignores it in a template"
            ),
            Bridge::PointInTimeRecovery { table, days, .. } => write!(
                f,
                "point-in-time recovery ({days} days) of table `{table}` is switched on by an API call, because the local cloud ignores it in a template"
            ),
            Bridge::BusPolicy { logical_id } => write!(
                f,
                "bus policy `{logical_id}` is left out: the local cloud has one account, and does not support `AWS::Events::EventBusPolicy`"
            ),
            Bridge::Alarm { logical_id } => write!(
                f,
                "alarm `{logical_id}` is left out: the local cloud has no metrics to evaluate; `pipectl status` reads the log instead"
            ),
        }
    }
}
