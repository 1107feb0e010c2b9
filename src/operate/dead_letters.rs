//! Moves dead letters: to the queue, to a file, or out.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::api::{Letter, LetterApi, QueueApi};
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
pub struct Way<'a> {
    pub from: &'a str,
    /// `None`: they are deleted.
    pub to: Option<&'a str>,
    /// The least time between two messages.
    pub pause: Duration,
    /// The most messages to move; then no more are received.
    pub enough: usize,
}

impl Way<'_> {
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
    /// The ids of those that were moved, each once ([`Letter::origin`]).
    pub gone: BTreeSet<String>,
    /// How many of these were sent and could not be deleted: they become visible again.
    pub twice: usize,
    /// Chosen and not moved: SQS refused them, or the run ended before.
    pub left: usize,
    /// Not chosen.
    pub kept: BTreeSet<String>,
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
pub async fn move_letters<A: QueueApi + LetterApi, E: From<CallError>>(
    api: &A,
    way: Way<'_>,
    choose: impl AsyncFnMut(&mut [Letter]) -> Result<Vec<bool>, E>,
    observer: &mut dyn QueueObserver,
) -> (Moved, Result<(), E>) {
    let mut held = Held::new(api, way.from, observer);
    let (mut moved, mut reading) = (Moved::default(), Reading::default());
    let end = move_portions(api, way, choose, &mut held, &mut reading, &mut moved).await;
    moved.count.before = reading.received();
    moved.count.remaining = held.count() + moved.twice;
    let back = held.give_back().await;
    (moved, end.and(back.map_err(E::from)))
}

async fn move_portions<A: QueueApi + LetterApi, E: From<CallError>>(
    api: &A,
    way: Way<'_>,
    mut choose: impl AsyncFnMut(&mut [Letter]) -> Result<Vec<bool>, E>,
    held: &mut Held<'_, A>,
    reading: &mut Reading,
    moved: &mut Moved,
) -> Result<(), E> {
    let mut chosen = 0;
    while chosen < way.enough && !held.observer.ends() {
        let mut letters = Vec::new();
        let wanted = way.portion().min((way.enough - chosen).max(RECEIVE));
        let more = reading.take(held, wanted, &mut letters).await?;
        let chosen_now = choose(&mut letters).await?;
        let mut named: BTreeSet<String> = BTreeSet::new();
        for (letter, _) in letters.iter().zip(chosen_now).filter(|(_, goes)| *goes) {
            if !moved.gone.contains(letter.origin()) && chosen + named.len() < way.enough {
                named.insert(letter.origin().to_owned());
            }
        }
        chosen += named.len();
        // A message with a copy is moved with it, whatever happened in the meantime.
        let goes = |letter: &Letter| named.contains(letter.origin()) || moved.gone.contains(letter.origin());
        let (go, stay): (Vec<Letter>, Vec<Letter>) = letters.into_iter().partition(goes);
        moved.kept.extend(stay.iter().map(|letter| letter.origin().to_owned()));
        move_some(api, way, go, held, moved).await?;
        if more == More::No {
            break;
        }
    }
    Ok(())
}

/// Moves these messages, batch by batch.
async fn move_some<A: QueueApi + LetterApi>(
    api: &A,
    way: Way<'_>,
    letters: Vec<Letter>,
    held: &mut Held<'_, A>,
    moved: &mut Moved,
) -> Result<(), CallError> {
    moved.left += letters.len();
    for batch in batches(letters) {
        let next = Instant::now() + way.pause * u32::try_from(batch.len()).unwrap_or(u32::MAX);
        held.extend().await?;
        // A message that may have become visible may be received by others: sending it would send it twice.
        let batch: Vec<Letter> = batch
            .into_iter()
            .filter_map(|letter| Some(Letter { receipt: held.receipt(&letter.message_id)?, ..letter }))
            .collect();
        pass_on(api, way, &batch, held, moved).await?;
        held.observer.gone(moved.gone.len());
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
async fn pass_on<A: QueueApi + LetterApi>(
    api: &A,
    way: Way<'_>,
    batch: &[Letter],
    held: &mut Held<'_, A>,
    moved: &mut Moved,
) -> Result<(), CallError> {
    let (arrived, sent) = match way.to {
        None => (batch.to_vec(), Ok(None)),
        Some(to) => {
            let (first, again) = once(batch, &moved.gone);
            let (mut arrived, sent) =
                retried(&first, async |letters| api.send_letters(to, letters).await).await;
            moved.count.sent += arrived.len();
            let there: BTreeSet<String> = arrived.iter().map(|letter| letter.origin().to_owned()).collect();
            let is_there =
                |letter: &Letter| there.contains(letter.origin()) || moved.gone.contains(letter.origin());
            arrived.extend(again.into_iter().filter(is_there));
            (arrived, sent)
        }
    };
    // Also if a repetition failed: messages that were sent at first must not be sent again.
    let (removed, deleted) =
        retried(&arrived, async |letters| api.delete_letters(way.from, letters).await).await;
    let removed: BTreeSet<String> = removed.into_iter().map(|letter| letter.message_id).collect();
    for letter in arrived {
        let is_removed = removed.contains(&letter.message_id);
        if is_removed {
            moved.count.deleted += 1;
            held.forget(&letter.message_id);
        } else if way.to.is_some() {
            // If it were made visible now, the next run would send it again at once.
            held.leave(&letter.message_id);
            moved.twice += 1;
        }
        if is_removed || way.to.is_some() {
            moved.left -= 1;
            moved.gone.insert(letter.origin().to_owned());
        }
    }
    let former = moved.reason.take();
    moved.reason = former.or(sent?).or(deleted?);
    Ok(())
}

/// The messages of a batch without duplicates of one message, and the duplicates.
fn once(batch: &[Letter], gone: &BTreeSet<String>) -> (Vec<Letter>, Vec<Letter>) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let is_first =
        |letter: &&Letter| !gone.contains(letter.origin()) && known.insert(letter.origin().to_owned());
    let (first, again): (Vec<&Letter>, Vec<&Letter>) = batch.iter().partition(is_first);
    (first.into_iter().cloned().collect(), again.into_iter().cloned().collect())
}

#[cfg(test)]
mod tests;
