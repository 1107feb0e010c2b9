//! What the user accepted in this run, for the record: flags that give consent, and typed answers.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Static, because a run has one command line and one terminal.
static GIVEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Records a flag or an answer, once.
pub fn note_consent(words: String) {
    let mut given = list();
    if !given.contains(&words) {
        given.push(words);
    }
}

/// All recorded consents, in order.
pub(super) fn given_consents() -> Vec<String> {
    list().clone()
}

fn list() -> MutexGuard<'static, Vec<String>> {
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner)
}
