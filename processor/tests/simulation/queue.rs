//! An SQS standard queue and its dead-letter queue.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::producer::Meaning;
use crate::random::Random;

/// The location of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Queue,
    Deleted,
    DeadLetters,
    /// Redriven from the dead-letter queue, as another message.
    Redriven,
}

/// One message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) meaning: Meaning,
    pub(crate) body: String,
    pub(crate) location: Location,
    pub(crate) receive_count: u32,
    visible_at: Duration,
    /// Receives that had to fail, whatever the processor did.
    pub(crate) excuses: u32,
    /// Receives whose result is not known yet.
    pub(crate) open: u32,
    /// How often the processor sent it to the dead-letter queue.
    pub(crate) buried: u32,
}

/// The result of a receive. Messages are identified by their number.
#[derive(Debug)]
pub(crate) enum Received {
    Batch(Vec<usize>),
    /// Nothing is visible until this time has passed.
    Nothing(Duration),
    /// No message is left.
    Empty,
}

/// The longest wait of one poll.
const LONG_POLL: Duration = Duration::from_secs(20);

#[derive(Default)]
pub(crate) struct Queue {
    /// Every message ever sent.
    pub(crate) messages: Vec<Message>,
    /// Those in the queue, by the time at which they become visible again.
    waiting: BTreeSet<(Duration, usize)>,
}

/// The id SQS gives a message.
pub(crate) fn message_id(number: usize) -> String {
    format!("m-{number}")
}

/// The message with this id.
pub(crate) fn number(message_id: &str) -> Option<usize> {
    message_id.strip_prefix("m-")?.parse().ok()
}

impl Queue {
    /// A new message, visible from `at` on.
    pub(crate) fn send(&mut self, meaning: Meaning, body: String, at: Duration) {
        let number = self.messages.len();
        self.messages.push(Message {
            meaning,
            body,
            location: Location::Queue,
            receive_count: 0,
            visible_at: at,
            excuses: 0,
            open: 0,
            buried: 0,
        });
        self.waiting.insert((at, number));
    }

    /// Those visible at `now`, in the order of a standard queue: any.
    pub(crate) fn visible(&self, now: Duration, random: &mut Random) -> Vec<usize> {
        let visible = self.waiting.range(..=(now, usize::MAX));
        let mut visible: Vec<usize> = visible.map(|&(_, number)| number).collect();
        random.shuffle(&mut visible);
        visible
    }

    /// The result of a poll that found no visible message.
    pub(crate) fn wait(&self, now: Duration) -> Received {
        match self.waiting.first() {
            None => Received::Empty,
            Some(&(at, _)) => {
                Received::Nothing(at.saturating_sub(now).clamp(Duration::from_millis(1), LONG_POLL))
            }
        }
    }

    /// Hides the message until `visible_at` and counts the receive.
    pub(crate) fn receive(&mut self, number: usize, visible_at: Duration) {
        self.messages[number].receive_count += 1;
        self.messages[number].open += 1;
        self.show(number, visible_at);
    }

    /// Makes the message visible from `at` on.
    pub(crate) fn show(&mut self, number: usize, at: Duration) {
        let message = &mut self.messages[number];
        self.waiting.remove(&(message.visible_at, number));
        message.visible_at = at;
        self.waiting.insert((at, number));
    }

    /// Takes the message out of the queue. A message that is not in it is not changed.
    pub(crate) fn take_out(&mut self, number: usize, location: Location) {
        let message = &mut self.messages[number];
        if self.waiting.remove(&(message.visible_at, number)) {
            message.location = location;
        }
    }

    /// Redrives the dead letters; each becomes a new message.
    pub(crate) fn redrive(&mut self, now: Duration) {
        for number in 0..self.messages.len() {
            let message = &mut self.messages[number];
            if message.location == Location::DeadLetters {
                message.location = Location::Redriven;
                let (meaning, body) = (message.meaning, message.body.clone());
                self.send(meaning, body, now);
            }
        }
    }

    pub(crate) fn count(&self, location: Location) -> usize {
        self.messages.iter().filter(|message| message.location == location).count()
    }
}
