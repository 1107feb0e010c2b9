//! Reads the messages of a queue, one portion after another, without removing any.

use std::collections::{BTreeSet, VecDeque};

use processor::attribute::message_bytes;

use super::api::{DeadLetter, QueueApi};
use super::held::Held;
use super::observer::QueueObserver;
use crate::stack::CallError;

/// Reads without a new message before a queue counts as empty: SQS samples only some of its servers per call.
const EMPTY_LOOKS: usize = 5;
/// The most messages held at once, and bytes of their bodies; the others stay visible to everyone. A portion exceeds its
/// bytes by one receive at most, which returns up to ten messages of 1 MiB.
pub(super) const PORTION: usize = 1000;
const PORTION_BYTES: usize = 16 * 1024 * 1024;

/// Reads messages and releases all of them, whatever happens. `see` gets them portion by portion and returns how many
/// more it wants; 0 ends the run, and `wanted` is the first number. The bodies of one portion are in memory at a time.
///
/// # Errors
/// The errors of the calls and of `see`.
pub async fn look_through<A: QueueApi, E: From<CallError>>(
    api: &A,
    queue: &str,
    wanted: usize,
    observer: &mut dyn QueueObserver,
    see: impl AsyncFnMut(Vec<DeadLetter>) -> Result<usize, E>,
) -> Result<(), E> {
    let mut held = Held::new(api, queue, observer);
    let end = portions(&mut held, wanted, see).await;
    let back = held.give_back().await;
    end.and(back.map_err(E::from))
}

async fn portions<A: QueueApi, E: From<CallError>>(
    held: &mut Held<'_, A>,
    mut wanted: usize,
    mut see: impl AsyncFnMut(Vec<DeadLetter>) -> Result<usize, E>,
) -> Result<(), E> {
    let mut reading = Reading::default();
    while wanted > 0 {
        let mut dead_letters = Vec::new();
        let taken = reading.take(held, PORTION.min(wanted), &mut dead_letters).await;
        // Also the messages received before an error.
        wanted = see(dead_letters).await?;
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
    /// The queue returned no more, or the run should end.
    No,
}

/// The messages of a queue, one portion after another.
#[derive(Default)]
pub(super) struct Reading {
    /// Ids of all messages that were received.
    known: BTreeSet<String>,
    /// Received beyond the number that was wanted: a receive returns up to ten.
    spare: VecDeque<DeadLetter>,
}

impl Reading {
    /// The number of distinct messages that were received.
    pub(super) fn received(&self) -> usize {
        self.known.len()
    }

    /// Takes up to `most` messages that were not seen before, within the bytes of a portion. Messages received before an
    /// error are in `dead_letters`.
    pub(super) async fn take<A: QueueApi>(
        &mut self,
        held: &mut Held<'_, A>,
        most: usize,
        dead_letters: &mut Vec<DeadLetter>,
    ) -> Result<More, CallError> {
        let (mut empty, mut bytes) = (0, 0);
        loop {
            while dead_letters.len() < most
                && bytes < PORTION_BYTES
                && let Some(dead_letter) = self.spare.pop_front()
            {
                bytes += message_bytes(&dead_letter.body, &dead_letter.attributes);
                dead_letters.push(dead_letter);
            }
            if empty == EMPTY_LOOKS || held.observer.ends() {
                return Ok(More::No);
            }
            if dead_letters.len() == most || bytes >= PORTION_BYTES {
                return Ok(More::Perhaps);
            }
            held.extend().await?;
            let page = held.receive().await?;
            self.spare.extend(
                page.into_iter().filter(|dead_letter| self.known.insert(dead_letter.message_id.clone())),
            );
            empty = if self.spare.is_empty() { empty + 1 } else { 0 };
            held.observer.seen(self.known.len());
        }
    }
}
