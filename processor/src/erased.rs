//! Records that come once more, by a replay or a redrive, of a key that was erased after their event: nothing is done with them.

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

/// Gives those records their outcome. One whose mark cannot be read is not written either: it goes back to the queue.
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
    // Whatever happened to a read: what is not known to be free of a mark is not written.
    for index in unread {
        outcomes[index] = Outcome::failed(Reason::RowUnread, "whether its key was erased is not known");
    }
}

/// The records that come once more, by the key they are of, each with the time of its event. What does not say when it was, a
/// bare detail, may be from after the erasure.
fn again(config: &Config, records: &[Record]) -> BTreeMap<KeyValue, Vec<(usize, Timestamp)>> {
    let mut by_key: BTreeMap<KeyValue, Vec<(usize, Timestamp)>> = BTreeMap::new();
    let replayed = format!("\"{REPLAY_NAME}\"");
    for (index, record) in records.iter().enumerate() {
        let was_dead = || record.attributes.as_ref().is_some_and(was_dead);
        if !record.body.contains(&replayed) && !was_dead() {
            continue;
        }
        // What panics here panics when it is decided, too, and is that one's failure alone.
        let whose = catch_unwind(AssertUnwindSafe(|| Whose::of(config, &record.body))).ok().flatten();
        if let Some((partition, at)) = whose.and_then(|whose| Some((whose.partition, whose.at?))) {
            by_key.entry(partition).or_default().push((index, at));
        }
    }
    by_key
}
