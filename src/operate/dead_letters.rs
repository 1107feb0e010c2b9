use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use processor::attribute::message_bytes;
use tokio::time::{Instant, sleep};

use super::api::{Letter, LetterApi, QueueApi};
use super::batch::{batches, retried};
use super::held::Held;
use super::observer::QueueObserver;
use crate::stack::CallError;

/// Looks without a new message before a queue counts as empty: SQS asks only some of its machines at a time.
const EMPTY_LOOKS: usize = 5;
/// Messages in hand at once, bytes of their bodies, and how long moving them may take: the others stay where everyone sees them.
/// A portion goes beyond its bytes by one receive at most, which gives up to ten messages of 1 MiB.
const PORTION: usize = 1000;
const PORTION_BYTES: usize = 16 * 1024 * 1024;
const PORTION_TIME: Duration = Duration::from_secs(60);
/// How long a pause goes on before it is asked whether the run is to end.
const BREATH: Duration = Duration::from_millis(200);

/// Reads up to `most` messages and gives all of them back, whatever happens. `see` keeps what it wants of each: a portion of them
/// is in memory at a time.
///
/// # Errors
/// What the calls say.
pub async fn read_letters<A: QueueApi>(
    api: &A,
    queue: &str,
    most: usize,
    observer: &mut dyn QueueObserver,
    mut see: impl FnMut(Letter),
) -> Result<(), CallError> {
    let mut held = Held::new(api, queue, observer);
    let mut reading = Reading::default();
    let end = loop {
        let mut letters = Vec::new();
        let wanted = PORTION.min(most - reading.taken);
        let taken = reading.take(&mut held, wanted, &mut letters).await;
        letters.into_iter().for_each(&mut see);
        match taken {
            Ok(More::Perhaps) if reading.taken < most => {}
            taken => break taken.map(|_| ()),
        }
    };
    let back = held.give_back().await;
    end.and(back)
}

/// Whether there can be messages after a portion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    Perhaps,
    /// The queue showed no more, or the run is to end.
    No,
}

/// The messages of a queue, one portion after the other.
#[derive(Default)]
struct Reading {
    /// Ids of all that were received.
    known: BTreeSet<String>,
    /// Received beyond what was wanted: a receive gives up to ten.
    spare: VecDeque<Letter>,
    /// How many were taken.
    taken: usize,
}

impl Reading {
    /// Takes up to `most` messages that were not seen before, and no more than a portion has bytes for. What was taken before an
    /// error is in `letters`.
    async fn take<A: QueueApi>(
        &mut self,
        held: &mut Held<'_, A>,
        most: usize,
        letters: &mut Vec<Letter>,
    ) -> Result<More, CallError> {
        let (mut empty, mut bytes) = (0, 0);
        let more = loop {
            while letters.len() < most
                && bytes < PORTION_BYTES
                && let Some(letter) = self.spare.pop_front()
            {
                bytes += message_bytes(&letter.body, &letter.attributes);
                letters.push(letter);
            }
            if empty == EMPTY_LOOKS || held.observer.ends() {
                break More::No;
            }
            if letters.len() == most || bytes >= PORTION_BYTES {
                break More::Perhaps;
            }
            held.extend().await?;
            let page = held.receive().await?;
            self.spare.extend(page.into_iter().filter(|letter| self.known.insert(letter.message_id.clone())));
            empty = if self.spare.is_empty() { empty + 1 } else { 0 };
            held.observer.seen(self.known.len());
        };
        self.taken += letters.len();
        Ok(more)
    }
}

/// Messages on their way, and how fast they go.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    pub from: &'a str,
    /// `None`: they are removed and go nowhere.
    pub to: Option<&'a str>,
    /// The least time from one message to the next.
    pub pause: Duration,
    /// Messages that are looked at, at most.
    pub most: usize,
    /// After so many that are chosen no more are looked for.
    pub enough: usize,
}

impl Way<'_> {
    /// How many are taken at once: what can be moved before they would show themselves again.
    fn portion(&self) -> usize {
        let pause = self.pause.as_millis().max(1);
        let in_time = usize::try_from(PORTION_TIME.as_millis() / pause).unwrap_or(PORTION);
        if self.pause.is_zero() { PORTION } else { in_time.clamp(10, PORTION) }
    }
}

/// What became of the messages of a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// The ids of those that went, each once ([`Letter::origin`]).
    pub gone: BTreeSet<String>,
    /// How many of these arrived and could not be removed: they show themselves again.
    pub twice: usize,
    /// Chosen, and still where they were: SQS refused them, or the way ended before.
    pub left: usize,
    /// Not chosen.
    pub kept: BTreeSet<String>,
    /// Why SQS refused one of those that are left.
    pub reason: Option<String>,
}

/// Takes messages portion by portion, moves those that `choose` names, as it leaves them, and gives the others back at the end.
/// A message is sent on before it is deleted, so that it may come twice and is never lost, wherever this ends; and it is sent
/// only while nobody else can have received it.
///
/// The second part of the answer is why it ended early; what moved before has moved.
pub async fn move_letters<A: QueueApi + LetterApi, E: From<CallError>>(
    api: &A,
    way: Way<'_>,
    choose: impl AsyncFnMut(&mut [Letter]) -> Result<Vec<bool>, E>,
    observer: &mut dyn QueueObserver,
) -> (Moved, Result<(), E>) {
    let mut held = Held::new(api, way.from, observer);
    let mut moved = Moved::default();
    let end = move_portions(api, way, choose, &mut held, &mut moved).await;
    let back = held.give_back().await;
    (moved, end.and(back.map_err(E::from)))
}

async fn move_portions<A: QueueApi + LetterApi, E: From<CallError>>(
    api: &A,
    way: Way<'_>,
    mut choose: impl AsyncFnMut(&mut [Letter]) -> Result<Vec<bool>, E>,
    held: &mut Held<'_, A>,
    moved: &mut Moved,
) -> Result<(), E> {
    let mut reading = Reading::default();
    let mut chosen = 0;
    while chosen < way.enough && reading.taken < way.most && !held.observer.ends() {
        let mut letters = Vec::new();
        let wanted = way.portion().min(way.most - reading.taken);
        let more = reading.take(held, wanted, &mut letters).await?;
        let chosen_now = choose(&mut letters).await?;
        let named = letters.iter().zip(chosen_now).filter(|(_, goes)| *goes);
        let named: BTreeSet<String> = named.map(|(letter, _)| letter.origin().to_owned()).collect();
        // What was sent twice goes twice, whatever became of it meanwhile.
        let goes = |letter: &Letter| named.contains(letter.origin()) || moved.gone.contains(letter.origin());
        let (go, stay): (Vec<Letter>, Vec<Letter>) = letters.into_iter().partition(goes);
        moved.kept.extend(stay.iter().map(|letter| letter.origin().to_owned()));
        chosen += go.len();
        move_some(api, way, go, held, moved).await?;
        if more == More::No {
            break;
        }
    }
    Ok(())
}

/// Moves these, batch by batch.
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
        // What may have shown itself may be in other hands: sending it would send it twice.
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

/// Sends a batch on and deletes what arrived.
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
            let there: BTreeSet<String> = arrived.iter().map(|letter| letter.origin().to_owned()).collect();
            let is_there =
                |letter: &Letter| there.contains(letter.origin()) || moved.gone.contains(letter.origin());
            arrived.extend(again.into_iter().filter(is_there));
            (arrived, sent)
        }
    };
    // Also where a repetition failed: what arrived at first must not come again.
    let (removed, deleted) =
        retried(&arrived, async |letters| api.delete_letters(way.from, letters).await).await;
    let removed: BTreeSet<String> = removed.into_iter().map(|letter| letter.message_id).collect();
    for letter in arrived {
        let is_removed = removed.contains(&letter.message_id);
        if is_removed {
            held.forget(&letter.message_id);
        } else if way.to.is_some() {
            // Given back now, the next run would send it again at once.
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

/// The messages of a batch without those that are one with another, and those.
fn once(batch: &[Letter], gone: &BTreeSet<String>) -> (Vec<Letter>, Vec<Letter>) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let is_first =
        |letter: &&Letter| !gone.contains(letter.origin()) && known.insert(letter.origin().to_owned());
    let (first, again): (Vec<&Letter>, Vec<&Letter>) = batch.iter().partition(is_first);
    (first.into_iter().cloned().collect(), again.into_iter().cloned().collect())
}

#[cfg(test)]
mod tests;
