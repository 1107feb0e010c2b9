//! What the processor did with the events of a replay.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::operate::log::{LogEventsApi, LogQuery, LogUpdate, read_log};
use crate::operate::processor_line::ProcessorLine;
use crate::stack::CallError;

/// The processor's results for the messages that it read in a span of time. Public JSON shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Handled {
    /// Messages that it read, counting each attempt.
    pub read: u64,
    pub rows: u64,
    pub duplicates: u64,
    /// Older events, where the newer one is stored.
    pub superseded: u64,
    /// Events of erased keys: nothing was written.
    pub erased: u64,
    /// Sent to the dead-letter queue.
    pub dead_letters: u64,
    /// Returned to the queue, which delivers them again.
    pub returned: u64,
}

/// Adds up the processor's lines about its batches, from `from` to `to` in milliseconds since 1970. It writes one line
/// per batch at every level.
///
/// # Errors
/// The errors of the calls.
pub async fn handled<A: LogEventsApi>(
    api: &A,
    group: &str,
    (from, to): (i64, i64),
) -> Result<Handled, CallError> {
    let pattern = Some("%batch%".to_owned());
    let query = LogQuery { group: group.to_owned(), from, to: Some(to), pattern };
    let mut sum = Handled::default();
    let mut add = |update: LogUpdate<'_>| {
        if let LogUpdate::Line(line) = update {
            sum.add(&line.text);
        }
        ControlFlow::Continue(())
    };
    read_log(api, &query, &mut add).await?;
    Ok(sum)
}

impl Handled {
    fn add(&mut self, line: &str) {
        let Some(batch) = ProcessorLine::read(line).filter(|line| line.message == "batch") else { return };
        let ProcessorLine { records, written, duplicates, superseded, erased, dead_letters, .. } = batch;
        self.read += records;
        self.rows += written;
        self.duplicates += duplicates;
        self.superseded += superseded;
        self.erased += erased;
        self.dead_letters += dead_letters;
        let done = written + duplicates + superseded + erased + dead_letters;
        self.returned += records.saturating_sub(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_about_batches_add_up_and_no_other_counts() {
        let mut sum = Handled::default();
        for line in [
            r#"{"message":"batch","records":10,"written":4,"duplicates":2,"superseded":1,"dead_letters":1,"failed":2}"#,
            r#"{"message":"batch","records":1,"written":1}"#,
            r#"{"message":"batch","records":3,"written":0,"erased":3}"#,
            r#"{"message":"record failed","message_id":"batch"}"#,
            "REPORT RequestId: batch",
        ] {
            sum.add(line);
        }
        let expected = Handled {
            read: 14,
            rows: 5,
            duplicates: 2,
            superseded: 1,
            erased: 3,
            dead_letters: 1,
            returned: 2,
        };
        assert_eq!(sum, expected);
    }
}
