//! Requests to end: Ctrl-C, SIGTERM from timers and CI systems, or the closing of the terminal (SIGHUP). All three are
//! handled in one module, and have the same meaning.
//!
//! Code that holds something it must release, or that starts something which continues elsewhere, registers with
//! [`in_order`]. It then gets the request ([`Requests`], or [`asked`] in blocking code) and has some time. Everything
//! else is ended at once.

mod hear;
mod key;
mod order;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::diagnostic::Exit;

pub use hear::hear;
pub use key::Keys;
pub use order::{InOrder, in_order, patience};

/// The signal of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Terminate,
    HangUp,
}

impl Signal {
    /// 128 plus the signal's number, as in shells.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Self::HangUp => Exit::HungUp,
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

#[cfg(unix)]
impl Signal {
    /// Sends it to a process that pipectl started.
    pub fn send(self, pid: u32) {
        use rustix::process::{Pid, Signal, kill_process};
        // Zero and one would mean our own group and the init process.
        let Some(pid) = i32::try_from(pid).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw) else {
            return;
        };
        let signal = match self {
            Self::HangUp => Signal::HUP,
            Self::Interrupt => Signal::INT,
            Self::Terminate => Signal::TERM,
        };
        let _ended_before = kill_process(pid, signal);
    }
}

#[cfg(not(unix))]
impl Signal {
    pub fn send(self, _pid: u32) {}
}

impl std::fmt::Display for Signal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::HangUp => "SIGHUP",
            Self::Interrupt => "Ctrl-C",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// One request to end.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    pub signal: Signal,
    /// Whether code was registered to end in order when the request came; it then handles the request.
    pub is_answered: bool,
}

/// The newest request.
fn newest() -> &'static watch::Sender<Option<Request>> {
    static NEWEST: OnceLock<watch::Sender<Option<Request>>> = OnceLock::new();
    NEWEST.get_or_init(|| watch::channel(None).0)
}

static REACHES_AWS: AtomicBool = AtomicBool::new(false);

/// Records that calls to AWS are made from now on: what they start continues without pipectl.
pub fn reaches_aws() {
    REACHES_AWS.store(true, Ordering::Relaxed);
}

#[must_use]
pub fn has_reached_aws() -> bool {
    REACHES_AWS.load(Ordering::Relaxed)
}

/// The signal by which pipectl was asked to end, if any.
#[must_use]
pub fn asked() -> Option<Signal> {
    newest().borrow().map(|request| request.signal)
}

/// Records that the request was handled: it does not interrupt the clean-up from here on.
pub fn answered() {
    newest().send_replace(None);
}

/// Future requests, and the latest earlier one.
pub struct Requests {
    newest: watch::Receiver<Option<Request>>,
}

impl Requests {
    #[must_use]
    pub fn new() -> Self {
        let mut newest = newest().subscribe();
        if newest.borrow().is_some() {
            newest.mark_changed();
        }
        Self { newest }
    }

    /// Waits for the next request.
    pub async fn next(&mut self) -> Request {
        loop {
            if self.newest.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            if let Some(request) = *self.newest.borrow_and_update() {
                return request;
            }
        }
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self::new()
    }
}
