//! Runs a command until its end or until pipectl is asked to end.

use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::{runtime, stop};
use crate::child;
use crate::diagnostic::Exit;
use crate::interrupt::{self, Request, Signal};
use crate::report::{Color, Console, Format};

/// The time to end for a command that waits for AWS and handles the request itself.
const USUAL: Duration = Duration::from_secs(1);
/// The same signal again within this time has the same cause: when a terminal closes, parents and children get it.
const SAME: Duration = Duration::from_millis(500);
/// Bytes of stack, the same as the main thread's.
const STACK: usize = 8 << 20;

enum Heard {
    Ended(Exit),
    Asked(Request),
}

/// Runs a command in another thread, until it ends or is asked to end. It gets some time to end in order. After that,
/// or at a second request, pipectl ends the process and its child programs.
pub(super) fn until_asked(command: impl FnOnce() -> Exit + Send + 'static, color: Color) -> ExitCode {
    let (sender, heard) = mpsc::channel();
    let asked = sender.clone();
    // Without the handler thread, signals end the process by default.
    let _default = interrupt::hear(move |request| drop(asked.send(Heard::Asked(request))));
    let started = thread::Builder::new().name("command".to_owned()).stack_size(STACK).spawn(move || {
        drop(sender.send(Heard::Ended(command())));
    });
    let Ok(command) = started else {
        let mut console = Console::new(Format::Human, color, false, false);
        console.complain("error: the system cannot start a thread for the command");
        return Exit::Failed.into();
    };
    match end(&heard, || command.is_finished()) {
        Ok(exit) => exit.into(),
        Err(Some(signal)) => {
            child::end_all();
            let mut console = Console::new(Format::Human, color, false, false);
            stop::exit(Err(runtime::stopped(signal).into()), &mut console).into()
        }
        // It panicked; the panic message is printed already.
        Err(None) => ExitCode::from(101),
    }
}

/// How the command ended, or the signal that ends it here; `Err(None)`: its thread has panicked.
fn end(heard: &Receiver<Heard>, is_over: impl Fn() -> bool) -> Result<Exit, Option<Signal>> {
    const LOOK: Duration = Duration::from_secs(1);
    let mut first: Option<(Signal, Instant)> = None;
    let mut until: Option<Instant> = None;
    loop {
        let left = until.map_or(LOOK, |until| until.saturating_duration_since(Instant::now()).min(LOOK));
        match heard.recv_timeout(left) {
            Ok(Heard::Ended(exit)) => return Ok(exit),
            Ok(Heard::Asked(Request { signal, .. })) => match first {
                Some((same, at)) if same == signal && at.elapsed() < SAME => {}
                Some(_) => return Err(Some(signal)),
                None => {
                    let now = Instant::now();
                    first = Some((signal, now));
                    let usual = if interrupt::has_reached_aws() { USUAL } else { Duration::ZERO };
                    until = Some(now + interrupt::patience().unwrap_or(usual));
                }
            },
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                if let Some((signal, _)) =
                    first.filter(|_| until.is_some_and(|until| Instant::now() >= until))
                {
                    return Err(Some(signal));
                }
                // The signals' thread also holds the channel, so a panic does not close it.
                if is_over() {
                    return heard.try_iter().find_map(ended).ok_or(None);
                }
            }
        }
    }
}

fn ended(heard: Heard) -> Option<Exit> {
    match heard {
        Heard::Ended(exit) => Some(exit),
        Heard::Asked(_) => None,
    }
}
