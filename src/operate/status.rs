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
    pub dead_letters: Visible,
    /// What EventBridge could not deliver to the queue.
    pub undelivered: Visible,
    /// `None` where there is no function.
    pub processor: Option<FunctionState>,
    pub table: TableLine,
    pub alarms: Vec<AlarmState>,
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
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Visible {
    pub visible: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableLine {
    /// `None` where there is no table.
    pub rows: Option<u64>,
}

/// Reads everything once. A resource that is not there leaves its line empty: half a stack has a status too.
///
/// # Errors
/// The first call that failed for another reason than absence.
pub async fn status<A: QueueApi + TableApi + FunctionApi + AlarmApi>(
    api: &A,
    stack: &Stack,
    names: &ResolvedNames,
    alarms: &[String],
) -> Result<Status, CallError> {
    let depth = present(api.depth(&names.queue).await)?.unwrap_or_default();
    let visible = |depth: Option<Depth>| Visible { visible: depth.unwrap_or_default().visible };
    Ok(Status {
        version: 1,
        stack: StackLine { name: stack.name.clone(), state: stack.status.to_string() },
        queue: QueueLine {
            visible: depth.visible,
            in_flight: depth.in_flight,
            oldest_seconds: api.oldest_seconds(&names.queue).await?,
        },
        dead_letters: visible(present(api.depth(&names.dead_letter_queue).await)?),
        undelivered: visible(present(api.depth(&names.undelivered_queue).await)?),
        processor: present(api.function(&names.processor).await)?,
        table: TableLine { rows: present(api.row_count(&names.table).await)? },
        alarms: api.alarms(alarms).await?,
    })
}

fn present<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == CallErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
