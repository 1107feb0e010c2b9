//! One batch: every record decided, its writes side by side, nothing acknowledged
//! that is not known to be in the table.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::config::Config;
use crate::decide::{Message, decide};
use crate::invocation::Record;
use crate::reason::{Reason, Rejection};
use crate::row::{KeyValue, Row};
use crate::throttle::Throttle;

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The row is new.
    Written,
    /// The row was there with the same content: a repeated delivery.
    Duplicate,
    /// The key was taken by other content, and the config says that the first one stays.
    KeptFirst,
    /// A newer event's row is there, or the event was erased: nothing is to be written.
    Superseded,
    /// Not in the table, or not known to be.
    Failed(Failure),
}

/// Why a record goes back to the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The stable code.
    pub reason: Reason,
    /// Particulars without payload values; may be empty.
    pub detail: String,
}

impl Outcome {
    /// A failure with its particulars.
    #[must_use]
    pub fn failed(reason: Reason, detail: impl Into<String>) -> Self {
        Self::Failed(Failure { reason, detail: detail.into() })
    }
}

impl From<Rejection> for Outcome {
    fn from(rejection: Rejection) -> Self {
        Self::failed(rejection.reason, rejection.message)
    }
}

/// Where rows go.
pub trait Store: Send + Sync + 'static {
    /// Writes `row` unless its key is taken, and says what happened. Marks `throttle`
    /// as soon as the write is slowed down, for it may be given up before it ends.
    fn put(&self, row: Row, throttle: &Throttle) -> impl Future<Output = Outcome> + Send;
}

/// One call of the store, whatever came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write {
    /// From the call to its end, the store's own attempts and waits included.
    pub latency: Duration,
    /// Whether the table slowed it down at least once.
    pub throttled: bool,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processed {
    /// One for each record, in their order.
    pub outcomes: Vec<Outcome>,
    /// One for each call of the store, in the order they ended; those of a task that
    /// panicked are lost with it.
    pub writes: Vec<Write>,
}

/// When work must end, taken from the invocation's deadline.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// From here on no write is started.
    pub stop_starting: Instant,
    /// From here on no write is waited for.
    pub give_up: Instant,
}

impl Deadline {
    /// Room to answer before Lambda kills the process: one second, or a quarter of
    /// what is left in a function with a very short timeout. Half of it is for writes
    /// already on their way.
    #[must_use]
    pub fn in_time(now: Instant, left: Duration) -> Self {
        let margin = Duration::from_secs(1).min(left / 4);
        Self {
            stop_starting: now + left.saturating_sub(margin),
            give_up: now + left.saturating_sub(margin / 2),
        }
    }
}

/// Rows of one key in the order of their records. They are written one after another:
/// the first record wins, not the fastest connection.
type Chain = Vec<(usize, Row)>;

/// Processes `records`, received at `now`.
pub async fn process<S: Store>(
    config: &Config,
    store: &Arc<S>,
    records: &[Record],
    now: Timestamp,
    deadline: Deadline,
) -> Processed {
    // Nothing is acknowledged by default: an outcome nobody reports, because its task
    // panicked, remains a failure.
    let mut outcomes = vec![Outcome::failed(Reason::Panic, ""); records.len()];
    let mut waiting = chains(config, records, now, &mut outcomes).into_iter();
    let limit = usize::try_from(config.write_concurrency).unwrap_or(usize::MAX).max(1);
    let mut running = JoinSet::new();
    let mut systemic = None;
    let mut writes = Vec::new();
    loop {
        while running.len() < limit
            && let Some(chain) = waiting.next()
        {
            match &systemic {
                // Every write fails alike; sending the rest would only be a storm.
                Some(failure) => {
                    for (index, _) in chain {
                        outcomes[index] = Outcome::clone(failure);
                    }
                }
                None => {
                    running.spawn(write(Arc::clone(store), chain, deadline));
                }
            }
        }
        let Some(finished) = running.join_next().await else {
            return Processed { outcomes, writes };
        };
        for (index, outcome, write) in finished.unwrap_or_default() {
            writes.extend(write);
            if matches!(&outcome, Outcome::Failed(failure) if failure.reason.is_systemic()) {
                systemic = Some(outcome.clone());
            }
            outcomes[index] = outcome;
        }
    }
}

/// Decides every record. Rejections are final here; rows are put together by key.
fn chains(config: &Config, records: &[Record], now: Timestamp, outcomes: &mut [Outcome]) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut by_key: HashMap<(KeyValue, Option<KeyValue>), usize> = HashMap::new();
    for (index, record) in records.iter().enumerate() {
        let message = Message {
            body: &record.body,
            message_id: record.message_id.as_deref(),
            receive_count: record.receive_count,
        };
        let Ok(decision) = catch_unwind(AssertUnwindSafe(|| decide(config, message, now))) else {
            continue;
        };
        match decision {
            Ok(row) => {
                let key = (row.partition_key.clone(), row.sort_key.clone());
                let chain = *by_key.entry(key).or_insert_with(|| {
                    chains.push(Chain::new());
                    chains.len() - 1
                });
                chains[chain].push((index, row));
            }
            Err(rejection) => outcomes[index] = rejection.into(),
        }
    }
    chains
}

async fn write<S: Store>(
    store: Arc<S>,
    chain: Chain,
    deadline: Deadline,
) -> Vec<(usize, Outcome, Option<Write>)> {
    let mut finished = Vec::with_capacity(chain.len());
    let mut stored = None;
    for (index, row) in chain {
        let content = (row.content_sha256.clone(), row.newer_by.clone());
        let (outcome, write) = if stored.as_ref() == Some(&content) {
            (Outcome::Duplicate, None)
        } else if Instant::now() >= deadline.stop_starting {
            let detail = "not started, the invocation was nearly over";
            (Outcome::failed(Reason::Deadline, detail), None)
        } else {
            let (outcome, write) = put(&*store, row, deadline).await;
            (outcome, Some(write))
        };
        if matches!(outcome, Outcome::Written | Outcome::Duplicate) {
            stored = Some(content);
        }
        finished.push((index, outcome, write));
    }
    finished
}

/// A write that is given up counts with the time it had: the slowest are the ones to see.
async fn put<S: Store>(store: &S, row: Row, deadline: Deadline) -> (Outcome, Write) {
    let throttle = Throttle::default();
    let started = Instant::now();
    let outcome = timeout_at(deadline.give_up, store.put(row, &throttle)).await.unwrap_or_else(|_| {
        Outcome::failed(Reason::Deadline, "unfinished when the invocation was nearly over")
    });
    let ended_throttled = matches!(&outcome, Outcome::Failed(failure) if failure.reason == Reason::Throttled);
    let throttled = ended_throttled || throttle.is_marked();
    (outcome, Write { latency: started.elapsed(), throttled })
}
