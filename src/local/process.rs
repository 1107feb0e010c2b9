//! Telling our process from another one with its number, and ending it. Unix only.

use super::LocalError;
#[cfg(target_os = "linux")]
use crate::input::{self, Origin};

/// Bytes of a command line: what Linux takes by default.
#[cfg(target_os = "linux")]
const LONGEST: u64 = 2 * 1024 * 1024;

/// Whether the process lives and has our token on its command line. A zombie has none.
pub(super) fn is_ours(pid: u32, token: &str) -> bool {
    command_line(pid).is_some_and(|line| line.contains(token))
}

#[cfg(target_os = "linux")]
fn command_line(pid: u32) -> Option<String> {
    let line = input::read(format!("/proc/{pid}/cmdline"), Origin::Own, LONGEST).ok()?;
    Some(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(not(target_os = "linux"))]
fn command_line(pid: u32) -> Option<String> {
    let output =
        std::process::Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Asks for a clean stop, in which `MiniStack` saves its state.
pub(super) fn terminate(pid: u32) -> Result<(), LocalError> {
    signal::one(pid, signal::TERM)
}

/// For a process that never served, and so has nothing to save.
pub(super) fn kill(pid: u32) -> Result<(), LocalError> {
    signal::group(pid, signal::KILL);
    signal::one(pid, signal::KILL)
}

/// The Lambda processes are in their parent's group; one that hangs must not outlive it.
pub(super) fn sweep_group(pid: u32) {
    signal::group(pid, signal::TERM);
}

#[cfg(unix)]
mod signal {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};

    use super::LocalError;

    pub(super) const TERM: Signal = Signal::TERM;
    pub(super) const KILL: Signal = Signal::KILL;

    /// A process that is gone already is what was asked for.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it is an error")]
    pub(super) fn one(pid: u32, signal: Signal) -> Result<(), LocalError> {
        if let Some(pid) = number(pid) {
            let _gone = kill_process(pid, signal);
        }
        Ok(())
    }

    pub(super) fn group(pid: u32, signal: Signal) {
        if let Some(pid) = number(pid) {
            let _gone = kill_process_group(pid, signal);
        }
    }

    /// Zero and one would mean our own group and the system's first process.
    fn number(pid: u32) -> Option<Pid> {
        i32::try_from(pid).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw)
    }
}

#[cfg(not(unix))]
mod signal {
    use super::LocalError;

    pub(super) const TERM: () = ();
    pub(super) const KILL: () = ();

    pub(super) fn one(_pid: u32, (): ()) -> Result<(), LocalError> {
        Err(LocalError::Unsupported)
    }

    pub(super) fn group(_pid: u32, (): ()) {}
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_recycled_number_is_not_ours() {
        assert!(!is_ours(std::process::id(), "pipectl-of-another-life"));
        assert!(!is_ours(u32::MAX, ""));
    }

    #[test]
    fn a_process_is_ours_by_its_token_until_it_ends() {
        let token = format!("pipectl-test-{}", std::process::id());
        let script = format!("# {token}\nread line");
        let mut child = Command::new("sh").arg("-c").arg(script).stdin(Stdio::piped()).spawn().unwrap();
        let seen = (0..200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(5));
            is_ours(child.id(), &token)
        });
        terminate(child.id()).unwrap();
        child.wait().unwrap();
        assert!(seen);
        assert!(!is_ours(child.id(), &token));
    }
}
