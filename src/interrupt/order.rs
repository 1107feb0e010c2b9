//! What needs time to end in order.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What ends in order now, with the time that it needs for it.
static NOW: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

/// Something that ends in order when pipectl is asked to end, until this goes.
#[derive(Debug)]
pub struct InOrder {
    patience: Duration,
}

/// Says that the caller hears requests to end, and ends within `patience` then.
#[must_use]
pub fn in_order(patience: Duration) -> InOrder {
    now().push(patience);
    InOrder { patience }
}

/// How long what ends in order needs at the most; `None` where nothing does.
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
