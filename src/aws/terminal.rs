//! The interface to the terminal, for codes of MFA devices.

use std::sync::OnceLock;

/// Asks a question; `None` if there is nobody to ask.
pub type Ask = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;
/// Shows a line.
pub type Show = Box<dyn Fn(&str) + Send + Sync>;

/// What calls to AWS need of a person at the terminal. All clients of the process share one terminal, so it is attached
/// once and not passed as an argument.
#[derive(Default)]
pub struct Terminal {
    /// For the codes of MFA devices.
    pub ask: Option<Ask>,
    /// For one line about each call.
    pub log: Option<Show>,
}

static TERMINAL: OnceLock<Terminal> = OnceLock::new();

/// Attaches the terminal. Only the first one counts.
pub fn attach(terminal: Terminal) {
    let _ = TERMINAL.set(terminal);
}

pub(super) fn ask(question: &str) -> Option<String> {
    TERMINAL.get()?.ask.as_ref().and_then(|ask| ask(question))
}

pub(super) fn logs_calls() -> bool {
    TERMINAL.get().is_some_and(|terminal| terminal.log.is_some())
}

pub(super) fn log(line: &str) {
    if let Some(log) = TERMINAL.get().and_then(|terminal| terminal.log.as_ref()) {
        log(line);
    }
}
