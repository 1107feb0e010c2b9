//! The interface to whoever follows a run over messages.

use std::time::Duration;

/// Observes a run over the messages of a queue.
pub trait QueueObserver {
    /// This many messages were read so far.
    fn seen(&mut self, _count: usize) {}

    /// This many messages were moved so far.
    fn moved(&mut self, _count: usize) {}

    /// Messages are hidden from others for at most this time from now. Called before and after a call that hides them.
    fn hides(&mut self, _longest: Duration) {}

    /// This run hides no message any more.
    fn shows_all(&mut self) {}

    /// Whether the run should end: it then releases the messages it holds, and its work until then is complete.
    fn ends(&self) -> bool {
        false
    }
}

/// No observer.
#[derive(Debug, Clone, Copy)]
pub struct Unobserved;

impl QueueObserver for Unobserved {}
