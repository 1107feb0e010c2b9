//! Sending records that can never become rows to the dead-letter queue.

use tokio::time::Instant;

use crate::batch::{Failure, Outcome, Store};
use crate::death::is_due;
use crate::invocation::Record;

/// A record that can never become a row, and why.
#[derive(Debug, Clone, Copy)]
pub struct Dead<'a> {
    /// The record.
    pub record: &'a Record,
    /// The reason.
    pub failure: &'a Failure,
}

/// The failed records that are due for the dead-letter queue ([`is_due`]), by index.
pub(crate) fn due(
    records: &[Record],
    outcomes: &[Outcome],
    of: impl Fn(usize, &Failure) -> bool,
) -> Vec<(usize, Failure)> {
    let all = records.iter().zip(outcomes).enumerate();
    let failed = all.filter_map(|(index, (record, outcome))| match outcome {
        Outcome::Failed(failure) if of(index, failure) && is_due(failure.reason, record.receive_count) => {
            Some((index, failure.clone()))
        }
        _ => None,
    });
    failed.collect()
}

/// Sends `dead` to the dead-letter queue, and returns those that are there.
pub(crate) async fn bury<'a, S: Store>(
    store: &S,
    records: &[Record],
    dead: &'a [(usize, Failure)],
    until: Instant,
) -> Vec<&'a (usize, Failure)> {
    if dead.is_empty() {
        return Vec::new();
    }
    let each: Vec<Dead<'_>> =
        dead.iter().map(|(index, failure)| Dead { record: &records[*index], failure }).collect();
    let taken = store.bury(&each, until).await;
    dead.iter().zip(taken).filter_map(|(one, taken)| taken.then_some(one)).collect()
}

/// Settles only the records that are known to be in the dead-letter queue.
pub(crate) fn settle(outcomes: &mut [Outcome], buried: Vec<&(usize, Failure)>) {
    for (index, failure) in buried {
        outcomes[*index] = Outcome::DeadLetter(failure.clone());
    }
}
