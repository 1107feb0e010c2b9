//! What was agreed to in this run, for the record: the flags that answer a question before it is asked, and what was typed.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A run has one command line and one terminal.
static GIVEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes a flag or an answer, once.
pub fn note_consent(words: String) {
    let mut given = list();
    if !given.contains(&words) {
        given.push(words);
    }
}

/// All that was noted, in its order.
pub(super) fn given_consents() -> Vec<String> {
    list().clone()
}

fn list() -> MutexGuard<'static, Vec<String>> {
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner)
}
