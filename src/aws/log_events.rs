//! The log in pages, for `logs` and `trace`.

use std::collections::HashMap;

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;

use super::Clients;
use super::error::missing;
use crate::operate::{LogEvent, LogEventsApi, LogEventsPage, LogQuery};
use crate::stack::CallError;

const OPERATION: &str = "logs:FilterLogEvents";
/// Lines of one page: far fewer parts than the limit of one answer.
const PAGE: i32 = 5_000;

impl LogEventsApi for Clients {
    async fn log_events(&self, query: &LogQuery, next: Option<String>) -> Result<LogEventsPage, CallError> {
        // The local cloud supports neither filter patterns nor tokens. There, the next page begins at the last line's
        // time.
        let local = self.is_local();
        let after = next.as_ref().filter(|_| local).and_then(|at| at.parse().ok());
        let from = after.unwrap_or(query.from);
        let answer = self
            .logs
            .filter_log_events()
            .log_group_name(&query.group)
            .start_time(from.max(0))
            .set_end_time(query.to)
            .limit(PAGE)
            .set_filter_pattern(query.pattern.clone().filter(|_| !local))
            .set_next_token(next.filter(|_| !local))
            .send()
            .await
            .map_err(|error| self.call_error(OPERATION, &error))?;
        // Without this check, a log with lines would be read as empty.
        let events = lines(answer.events.ok_or_else(|| missing(OPERATION, "events"))?)?;
        let is_full = usize::try_from(PAGE).is_ok_and(|page| events.len() >= page);
        let next = match local {
            false => answer.next_token.filter(|token| !token.is_empty()),
            true => events.last().filter(|_| is_full).map(|last| last.at.to_string()),
        };
        Ok(LogEventsPage { events, next })
    }
}

/// The lines of an answer. The local cloud gives no ids. There, the id of a line is its stream, its millisecond, and
/// its number within both; an answer has all lines up to it.
fn lines(events: Vec<FilteredLogEvent>) -> Result<Vec<LogEvent>, CallError> {
    let mut counts: HashMap<(String, i64), u32> = HashMap::new();
    let line = |event: FilteredLogEvent| {
        let at = event.timestamp.ok_or_else(|| missing(OPERATION, "timestamp"))?;
        let text = event.message.ok_or_else(|| missing(OPERATION, "message"))?;
        let stream = event.log_stream_name.unwrap_or_default();
        let id = event.event_id.filter(|id| !id.is_empty()).unwrap_or_else(|| {
            let count = counts.entry((stream.clone(), at)).or_default();
            *count += 1;
            format!("{stream}/{at}/{count}")
        });
        Ok(LogEvent { id, at, stream, text })
    };
    events.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_ids_are_counted_and_none_is_taken_for_another() {
        let event =
            |at: i64| FilteredLogEvent::builder().timestamp(at).message("same").log_stream_name("s").build();
        let ids = |events: Vec<FilteredLogEvent>| -> Vec<String> {
            lines(events).expect("lines").into_iter().map(|line| line.id).collect()
        };
        assert_eq!(ids(vec![event(1), event(1), event(2)]), ["s/1/1", "s/1/2", "s/2/1"]);
        // Read again from a later time, the ids are the same.
        assert_eq!(ids(vec![event(2), event(2)]), ["s/2/1", "s/2/2"]);
        assert!(lines(vec![FilteredLogEvent::builder().message("x").build()]).is_err());
    }
}
