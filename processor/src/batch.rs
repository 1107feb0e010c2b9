//! One batch: every record is decided, the writes run concurrently, and nothing is acknowledged unless it is known to be
//! in the table.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::{self, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::bury::{Dead, bury, due, settle};
use crate::chain::{Chain, Finished, MOST_BYTES, NOT_STARTED, Written, chains};
use crate::config::Config;
use crate::erased;
use crate::invocation::Record;
use crate::pace::Pace;
use crate::reason::{Reason, Rejection};
use crate::row::{KeyValue, Row};
use crate::throttle::Throttle;

/// The outcome of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The row is new.
    Written,
    /// The row was there with the same content: a duplicate.
    Duplicate,
    /// The key was taken by other content, and the config retains the first one.
    FirstRetained,
    /// The row of a newer event is there: nothing is written.
    Superseded,
    /// The event of this key was erased on request: nothing is written.
    Erased,
    /// Can never become a row, and is in the dead-letter queue.
    DeadLetter(Failure),
    /// Not in the table, or not known to be.
    Failed(Failure),
}

/// Why a record is returned to the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The stable code.
    pub reason: Reason,
    /// Details without payload values; may be empty.
    pub detail: String,
}

impl Outcome {
    /// A failure with its details.
    #[must_use]
    pub fn failed(reason: Reason, detail: impl Into<String>) -> Self {
        Self::Failed(Failure { reason, detail: detail.into() })
    }

    /// The reason of the failure; `None` if the record did not fail.
    #[must_use]
    pub fn failure(&self) -> Option<Reason> {
        match self {
            Self::Failed(failure) => Some(failure.reason),
            _ => None,
        }
    }
}

impl From<Rejection> for Outcome {
    fn from(rejection: Rejection) -> Self {
        Self::failed(rejection.reason, rejection.message)
    }
}

/// Where records are written.
pub trait Store: Send + Sync + 'static {
    /// Writes `row`, made at `now`, unless its key is taken by a row that has not expired by then, and returns the
    /// outcome. Marks `throttle` as soon as the write is throttled, because the write may be cancelled before it ends.
    fn put(&self, row: Row, now: Timestamp, throttle: &Throttle) -> impl Future<Output = Outcome> + Send;

    /// When the whole partition was erased; `None` if it was not, or if the mark has expired by `now`. A store without
    /// such marks returns `None`.
    ///
    /// # Errors
    /// The mark cannot be read: the outcome for the records of this key.
    fn erased_at(
        &self,
        partition: &KeyValue,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Timestamp>, Outcome>> + Send {
        let _ = (partition, now);
        std::future::ready(Ok(None))
    }

    /// Sends records that can never become rows to the dead-letter queue, and returns for each whether it is there. A
    /// record without an answer by `until` counts as not sent. A store without such a queue returns false for all: they
    /// stay in the source queue.
    fn bury(&self, dead: &[Dead<'_>], until: Instant) -> impl Future<Output = Vec<bool>> + Send {
        let _ = until;
        std::future::ready(vec![false; dead.len()])
    }
}

/// One record's write, whatever its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write {
    /// From the first call of the store to the end of the last one, including all attempts and waits.
    pub latency: Duration,
    /// Whether the table throttled it at least once.
    pub throttled: bool,
}

/// The outcome of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processed {
    /// One per record, in the order of the records.
    pub outcomes: Vec<Outcome>,
    /// One per record that the store was called for, in the order of the records. Those of a task that panicked are
    /// missing.
    pub writes: Vec<Write>,
    /// Per record: when its last write ended; `None` if the store was not called for it.
    pub ended: Vec<Option<Instant>>,
    /// The time it took to decide all records before the first write, including the reads of erasure marks.
    pub decided: Duration,
}

/// When work must end, taken from the invocation's deadline.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// From this moment no write is started.
    pub stop_starting: Instant,
    /// From this moment no write is waited for.
    pub give_up: Instant,
}

impl Deadline {
    /// The deadline that leaves time to answer before Lambda kills the process: one second, or a quarter of the time left
    /// in a function with a very short timeout. Half of it is for writes already in flight.
    #[must_use]
    pub fn in_time(now: Instant, left: Duration) -> Self {
        let margin = Duration::from_secs(1).min(left / 4);
        Self {
            stop_starting: now + left.saturating_sub(margin),
            give_up: now + left.saturating_sub(margin / 2),
        }
    }
}

/// Processes `records`, received at `now`. Throttled writes are retried at the table's pace ([`Pace`]), until no write
/// may be started. Records that can never become rows are sent to the dead-letter queue; those known before the first
/// write are sent while the writes run, because a slow table may take all the time.
pub async fn process<S: Store>(
    config: &Config,
    store: &Arc<S>,
    records: &[Record],
    now: Timestamp,
    deadline: Deadline,
) -> Processed {
    // Nothing is acknowledged by default: a record without an outcome, because its task panicked, is a failure.
    let mut outcomes = vec![Outcome::failed(Reason::Panic, ""); records.len()];
    let started = Instant::now();
    erased::settle(config, store, records, (now, deadline.stop_starting), &mut outcomes).await;
    let waiting = chains(config, records, now, &mut outcomes);
    let decided = started.elapsed();
    // All waiting records count as panicked until they have an outcome.
    let rejected = due(records, &outcomes, |_, failure| failure.reason != Reason::Panic);
    let until = deadline.give_up;
    let written = write(config, store, records, now, deadline, outcomes, waiting);
    let (mut processed, buried) = tokio::join!(written, bury(&**store, records, &rejected, until));
    settle(&mut processed.outcomes, buried);
    let known: HashSet<usize> = rejected.iter().map(|(index, _)| *index).collect();
    let later = due(records, &processed.outcomes, |index, _| !known.contains(&index));
    let buried = bury(&**store, records, &later, until).await;
    settle(&mut processed.outcomes, buried);
    processed.decided = decided;
    processed
}

/// Writes the chains in `waiting`.
async fn write<S: Store>(
    config: &Config,
    store: &Arc<S>,
    records: &[Record],
    now: Timestamp,
    deadline: Deadline,
    outcomes: Vec<Outcome>,
    waiting: VecDeque<Chain>,
) -> Processed {
    let pace = Pace::new(usize::try_from(config.write_concurrency).unwrap_or(usize::MAX));
    let writes = vec![None; records.len()];
    let mut batch = Batch { outcomes, writes, waiting, running: HashMap::new(), pace, systemic: None };
    let mut running = JoinSet::new();
    loop {
        if Instant::now() >= deadline.stop_starting {
            batch.stop();
        }
        while let Some(mut chain) = batch.next(records) {
            chain.prepare(config, records, now);
            let bytes = chain.bytes(records);
            let task = running.spawn(chain.write(Arc::clone(store), now, deadline));
            batch.running.insert(task.id(), bytes);
        }
        if let Some(finished) = running.join_next_with_id().await {
            let (task, finished) = finished.unwrap_or_else(|panicked| (panicked.id(), Finished::default()));
            batch.running.remove(&task);
            batch.take(finished);
        } else if batch.waiting.is_empty() {
            let ended = batch.writes.iter();
            let ended = ended.map(|write| write.map(|(started, write)| started + write.latency)).collect();
            let writes = batch.writes.into_iter().flatten().map(|(_, write)| write).collect();
            return Processed { outcomes: batch.outcomes, writes, ended, decided: Duration::ZERO };
        } else {
            // Only a pause stops the first one from starting.
            let until = batch.pace.paused_until().unwrap_or(deadline.stop_starting);
            sleep_until(until.min(deadline.stop_starting)).await;
        }
    }
}

/// A batch that is being written.
struct Batch {
    outcomes: Vec<Outcome>,
    /// Per record: when its first write began, and all its writes combined.
    writes: Vec<Option<(Instant, Write)>>,
    waiting: VecDeque<Chain>,
    /// The running tasks, each with the number of bytes it started with.
    running: HashMap<task::Id, usize>,
    pace: Pace,
    /// Why every further write must fail in the same way.
    systemic: Option<Outcome>,
}

impl Batch {
    /// The next chain that may be written now.
    fn next(&mut self, records: &[Record]) -> Option<Chain> {
        let is_paused = self.pace.paused_until().is_some_and(|until| until > Instant::now());
        let bytes: usize = self.running.values().sum();
        let fits = |chain: &Chain| bytes == 0 || bytes + chain.bytes(records) <= MOST_BYTES;
        if self.running.len() >= self.pace.limit() || is_paused || !self.waiting.front().is_some_and(fits) {
            return None;
        }
        self.waiting.pop_front()
    }

    /// Takes over the result of a task.
    fn take(&mut self, finished: Finished) {
        let Finished { records, left } = finished;
        for Written { index, outcome, call } in records {
            let failure = outcome.failure();
            if let Some((started, write)) = call {
                self.add(index, started, write);
                if write.throttled {
                    self.pace.throttled(started, Instant::now());
                } else if failure.is_none() {
                    self.pace.served(Instant::now());
                }
            }
            if failure.is_some_and(Reason::is_systemic) {
                self.systemic = Some(outcome.clone());
            }
            self.outcomes[index] = outcome;
        }
        // At the end of the line: perhaps only this key is throttled.
        self.waiting.extend(left);
        if let Some(failure) = self.systemic.clone() {
            // Sending the others would only add load.
            for index in self.leftovers() {
                self.outcomes[index] = failure.clone();
            }
        }
    }

    fn add(&mut self, index: usize, started: Instant, write: Write) {
        let (first, whole) = self.writes[index].get_or_insert((started, write));
        whole.latency = started + write.latency - *first;
        whole.throttled |= write.throttled;
    }

    /// Fails the waiting records, because the time of the invocation is over. Throttled records keep that reason.
    fn stop(&mut self) {
        let outcome_of_others = if self.pace.is_slowed() {
            let detail = "not started, the table was slow until the invocation was nearly over";
            Outcome::failed(Reason::Throttled, detail)
        } else {
            Outcome::failed(Reason::Deadline, NOT_STARTED)
        };
        for index in self.leftovers() {
            if self.outcomes[index].failure() != Some(Reason::Throttled) {
                self.outcomes[index] = outcome_of_others.clone();
            }
        }
    }

    /// Takes out all waiting records.
    fn leftovers(&mut self) -> Vec<usize> {
        self.waiting.drain(..).flat_map(|chain| chain.links).map(|(index, _)| index).collect()
    }
}
