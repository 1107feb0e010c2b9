//! The interface to whoever follows a run over messages.

use std::time::Duration;

/// Who follows a run over the messages of a queue.
pub trait QueueObserver {
    /// So many messages were looked at by now.
    fn seen(&mut self, _count: usize) {}

    /// So many went by now.
    fn gone(&mut self, _count: usize) {}

    /// Messages are hidden from everyone else, for so long from now at most. Said before a call that hides them and after it.
    fn hides(&mut self, _longest: Duration) {}

    /// Nothing is hidden by this run any more.
    fn shows_all(&mut self) {}

    /// Whether the run is to end: it gives back what it holds, and what it did is done.
    fn ends(&self) -> bool {
        false
    }
}

/// Nobody follows.
#[derive(Debug, Clone, Copy)]
pub struct Unobserved;

impl QueueObserver for Unobserved {}
