//! Records that are delivered again, by a replay or a redrive, for a key that was erased after their event: they are
//! skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::batch::{Outcome, Store};
use crate::config::Config;
use crate::death::was_dead;
use crate::erasure::Whose;
use crate::invocation::Record;
use crate::path::REPLAY_NAME;
use crate::reason::Reason;
use crate::row::KeyValue;

/// Sets the outcome of those records. A record whose mark cannot be read is not written either: it returns to the queue.
pub(crate) async fn settle<S: Store>(
    config: &Config,
    store: &Arc<S>,
    records: &[Record],
    (now, until): (Timestamp, Instant),
    outcomes: &mut [Outcome],
) {
    let mut waiting = again(config, records);
    let mut unread: BTreeSet<usize> = waiting.values().flatten().map(|(index, _)| *index).collect();
    let most = usize::try_from(config.write_concurrency).unwrap_or(usize::MAX).max(1);
    let mut running = JoinSet::new();
    loop {
        while running.len() < most
            && let Some((partition, of_key)) = waiting.pop_first()
        {
            let store = Arc::clone(store);
            running.spawn(async move {
                let erased = timeout_at(until, store.erased_at(&partition, now)).await;
                let late = || Err(Outcome::failed(Reason::Deadline, "the invocation was nearly over"));
                (of_key, erased.unwrap_or_else(|_| late()))
            });
        }
        let Some(read) = running.join_next().await else { break };
        let Ok((of_key, erased)) = read else { continue };
        for (index, at) in of_key {
            unread.remove(&index);
            match &erased {
                Ok(Some(erased)) if at <= *erased => outcomes[index] = Outcome::Erased,
                Ok(_) => {}
                Err(failed) => outcomes[index] = failed.clone(),
            }
        }
    }
    // Whatever happened to a read: a record is written only if it is known to have no mark.
    for index in unread {
        outcomes[index] = Outcome::failed(Reason::RowUnread, "it is not known whether its key was erased");
    }
}

/// The records that are delivered again, by their key, each with the time of its event. Bare details have no time and are
/// left out, because they may be from after the erasure.
fn again(config: &Config, records: &[Record]) -> BTreeMap<KeyValue, Vec<(usize, Timestamp)>> {
    let mut by_key: BTreeMap<KeyValue, Vec<(usize, Timestamp)>> = BTreeMap::new();
    let replayed = format!("\"{REPLAY_NAME}\"");
    for (index, record) in records.iter().enumerate() {
        let was_dead = || record.attributes.as_ref().is_some_and(was_dead);
        if !record.body.contains(&replayed) && !was_dead() {
            continue;
        }
        // What panics here also panics when the record is decided, and is a failure of that record alone.
        let whose = catch_unwind(AssertUnwindSafe(|| Whose::of(config, &record.body))).ok().flatten();
        if let Some((partition, at)) = whose.and_then(|whose| Some((whose.partition, whose.at?))) {
            by_key.entry(partition).or_default().push((index, at));
        }
    }
    by_key
}
