use std::collections::BTreeMap;

use serde::Serialize;

use super::api::{AlarmApi, AlarmState, Depth, FunctionApi, FunctionState, QueueApi, TableApi};
use super::finding::{Health, worst};
use super::measure::{LogApi, MINUTES, Measured, Meters, MetricApi, Source, measure};
use super::readings::Readings;
use super::service_level::{BUDGET_DAYS, ServiceReading};
use crate::spec::{Next, ResolvedNames};
use crate::stack::{CallError, Stack};

/// The state of a pipeline. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    pub version: u32,
    /// The summary of all fields below.
    pub health: Health,
    pub stack: StackLine,
    pub queue: QueueLine,
    pub dead_letters: QueueCounts,
    /// Events that EventBridge could not deliver to the queue.
    pub undelivered: QueueCounts,
    /// `None` if there is no function.
    pub processor: Option<FunctionState>,
    pub table: TableLine,
    pub alarms: Vec<AlarmState>,
    /// Whether they could be read.
    #[serde(skip)]
    pub alarms_known: bool,
    /// `None` if there is no pipeline.
    #[serde(flatten)]
    pub measured: Option<Measured>,
    /// `None` if the spec has none, or it could not be read.
    pub service_level: Option<ServiceReading>,
    /// The last apply, if it is recorded and may be read.
    pub last_deploy: Option<LastDeploy>,
    /// The worst finding, and the command that handles it.
    pub next: Option<NextStep>,
    /// The reads that were denied, and why; the fields they would fill are empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// By part: the action that the caller has no permission for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub not_permitted: BTreeMap<&'static str, String>,
    /// Whether there is a pipeline at all, and not only the remains of a failed creation or deletion.
    #[serde(skip)]
    pub has_pipeline: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackLine {
    pub name: String,
    /// `UNKNOWN` if the stack may not be described.
    pub state: String,
}

/// The state of a stack that may not be described.
const UNKNOWN: &str = "UNKNOWN";

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueueLine {
    pub visible: u64,
    pub in_flight: u64,
    pub oldest_seconds: Option<u64>,
    /// Whether there is a queue, and it could be read.
    #[serde(skip)]
    pub known: bool,
}

/// Messages that no function reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueueCounts {
    pub visible: u64,
    /// Hidden, because someone received them and neither released nor deleted them.
    pub in_flight: u64,
    /// Whether there is a queue, and it could be read.
    #[serde(skip)]
    pub known: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableLine {
    /// `None` if there is no table.
    pub rows: Option<u64>,
}

/// Who applied last, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastDeploy {
    pub at: String,
    pub by: String,
    /// `created`, `updated` or `rolled back`.
    pub result: String,
}

/// The finding, and the command to type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextStep {
    pub finding: String,
    pub command: String,
}

/// What to read.
#[derive(Debug, Clone, Copy)]
pub struct Sights<'a> {
    /// `None` if it may not be described.
    pub stack: Option<&'a Stack>,
    pub names: &'a ResolvedNames,
    pub alarms: &'a [String],
    pub meters: Meters<'a>,
}

/// Reads everything once, and receives no message: that would hide it from others and raise its receive count. A missing
/// resource leaves its line empty, because half a stack has a status too. So does a denied read, which is named.
/// `measured`: the result of an earlier read, if it is recent enough. `command` turns a finding's action into a command
/// to type.
///
/// # Errors
/// No service answers, or there are no credentials.
pub async fn status<A: QueueApi + TableApi + FunctionApi + AlarmApi + MetricApi + LogApi>(
    api: &A,
    sights: Sights<'_>,
    measured: Option<Measured>,
    command: &dyn Fn(Next) -> String,
) -> Result<Status, CallError> {
    let Sights { stack, names, alarms, meters } = sights;
    let mut readings = Readings::default();
    let depth = readings.take("queue", api.depth(&names.queue).await)?;
    let known = depth.is_some();
    let depth = depth.unwrap_or_default();
    let queue_counts = |depth: Option<Depth>| {
        let Depth { visible, in_flight } = depth.unwrap_or_default();
        QueueCounts { visible, in_flight, known: depth.is_some() }
    };
    let queue = QueueLine {
        visible: depth.visible,
        in_flight: depth.in_flight,
        known,
        oldest_seconds: readings.take("oldest", api.oldest_seconds(&names.queue).await)?.flatten(),
    };
    let dead_letters =
        queue_counts(readings.take("dead_letters", api.depth(&names.dead_letter_queue).await)?);
    let undelivered = queue_counts(readings.take("undelivered", api.depth(&names.undelivered_queue).await)?);
    let processor = readings.take("processor", api.function(&names.processor).await)?;
    let table = TableLine { rows: readings.take("table", api.row_count(&names.table).await)? };
    let alarms = readings.take("alarms", api.alarms(alarms).await)?;
    let has_pipeline = stack.is_none_or(|stack| stack.status.has_resources());
    let has_dead_letters = dead_letters.visible + dead_letters.in_flight > 0;
    let measured = match measured {
        Some(measured) => Some(measured),
        None if has_pipeline => Some(measure(api, meters, has_dead_letters, &mut readings).await?),
        None => None,
    };
    let counts = meters.slo.zip(measured.as_ref().and_then(|measured| measured.counts));
    let minutes = match meters.source {
        Source::CloudWatch => BUDGET_DAYS * 24 * 60,
        Source::ProcessorLog => MINUTES as u32,
    };
    let service_level = counts.map(|(slo, counts)| counts.reading(slo, &queue, meters.source, minutes));
    let state = stack.map_or_else(|| UNKNOWN.to_owned(), |stack| stack.status.to_string());
    let mut status = Status {
        version: 1,
        health: Health::Healthy,
        stack: StackLine { name: names.stack.clone(), state },
        has_pipeline,
        queue,
        dead_letters,
        undelivered,
        processor,
        table,
        alarms_known: alarms.is_some(),
        alarms: alarms.unwrap_or_default(),
        measured,
        service_level,
        last_deploy: None,
        next: None,
        unread: readings.unread,
        not_permitted: readings.not_permitted,
    };
    if let Some(found) = worst(&status, &names.alarms) {
        status.health = found.health;
        status.next = Some(NextStep { finding: found.message, command: command(found.next) });
    }
    Ok(status)
}
