use super::Clients;
use crate::operate::{LogApi, LogLine};
use crate::stack::CallError;

/// Lines of one answer, at most.
const PAGE: i32 = 10_000;
/// Lines that are read, at most: those of about 100,000 events.
const MOST: usize = 200_000;

impl LogApi for Clients {
    async fn log_lines(&self, group: &str, from: i64, word: &str) -> Result<Vec<LogLine>, CallError> {
        let operation = "logs:FilterLogEvents";
        let pattern = (!word.is_empty()).then(|| format!("\"{word}\""));
        let mut pages = self.pages(operation);
        let mut lines: Vec<LogLine> = Vec::new();
        let (mut start, mut token) = (from * 1000, None);
        loop {
            let call = self.logs.filter_log_events().log_group_name(group).start_time(start);
            let call = call.limit(PAGE).set_filter_pattern(pattern.clone()).set_next_token(token);
            let answer = call.send().await.map_err(|error| self.call_error(operation, &error))?;
            let events = answer.events.unwrap_or_default();
            let (count, last) = (events.len(), events.iter().filter_map(|event| event.timestamp).max());
            lines.extend(events.into_iter().filter_map(|event| {
                Some(LogLine { at: event.timestamp?.div_euclid(1000), text: event.message? })
            }));
            if lines.len() > MOST {
                // The newest say how it does.
                lines.drain(..lines.len() - MOST);
            }
            token = pages.next(answer.next_token)?;
            match last {
                _ if token.is_some() => {}
                // The local cloud has no tokens: it ends at the limit.
                Some(last) if self.is_local() && count >= PAGE as usize => start = last + 1,
                _ => return Ok(lines),
            }
        }
    }
}
