//! Records of one key, in the order they arrived. They are written one after another, so that the first record wins and
//! not the fastest connection.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use crate::batch::{Deadline, Outcome, Store, Write};
use crate::config::Config;
use crate::decide::{Message, decide};
use crate::invocation::Record;
use crate::queued_at::with_queued_at;
use crate::reason::{Reason, Rejection};
use crate::row::{KeyValue, Row};
use crate::throttle::Throttle;

/// Limit, in bytes of bodies, for the rows held until their turn, and for those in flight. A row of many small objects
/// takes a hundred times the bytes of its body, and a batch has six megabytes of bodies. Records beyond this limit are
/// decided again when their turn comes.
pub(crate) const MOST_BYTES: usize = 1024 * 1024;
/// Why a record that was not started is returned.
pub(crate) const NOT_STARTED: &str = "not started, the invocation was nearly over";

/// The result of one chain.
#[derive(Default)]
pub(crate) struct Finished {
    pub(crate) records: Vec<Written>,
    /// The records to write later: the first was throttled, or its row was not held.
    pub(crate) left: Option<Chain>,
}

/// The result of one record.
pub(crate) struct Written {
    /// Its index in the batch.
    pub(crate) index: usize,
    pub(crate) outcome: Outcome,
    /// When the store was called for it, and the write.
    pub(crate) call: Option<(Instant, Write)>,
}

/// What identifies a row as this event's: its hash, and the value by which it is newer than another.
pub(crate) type Content = (String, Option<(String, KeyValue)>);

/// The unwritten records of one key.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// Record indexes with their rows. A write takes the row. A record that is written again is decided again, with the
    /// same result.
    pub(crate) links: VecDeque<(usize, Option<Row>)>,
    /// Content that is known to be stored under the key.
    pub(crate) stored: Option<Content>,
}

/// Decides every record that has no outcome yet. Rejections are final here; rows are grouped by key.
pub(crate) fn chains(
    config: &Config,
    records: &[Record],
    now: Timestamp,
    outcomes: &mut [Outcome],
) -> VecDeque<Chain> {
    let mut chains: VecDeque<Chain> = VecDeque::new();
    let mut by_key: HashMap<(KeyValue, Option<KeyValue>), usize> = HashMap::new();
    let mut bytes = 0;
    for (index, record) in records.iter().enumerate() {
        if outcomes[index].failure() != Some(Reason::Panic) {
            continue;
        }
        match decided(config, record, now) {
            None => {}
            Some(Ok(row)) => {
                let key = (row.partition_key.clone(), row.sort_key.clone());
                let chain = *by_key.entry(key).or_insert_with(|| {
                    chains.push_back(Chain::default());
                    chains.len() - 1
                });
                bytes += record.body.len();
                chains[chain].links.push_back((index, Some(row).filter(|_| bytes <= MOST_BYTES)));
            }
            Some(Err(rejection)) => outcomes[index] = rejection.into(),
        }
    }
    chains
}

impl Chain {
    /// Ensures that the first row is present. Deciding a record again gives the same result; if it did not, the record
    /// would fail with the outcome it has.
    pub(crate) fn prepare(&mut self, config: &Config, records: &[Record], now: Timestamp) {
        while let Some((index, row @ None)) = self.links.front_mut() {
            *row = decided(config, &records[*index], now).and_then(Result::ok);
            if row.is_some() {
                return;
            }
            self.links.pop_front();
        }
    }

    /// Bytes of the first record's body.
    pub(crate) fn bytes(&self, records: &[Record]) -> usize {
        self.links.front().map_or(0, |(index, _)| records[*index].body.len())
    }

    /// Writes one row after another, until the table throttles one or a row is not held.
    pub(crate) async fn write<S: Store>(
        mut self,
        store: Arc<S>,
        now: Timestamp,
        deadline: Deadline,
    ) -> Finished {
        let mut finished = Finished::default();
        while let Some((index, row)) = self.links.pop_front() {
            let Some(row) = row else {
                self.links.push_front((index, None));
                finished.left = Some(self);
                break;
            };
            let content = (row.content_sha256.clone(), row.newer_by.clone());
            let (outcome, call) = if self.stored.as_ref() == Some(&content) {
                (Outcome::Duplicate, None)
            } else if Instant::now() >= deadline.stop_starting {
                (Outcome::failed(Reason::Deadline, NOT_STARTED), None)
            } else {
                let started = Instant::now();
                let (outcome, write) = put(&*store, row, now, deadline).await;
                (outcome, Some((started, write)))
            };
            let is_throttled = outcome.failure() == Some(Reason::Throttled);
            if matches!(outcome, Outcome::Written | Outcome::Duplicate) {
                self.stored = Some(content);
            }
            finished.records.push(Written { index, outcome, call });
            if is_throttled {
                self.links.push_front((index, None));
                finished.left = Some(self);
                break;
            }
        }
        finished
    }
}

/// A cancelled write counts with the time it took: the slowest writes matter most.
async fn put<S: Store>(store: &S, row: Row, now: Timestamp, deadline: Deadline) -> (Outcome, Write) {
    let throttle = Throttle::default();
    let started = Instant::now();
    let outcome = timeout_at(deadline.give_up, store.put(row, now, &throttle)).await.unwrap_or_else(|_| {
        Outcome::failed(Reason::Deadline, "unfinished when the invocation was nearly over")
    });
    let throttled = outcome.failure() == Some(Reason::Throttled) || throttle.is_marked();
    (outcome, Write { latency: started.elapsed(), throttled })
}

/// The decision for a record; `None` if deciding it panics.
fn decided(config: &Config, record: &Record, now: Timestamp) -> Option<Result<Row, Rejection>> {
    let message = Message {
        body: &record.body,
        message_id: record.message_id.as_deref(),
        receive_count: record.receive_count,
    };
    let decide = || Ok(with_queued_at(decide(config, message, now)?, config, record.sent_at));
    catch_unwind(AssertUnwindSafe(decide)).ok()
}
