use serde::Serialize;

use super::api::{AlarmApi, AlarmState, Depth, FunctionApi, FunctionState, QueueApi, TableApi};
use crate::spec::ResolvedNames;
use crate::stack::{CallError, CallErrorKind, Stack};

/// How a pipeline does. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    pub version: u32,
    pub stack: StackLine,
    pub queue: QueueLine,
    pub dead_letters: Letters,
    /// What EventBridge could not deliver to the queue.
    pub undelivered: Letters,
    /// `None` where there is no function.
    pub processor: Option<FunctionState>,
    pub table: TableLine,
    pub alarms: Vec<AlarmState>,
    /// Whether they could be asked.
    #[serde(skip)]
    pub alarms_known: bool,
    /// The reads that were refused, and why; what they would have shown is empty above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// Whether there is a pipeline at all, and not only what a failed creation or deletion left of a stack.
    #[serde(skip)]
    pub has_pipeline: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackLine {
    pub name: String,
    pub state: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueueLine {
    pub visible: u64,
    pub in_flight: u64,
    pub oldest_seconds: Option<u64>,
    /// Whether there is a queue, and it could be asked.
    #[serde(skip)]
    pub known: bool,
}

/// Messages nobody reads by himself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Letters {
    pub visible: u64,
    /// Hidden, as someone received them and neither gave them back nor deleted them.
    pub in_flight: u64,
    /// Whether there is a queue, and it could be asked.
    #[serde(skip)]
    pub known: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableLine {
    /// `None` where there is no table.
    pub rows: Option<u64>,
}

/// Reads everything once. A resource that is not there leaves its line empty: half a stack has a status too. So does a
/// read that is refused, which is named: one missing permission must not hide all the rest.
///
/// # Errors
/// No service answers, or there are no credentials.
pub async fn status<A: QueueApi + TableApi + FunctionApi + AlarmApi>(
    api: &A,
    stack: &Stack,
    names: &ResolvedNames,
    alarms: &[String],
) -> Result<Status, CallError> {
    let mut readings = Readings::default();
    let depth = readings.take(api.depth(&names.queue).await)?;
    let known = depth.is_some();
    let depth = depth.unwrap_or_default();
    let letters = |depth: Option<Depth>| {
        let Depth { visible, in_flight } = depth.unwrap_or_default();
        Letters { visible, in_flight, known: depth.is_some() }
    };
    let queue = QueueLine {
        visible: depth.visible,
        in_flight: depth.in_flight,
        known,
        oldest_seconds: readings.take(api.oldest_seconds(&names.queue).await)?.flatten(),
    };
    let dead_letters = letters(readings.take(api.depth(&names.dead_letter_queue).await)?);
    let undelivered = letters(readings.take(api.depth(&names.undelivered_queue).await)?);
    let processor = readings.take(api.function(&names.processor).await)?;
    let table = TableLine { rows: readings.take(api.row_count(&names.table).await)? };
    let alarms = readings.take(api.alarms(alarms).await)?;
    Ok(Status {
        version: 1,
        stack: StackLine { name: stack.name.clone(), state: stack.status.to_string() },
        has_pipeline: stack.status.has_resources(),
        queue,
        dead_letters,
        undelivered,
        processor,
        table,
        alarms_known: alarms.is_some(),
        alarms: alarms.unwrap_or_default(),
        unread: readings.unread,
    })
}

/// What came of reads that may be refused.
#[derive(Default)]
struct Readings {
    unread: Vec<String>,
}

impl Readings {
    fn take<T>(&mut self, answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(None),
            Err(error) if error.is_unreachable() || error.kind == CallErrorKind::NoCredentials => Err(error),
            Err(error) => {
                self.unread.push(error.to_string());
                Ok(None)
            }
        }
    }
}
