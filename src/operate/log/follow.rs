use std::ops::ControlFlow;
use std::time::Duration;

use jiff::Timestamp;

use super::seen::Seen;
use super::{LogEvent, LogEventsApi, LogQuery};
use crate::stack::{CallError, Pages};

/// The events while a log is read.
#[derive(Debug)]
pub enum LogUpdate<'a> {
    Line(LogEvent),
    /// The log cannot be read at the moment; reported once until it can be.
    Lost(&'a CallError),
    /// It can be read again.
    Back,
}

/// The listener may stop the run.
type LogObserver<'a> = &'a mut dyn FnMut(LogUpdate<'_>) -> ControlFlow<()>;

/// Reads the existing lines, the oldest first, each once.
///
/// # Errors
/// The errors of the calls.
pub async fn read_log<A: LogEventsApi>(
    api: &A,
    query: &LogQuery,
    observer: LogObserver<'_>,
) -> Result<(), CallError> {
    let mut seen = Seen::new(query.from);
    read_new(api, query, &mut seen, observer).await.map(drop)
}

/// Reads existing and new lines until the listener stops. A transient failure is reported, and the call is retried.
///
/// # Errors
/// A call that cannot succeed later either.
pub async fn follow_log<A: LogEventsApi>(
    api: &A,
    query: LogQuery,
    interval: Duration,
    observer: LogObserver<'_>,
) -> Result<(), CallError> {
    let mut seen = Seen::new(query.from);
    let mut query = query;
    let mut is_lost = false;
    loop {
        query.from = seen.from(Timestamp::now().as_millisecond());
        let flow = match read_new(api, &query, &mut seen, observer).await {
            Ok(ControlFlow::Continue(())) if std::mem::take(&mut is_lost) => observer(LogUpdate::Back),
            Ok(flow) => flow,
            Err(error) if error.is_passing() => match std::mem::replace(&mut is_lost, true) {
                false => observer(LogUpdate::Lost(&error)),
                true => ControlFlow::Continue(()),
            },
            Err(error) => return Err(error),
        };
        if flow.is_break() {
            return Ok(());
        }
        // A service that throttles is called less often.
        tokio::time::sleep(if is_lost { interval * 2 } else { interval }).await;
    }
}

async fn read_new<A: LogEventsApi>(
    api: &A,
    query: &LogQuery,
    seen: &mut Seen,
    observer: LogObserver<'_>,
) -> Result<ControlFlow<()>, CallError> {
    let mut pages = Pages::new("logs:FilterLogEvents");
    let mut next = None;
    loop {
        let page = api.log_events(query, next).await?;
        for event in page.events {
            if seen.is_new(&event) && observer(LogUpdate::Line(event)).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        next = pages.next(page.next)?;
        if next.is_none() {
            return Ok(ControlFlow::Continue(()));
        }
    }
}

#[cfg(test)]
mod tests;
