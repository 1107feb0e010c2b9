//! Records that come once more, by a replay or a redrive, of a key that was erased after their event: nothing is done with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::batch::{Outcome, Store};
use crate::config::Config;
use crate::death::Redriven;
use crate::erasure::Whose;
use crate::invocation::Record;
use crate::reason::Reason;
use crate::row::KeyValue;

/// What EventBridge adds to the envelope of an event that it replays.
const REPLAYED: &str = "\"replay-name\"";

/// Gives those records their outcome. One whose mark cannot be read is not written either: it goes back to the queue.
pub(crate) async fn settle<S: Store>(
    config: &Config,
    store: &Arc<S>,
    records: &[Record],
    (now, until): (Timestamp, Instant),
    outcomes: &mut [Outcome],
) {
    let mut waiting = again(config, records);
    // Whatever happens to a read: what is not known to be free of a mark is not written.
    let mut before: BTreeMap<usize, Outcome> = BTreeMap::new();
    for (index, _) in waiting.values().flatten() {
        let unread = Outcome::failed(Reason::RowUnread, "whether its key was erased is not known");
        before.insert(*index, std::mem::replace(&mut outcomes[*index], unread));
    }
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
        let Some(read) = running.join_next().await else { return };
        let Ok((of_key, erased)) = read else { continue };
        for (index, at) in of_key {
            match &erased {
                Ok(Some(erased)) if at <= *erased => outcomes[index] = Outcome::Erased,
                Ok(_) => outcomes[index] = before.remove(&index).unwrap_or(Outcome::Erased),
                Err(failed) => outcomes[index] = failed.clone(),
            }
        }
    }
}

/// The records that come once more, by the key they are of, each with the time of its event. What does not say when it was, a
/// bare detail, may be from after the erasure.
fn again(config: &Config, records: &[Record]) -> BTreeMap<KeyValue, Vec<(usize, Timestamp)>> {
    let mut by_key: BTreeMap<KeyValue, Vec<(usize, Timestamp)>> = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        let is_redriven = || record.attributes.as_ref().is_some_and(|all| Redriven::of(all).is_some());
        if !record.body.contains(REPLAYED) && !is_redriven() {
            continue;
        }
        let whose = Whose::of(config, &record.body);
        if let Some((partition, at)) = whose.and_then(|whose| Some((whose.partition, whose.at?))) {
            by_key.entry(partition).or_default().push((index, at));
        }
    }
    by_key
}
