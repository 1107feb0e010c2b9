use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::operate::log::{LogEventsApi, LogQuery, Told, read_log};
use crate::stack::CallError;

/// What the processor did with the messages that it read in some time. Public JSON shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Handled {
    /// Messages that it read, each attempt counted.
    pub read: u64,
    pub rows: u64,
    pub duplicates: u64,
    /// Older events whose newer one is stored.
    pub superseded: u64,
    /// Sent to the dead-letter queue.
    pub dead_letters: u64,
    /// Given back to the queue, which delivers them again.
    pub returned: u64,
}

/// A line of the processor about a batch.
#[derive(Deserialize)]
struct Batch {
    message: String,
    records: u64,
    written: u64,
    #[serde(default)]
    duplicates: u64,
    #[serde(default)]
    superseded: u64,
    #[serde(default)]
    dead_letters: u64,
}

/// Adds up the processor's lines about its batches, from `from` to `to` in milliseconds since 1970. It writes one for each, whatever
/// its level.
///
/// # Errors
/// What the calls say.
pub async fn handled<A: LogEventsApi>(
    api: &A,
    group: &str,
    (from, to): (i64, i64),
) -> Result<Handled, CallError> {
    let pattern = Some("%batch%".to_owned());
    let query = LogQuery { group: group.to_owned(), from, to: Some(to), pattern };
    let mut sum = Handled::default();
    let mut add = |told: Told<'_>| {
        if let Told::Line(line) = told {
            sum.add(&line.text);
        }
        ControlFlow::Continue(())
    };
    read_log(api, &query, &mut add).await?;
    Ok(sum)
}

impl Handled {
    fn add(&mut self, line: &str) {
        let Ok(batch) = serde_json::from_str::<Batch>(line) else { return };
        if batch.message != "batch" {
            return;
        }
        let Batch { records, written, duplicates, superseded, dead_letters, .. } = batch;
        self.read += records;
        self.rows += written;
        self.duplicates += duplicates;
        self.superseded += superseded;
        self.dead_letters += dead_letters;
        self.returned += records.saturating_sub(written + duplicates + superseded + dead_letters);
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
            r#"{"message":"record failed","message_id":"batch"}"#,
            "REPORT RequestId: batch",
        ] {
            sum.add(line);
        }
        let expected =
            Handled { read: 11, rows: 5, duplicates: 2, superseded: 1, dead_letters: 1, returned: 2 };
        assert_eq!(sum, expected);
    }
}
