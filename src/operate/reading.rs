//! The messages of a queue, one portion after the other, without taking one out.

use std::collections::{BTreeSet, VecDeque};

use processor::attribute::message_bytes;

use super::api::{Letter, QueueApi};
use super::held::Held;
use super::observer::QueueObserver;
use crate::stack::CallError;

/// Looks without a new message before a queue counts as empty: SQS asks only some of its machines at a time.
const EMPTY_LOOKS: usize = 5;
/// Messages in hand at once, and bytes of their bodies: the others stay where everyone sees them. A portion goes beyond its bytes
/// by one receive at most, which gives up to ten messages of 1 MiB.
pub(super) const PORTION: usize = 1000;
const PORTION_BYTES: usize = 16 * 1024 * 1024;

/// Looks at messages and gives all of them back, whatever happens. `see` gets them portion by portion and says how many more it
/// wants to see; 0 is the end, and `wanted` how many at first. Of the bodies, one portion is in memory at a time.
///
/// # Errors
/// What the calls and `see` say.
pub async fn look_through<A: QueueApi, E: From<CallError>>(
    api: &A,
    queue: &str,
    wanted: usize,
    observer: &mut dyn QueueObserver,
    see: impl AsyncFnMut(Vec<Letter>) -> Result<usize, E>,
) -> Result<(), E> {
    let mut held = Held::new(api, queue, observer);
    let end = portions(&mut held, wanted, see).await;
    let back = held.give_back().await;
    end.and(back.map_err(E::from))
}

async fn portions<A: QueueApi, E: From<CallError>>(
    held: &mut Held<'_, A>,
    mut wanted: usize,
    mut see: impl AsyncFnMut(Vec<Letter>) -> Result<usize, E>,
) -> Result<(), E> {
    let mut reading = Reading::default();
    while wanted > 0 {
        let mut letters = Vec::new();
        let taken = reading.take(held, PORTION.min(wanted), &mut letters).await;
        // Also what was received before an error.
        wanted = see(letters).await?;
        if taken? == More::No {
            break;
        }
    }
    Ok(())
}

/// Whether there can be messages after a portion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    Perhaps,
    /// The queue showed no more, or the run is to end.
    No,
}

/// The messages of a queue, one portion after the other.
#[derive(Default)]
pub(super) struct Reading {
    /// Ids of all that were received.
    known: BTreeSet<String>,
    /// Received beyond what was wanted: a receive gives up to ten.
    spare: VecDeque<Letter>,
}

impl Reading {
    /// How many different messages were received.
    pub(super) fn received(&self) -> usize {
        self.known.len()
    }

    /// Takes up to `most` messages that were not seen before, and no more than a portion has bytes for. What was taken before an
    /// error is in `letters`.
    pub(super) async fn take<A: QueueApi>(
        &mut self,
        held: &mut Held<'_, A>,
        most: usize,
        letters: &mut Vec<Letter>,
    ) -> Result<More, CallError> {
        let (mut empty, mut bytes) = (0, 0);
        loop {
            while letters.len() < most
                && bytes < PORTION_BYTES
                && let Some(letter) = self.spare.pop_front()
            {
                bytes += message_bytes(&letter.body, &letter.attributes);
                letters.push(letter);
            }
            if empty == EMPTY_LOOKS || held.observer.ends() {
                return Ok(More::No);
            }
            if letters.len() == most || bytes >= PORTION_BYTES {
                return Ok(More::Perhaps);
            }
            held.extend().await?;
            let page = held.receive().await?;
            self.spare.extend(page.into_iter().filter(|letter| self.known.insert(letter.message_id.clone())));
            empty = if self.spare.is_empty() { empty + 1 } else { 0 };
            held.observer.seen(self.known.len());
        }
    }
}
