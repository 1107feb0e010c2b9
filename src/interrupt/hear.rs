//! The handlers of signals.

use std::io;
use std::sync::mpsc;
use std::thread;

use super::{Request, Signal, newest, patience};

/// From now on, handles requests to end, and passes each on. A signal that the caller ignores, such as SIGHUP under
/// `nohup`, is still ignored.
///
/// # Errors
/// The system cannot start a thread.
pub fn hear(sender: impl Fn(Request) + Send + 'static) -> io::Result<()> {
    let (begun, begins) = mpsc::channel();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_io().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(begun.send(Err(error))),
        };
        runtime.block_on(async {
            let mut signals = match signals::Signals::new() {
                Ok(signals) => signals,
                Err(error) => return drop(begun.send(Err(error))),
            };
            drop(begun.send(Ok(())));
            loop {
                let signal = signals.next().await;
                let request = Request { signal, is_answered: patience().is_some() };
                newest().send_replace(Some(request));
                sender(request);
            }
        });
    })?;
    begins.recv().map_err(io::Error::other)?
}

#[cfg(unix)]
mod signals {
    use std::io;

    use tokio::signal::unix::{SignalKind, signal};

    use super::Signal;

    pub(super) struct Signals {
        interrupt: Option<tokio::signal::unix::Signal>,
        terminate: Option<tokio::signal::unix::Signal>,
        hang_up: Option<tokio::signal::unix::Signal>,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            let heard = |kind: SignalKind| (!is_passed_over(kind)).then(|| signal(kind)).transpose();
            Ok(Self {
                interrupt: heard(SignalKind::interrupt())?,
                terminate: heard(SignalKind::terminate())?,
                hang_up: heard(SignalKind::hangup())?,
            })
        }

        pub(super) async fn next(&mut self) -> Signal {
            tokio::select! {
                () = one(&mut self.interrupt) => Signal::Interrupt,
                () = one(&mut self.terminate) => Signal::Terminate,
                () = one(&mut self.hang_up) => Signal::HangUp,
            }
        }
    }

    async fn one(signal: &mut Option<tokio::signal::unix::Signal>) {
        match signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }

    /// Whether this process was started with the signal ignored.
    #[cfg(target_os = "linux")]
    fn is_passed_over(kind: SignalKind) -> bool {
        use crate::input::{self, Origin};
        /// Bytes of the system's file, which has one or two thousand.
        const LONGEST: u64 = 64 * 1024;
        let status = input::text("/proc/self/status", Origin::Own, LONGEST).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
        mask >> (kind.as_raw_value() - 1) & 1 == 1
    }

    /// Elsewhere, finding out needs unsafe code. `nohup` also replaces a terminal as standard input.
    #[cfg(not(target_os = "linux"))]
    fn is_passed_over(kind: SignalKind) -> bool {
        kind == SignalKind::hangup() && !io::IsTerminal::is_terminal(&io::stdin())
    }
}

#[cfg(not(unix))]
mod signals {
    use std::io;

    use super::Signal;

    pub(super) struct Signals;

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) async fn next(&mut self) -> Signal {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Signal::Interrupt
        }
    }
}
