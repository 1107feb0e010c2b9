//! The programs that run at the moment.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The programs that run: pipectl may be asked to end meanwhile.
static LIVE: Mutex<Vec<(u32, bool)>> = Mutex::new(Vec::new());

/// A program that runs; it is unregistered when this is dropped.
#[derive(Debug)]
pub struct Live {
    pid: u32,
    leads: bool,
}

impl Live {
    pub(super) fn new(pid: u32, leads: bool) -> Self {
        list().push((pid, leads));
        Self { pid, leads }
    }

    /// Ends the program and everything it started. Call it before waiting for the program: until then, no other process
    /// can get its pid.
    pub fn end(self) {
        signal::end(self.pid, self.leads);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        list().retain(|(pid, _)| *pid != self.pid);
    }
}

/// Ends all running programs, because pipectl ends.
pub fn end_all() {
    for (pid, leads) in list().iter() {
        signal::end(*pid, *leads);
    }
}

fn list() -> MutexGuard<'static, Vec<(u32, bool)>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
mod signal {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};

    pub(super) fn end(pid: u32, leads: bool) {
        // Zero and one would mean our own group and the init process.
        let Some(pid) = i32::try_from(pid).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw) else {
            return;
        };
        let _ended_before =
            if leads { kill_process_group(pid, Signal::KILL) } else { kill_process(pid, Signal::KILL) };
    }
}

#[cfg(not(unix))]
mod signal {
    pub(super) fn end(_: u32, _: bool) {}
}
