//! The lines of a time window, which `status` adds up.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::Clients;
use crate::operate::{LogApi, LogLine, LogQuery, LogUpdate, read_log};
use crate::stack::CallError;

/// The most lines that are read: those of about 100,000 events.
const MOST: usize = 200_000;

impl LogApi for Clients {
    async fn log_lines(&self, group: &str, from: i64, word: &str) -> Result<Vec<LogLine>, CallError> {
        // Only the local cloud is called, and it does not support filter patterns.
        let query = LogQuery { group: group.to_owned(), from: from * 1000, to: None, pattern: None };
        let mut lines = VecDeque::new();
        let mut keep = |update: LogUpdate<'_>| {
            if let LogUpdate::Line(event) = update
                && event.text.contains(word)
            {
                // The newest lines show the current state.
                if lines.len() == MOST {
                    lines.pop_front();
                }
                lines.push_back(LogLine { at: event.at.div_euclid(1000), text: event.text });
            }
            ControlFlow::Continue(())
        };
        read_log(self, &query, &mut keep).await?;
        Ok(lines.into())
    }
}
