//! The processor's log lines about one message.

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::Tracing;
use crate::cli::Stop;
use crate::operate::{Began, Hop, Invocation, LogEvent, LogQuery, LogUpdate, Stage, read_log};
use crate::stack::CallErrorKind;

/// In milliseconds: the log has another machine's clock, and is a moment late.
const MARGIN: i64 = 60_000;
/// The most lines that are read.
const MOST: usize = 100_000;

/// The lines that contain the message id, or why there are none.
type Lines = Result<Vec<LogEvent>, String>;

impl Tracing<'_> {
    /// The invocation that wrote a row, and the lines about its message.
    pub(super) async fn invocation(
        &self,
        hops: &[Hop],
        message_id: Option<&str>,
    ) -> Result<(Result<Invocation, String>, Lines), Stop> {
        let Some(began) = at(hops, Stage::Received) else {
            let why = "the row does not record when the processor received it".to_owned();
            return Ok((Err(why.clone()), Err(why)));
        };
        let from = at(hops, Stage::Queued).unwrap_or(began).min(began) - 1_000;
        let to = began + i64::from(self.spec.processor.timeout_seconds) * 1_000 + MARGIN;
        let words: Vec<&str> = ["batch", "REPORT"].into_iter().chain(message_id).collect();
        let lines = match self.lines((from, to), &words).await? {
            Ok(lines) => lines,
            Err(why) => return Ok((Err(why.clone()), Err(why))),
        };
        let invocation = Began { began, message_id }.find(&lines);
        Ok((invocation, self.naming(lines, message_id)))
    }

    /// The lines about a dead letter.
    pub(super) async fn lines_of(&self, hops: &[Hop], message_id: &str) -> Result<Lines, Stop> {
        let known = hops.iter().filter_map(|hop| hop.at.as_ref().ok().copied());
        let now = Timestamp::now().as_millisecond();
        let from = known.clone().min().unwrap_or(now - 3_600_000) - 1_000;
        // For a message that SQS moved, the time is unknown.
        let to = at(hops, Stage::Dead).map_or(now, |dead| dead + MARGIN);
        let lines = self.lines((from, to), &[message_id]).await?;
        Ok(lines.and_then(|lines| self.naming(lines, Some(message_id))))
    }

    /// The lines that contain it, without metrics.
    fn naming(&self, lines: Vec<LogEvent>, message_id: Option<&str>) -> Lines {
        let Some(id) = message_id else { return Err("the row has no message id".to_owned()) };
        let named: Vec<LogEvent> = lines.into_iter().filter(|line| line.text.contains(id)).collect();
        let level = self.config.log_level;
        match named.is_empty() {
            true => Err(format!(
                "no line names message {id}: at level `{}` the processor logs only failures, and one line for many that fail alike",
                format!("{level:?}").to_lowercase()
            )),
            false => Ok(named),
        }
    }

    async fn lines(&self, (from, to): (i64, i64), words: &[&str]) -> Result<Lines, Stop> {
        // Ids consist of letters, digits and hyphens; other characters have a meaning in a filter pattern.
        let is_plain = |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let pattern = words.iter().all(is_plain).then(|| format!("%{}%", words.join("|")));
        let query = LogQuery { group: self.session.names.log_group.clone(), from, to: Some(to), pattern };
        let mut lines = Vec::new();
        let mut keep = |update: LogUpdate<'_>| {
            if let LogUpdate::Line(line) = update {
                lines.push(line);
            }
            if lines.len() < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        match read_log(&self.session.clients, &query, &mut keep).await {
            Ok(()) => Ok(Ok(lines)),
            Err(error) if [CallErrorKind::Denied, CallErrorKind::NotFound].contains(&error.kind) => {
                Ok(Err(error.to_string()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn at(hops: &[Hop], stage: Stage) -> Option<i64> {
    hops.iter().find(|hop| hop.stage == stage)?.at.as_ref().ok().copied()
}
