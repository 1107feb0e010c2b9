use std::collections::HashSet;

use super::Clients;
use crate::operate::{LogApi, LogEventsApi as _, LogLine, LogQuery};
use crate::stack::CallError;

/// Lines that are read, at most: those of about 100,000 events.
const MOST: usize = 200_000;

impl LogApi for Clients {
    async fn log_lines(&self, group: &str, from: i64, word: &str) -> Result<Vec<LogLine>, CallError> {
        let pattern = (!word.is_empty()).then(|| format!("\"{word}\""));
        let query = LogQuery { group: group.to_owned(), from: from * 1000, pattern };
        let mut pages = self.pages("logs:FilterLogEvents");
        let mut lines: Vec<LogLine> = Vec::new();
        let (mut seen, mut token) = (HashSet::new(), None);
        loop {
            let page = self.log_events(&query, token).await?;
            // In the local cloud a page begins with the last lines of the one before, and is not filtered.
            let ids: HashSet<String> = page.events.iter().map(|event| event.id.clone()).collect();
            let new = page.events.into_iter().filter(|event| !seen.contains(&event.id));
            let sought = new.filter(|event| event.text.contains(word));
            lines.extend(sought.map(|event| LogLine { at: event.at.div_euclid(1000), text: event.text }));
            seen = ids;
            if lines.len() > MOST {
                // The newest say how it does.
                lines.drain(..lines.len() - MOST);
            }
            token = pages.next(page.next)?;
            if token.is_none() {
                return Ok(lines);
            }
        }
    }
}
