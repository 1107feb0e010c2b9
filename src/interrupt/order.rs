//! What needs time to end in order.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is registered to end in order, with the time that it needs.
static NOW: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

/// A registration to end in order when pipectl is asked to end, until this is dropped.
#[derive(Debug)]
pub struct InOrder {
    patience: Duration,
}

/// Registers that the caller handles requests to end, and then ends within `patience`.
#[must_use]
pub fn in_order(patience: Duration) -> InOrder {
    now().push(patience);
    InOrder { patience }
}

/// The longest time that registered code needs to end; `None` if there is none.
#[must_use]
pub fn patience() -> Option<Duration> {
    now().iter().max().copied()
}

impl Drop for InOrder {
    fn drop(&mut self) {
        let mut now = now();
        if let Some(at) = now.iter().position(|patience| *patience == self.patience) {
            now.swap_remove(at);
        }
    }
}

fn now() -> MutexGuard<'static, Vec<Duration>> {
    NOW.lock().unwrap_or_else(PoisonError::into_inner)
}
