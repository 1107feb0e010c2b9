//! Moves dead letters: to the queue, to a file, or out.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::api::{DeadLetter, DeadLetterApi, QueueApi};
use super::batch::{batches, retried};
use super::held::Held;
use super::observer::QueueObserver;
use super::reading::{More, PORTION, Reading};
use crate::stack::CallError;

/// The most time for moving the held messages; the others stay visible to everyone.
const PORTION_TIME: Duration = Duration::from_secs(60);
/// The fewest messages per portion: a receive returns as many.
const RECEIVE: usize = 10;
/// How long a pause lasts before the observer is asked whether the run should end.
const BREATH: Duration = Duration::from_millis(200);

/// The destination of messages, and the rate.
#[derive(Debug, Clone, Copy)]
pub struct Transfer<'a> {
    pub from: &'a str,
    /// `None`: they are deleted.
    pub to: Option<&'a str>,
    /// The least time between two messages.
    pub pause: Duration,
    /// The most messages to move; then no more are received.
    pub enough: usize,
}

impl Transfer<'_> {
    /// The number of messages per portion: as many as can be moved before they would become visible again.
    fn portion(&self) -> usize {
        let pause = self.pause.as_millis().max(1);
        let in_time = usize::try_from(PORTION_TIME.as_millis() / pause).unwrap_or(PORTION);
        if self.pause.is_zero() { PORTION } else { in_time.clamp(RECEIVE, PORTION) }
    }
}

/// The result for the messages of a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    pub count: Count,
    /// The ids of those that were moved, each once ([`DeadLetter::origin`]).
    pub ids: BTreeSet<String>,
    /// How many of these were sent and could not be deleted: they become visible again.
    pub twice: usize,
    /// Chosen and not moved: SQS refused them, or the run ended before.
    pub left: usize,
    /// Not chosen.
    pub not_chosen: BTreeSet<String>,
    /// Why SQS refused one of those that are left.
    pub reason: Option<String>,
}

/// The messages of a run, each counted at the step it reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Distinct messages that were received.
    pub before: usize,
    /// Accepted by SQS at the destination.
    pub sent: usize,
    /// Deleted by SQS from the source.
    pub deleted: usize,
    /// Held at the end, or sent and not deleted.
    pub remaining: usize,
}

impl Count {
    /// How many are in neither queue, which must be 0.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.before.saturating_sub(self.deleted + self.remaining)
    }
}

/// Receives messages portion by portion, moves those that `choose` selects, as it changes them, and makes the others
/// visible again at the end. A message is sent before it is deleted, so that it may be sent twice and is never lost,
/// wherever this ends. It is sent only while nobody else can have received it.
///
/// The second part of the result is why it ended early; the messages moved until then stay moved.
pub async fn move_dead_letters<A: QueueApi + DeadLetterApi, E: From<CallError>>(
    api: &A,
    transfer: Transfer<'_>,
    choose: impl AsyncFnMut(&mut [DeadLetter]) -> Result<Vec<bool>, E>,
    observer: &mut dyn QueueObserver,
) -> (Moved, Result<(), E>) {
    let mut held = Held::new(api, transfer.from, observer);
    let (mut moved, mut reading) = (Moved::default(), Reading::default());
    let end = move_portions(api, transfer, choose, &mut held, &mut reading, &mut moved).await;
    moved.count.before = reading.received();
    moved.count.remaining = held.count() + moved.twice;
    let back = held.give_back().await;
    (moved, end.and(back.map_err(E::from)))
}

async fn move_portions<A: QueueApi + DeadLetterApi, E: From<CallError>>(
    api: &A,
    transfer: Transfer<'_>,
    mut choose: impl AsyncFnMut(&mut [DeadLetter]) -> Result<Vec<bool>, E>,
    held: &mut Held<'_, A>,
    reading: &mut Reading,
    moved: &mut Moved,
) -> Result<(), E> {
    let mut chosen = 0;
    while chosen < transfer.enough && !held.observer.ends() {
        let mut dead_letters = Vec::new();
        let wanted = transfer.portion().min((transfer.enough - chosen).max(RECEIVE));
        let more = reading.take(held, wanted, &mut dead_letters).await?;
        let chosen_now = choose(&mut dead_letters).await?;
        let mut named: BTreeSet<String> = BTreeSet::new();
        for (dead_letter, _) in dead_letters.iter().zip(chosen_now).filter(|(_, is_chosen)| *is_chosen) {
            if !moved.ids.contains(dead_letter.origin()) && chosen + named.len() < transfer.enough {
                named.insert(dead_letter.origin().to_owned());
            }
        }
        chosen += named.len();
        // A message with a copy is moved with it, whatever happened in the meantime.
        let is_chosen = |dead_letter: &DeadLetter| {
            named.contains(dead_letter.origin()) || moved.ids.contains(dead_letter.origin())
        };
        let (go, stay): (Vec<DeadLetter>, Vec<DeadLetter>) = dead_letters.into_iter().partition(is_chosen);
        moved.not_chosen.extend(stay.iter().map(|dead_letter| dead_letter.origin().to_owned()));
        move_some(api, transfer, go, held, moved).await?;
        if more == More::No {
            break;
        }
    }
    Ok(())
}

/// Moves these messages, batch by batch.
async fn move_some<A: QueueApi + DeadLetterApi>(
    api: &A,
    transfer: Transfer<'_>,
    dead_letters: Vec<DeadLetter>,
    held: &mut Held<'_, A>,
    moved: &mut Moved,
) -> Result<(), CallError> {
    moved.left += dead_letters.len();
    for batch in batches(dead_letters) {
        let next = Instant::now() + transfer.pause * u32::try_from(batch.len()).unwrap_or(u32::MAX);
        held.extend().await?;
        // A message that may have become visible may be received by others: sending it would send it twice.
        let batch: Vec<DeadLetter> = batch
            .into_iter()
            .filter_map(|dead_letter| {
                Some(DeadLetter { receipt: held.receipt(&dead_letter.message_id)?, ..dead_letter })
            })
            .collect();
        pass_on(api, transfer, &batch, held, moved).await?;
        held.observer.moved(moved.ids.len());
        while Instant::now() < next && !held.observer.ends() {
            sleep(BREATH.min(next - Instant::now())).await;
        }
        if held.observer.ends() {
            break;
        }
    }
    Ok(())
}

/// Sends a batch and deletes the messages that were sent.
async fn pass_on<A: QueueApi + DeadLetterApi>(
    api: &A,
    transfer: Transfer<'_>,
    batch: &[DeadLetter],
    held: &mut Held<'_, A>,
    moved: &mut Moved,
) -> Result<(), CallError> {
    let (arrived, sent) = match transfer.to {
        None => (batch.to_vec(), Ok(None)),
        Some(to) => {
            let (first, again) = once(batch, &moved.ids);
            let (mut arrived, sent) =
                retried(&first, async |dead_letters| api.send_messages(to, dead_letters).await).await;
            moved.count.sent += arrived.len();
            let there: BTreeSet<String> =
                arrived.iter().map(|dead_letter| dead_letter.origin().to_owned()).collect();
            let is_there = |dead_letter: &DeadLetter| {
                there.contains(dead_letter.origin()) || moved.ids.contains(dead_letter.origin())
            };
            arrived.extend(again.into_iter().filter(is_there));
            (arrived, sent)
        }
    };
    // Also if a repetition failed: messages that were sent at first must not be sent again.
    let (removed, deleted) =
        retried(&arrived, async |dead_letters| api.delete_messages(transfer.from, dead_letters).await).await;
    let removed: BTreeSet<String> = removed.into_iter().map(|dead_letter| dead_letter.message_id).collect();
    for dead_letter in arrived {
        let is_removed = removed.contains(&dead_letter.message_id);
        if is_removed {
            moved.count.deleted += 1;
            held.forget(&dead_letter.message_id);
        } else if transfer.to.is_some() {
            // If it were made visible now, the next run would send it again at once.
            held.leave(&dead_letter.message_id);
            moved.twice += 1;
        }
        if is_removed || transfer.to.is_some() {
            moved.left -= 1;
            moved.ids.insert(dead_letter.origin().to_owned());
        }
    }
    let former = moved.reason.take();
    moved.reason = former.or(sent?).or(deleted?);
    Ok(())
}

/// The messages of a batch without duplicates of one message, and the duplicates.
fn once(batch: &[DeadLetter], ids: &BTreeSet<String>) -> (Vec<DeadLetter>, Vec<DeadLetter>) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let is_first = |dead_letter: &&DeadLetter| {
        !ids.contains(dead_letter.origin()) && known.insert(dead_letter.origin().to_owned())
    };
    let (first, again): (Vec<&DeadLetter>, Vec<&DeadLetter>) = batch.iter().partition(is_first);
    (first.into_iter().cloned().collect(), again.into_iter().cloned().collect())
}

#[cfg(test)]
mod tests;
