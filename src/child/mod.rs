//! Runs other programs to their end, with limits of time and output, and ends everything that they started.
//!
//! Each leads a process group of its own, which is ended with it. A program that may ask a question at the terminal
//! stays in pipectl's group, because another group cannot read there.

mod live;
mod terminal;
mod words;

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use live::{Live, end_all};
pub use terminal::with_terminal;
use words::Words;

const PAUSE: Duration = Duration::from_millis(10);
/// How long to wait for the last output: a process that has left the group may hold the pipe open.
const LEFT: Duration = Duration::from_secs(1);

/// The limits of a program.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub patience: Duration,
    /// Bytes of each of its outputs.
    pub output: u64,
    /// What happens if it prints more.
    pub excess: Excess,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// The remainder is discarded.
    Dropped,
    /// The program is ended.
    Refused,
}

/// How a program ended.
#[derive(Debug)]
pub enum End {
    NotStarted(io::Error),
    Exited(ExitStatus),
    /// It took longer than its limit, or the caller has no more time; it was ended.
    TooLong,
    /// It printed more than its limit; it was ended.
    TooMuch,
}

/// How a program ended, and what it printed.
#[derive(Debug)]
pub struct Ended {
    pub end: End,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Whether a program may ask the user a question: then it has the terminal, else an empty stdin.
#[must_use]
pub fn at_terminal() -> bool {
    io::IsTerminal::is_terminal(&io::stdin())
}

/// Starts a program that the caller follows. It leads a process group, which [`Live::end`] ends; otherwise it
/// continues.
///
/// # Errors
/// It cannot be started.
pub fn start(command: &mut Command) -> io::Result<(Child, Live)> {
    lead(command);
    let child = command.spawn()?;
    let live = Live::new(child.id(), true);
    Ok((child, live))
}

fn lead(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _without_groups = command;
}

/// Runs a program to its end. `asks`: it may read from the terminal. `is_over`: whether the caller has no more time.
pub fn run(command: &mut Command, asks: bool, limits: &Limits, mut is_over: impl FnMut() -> bool) -> Ended {
    if !asks {
        lead(command);
    }
    let begun = Instant::now();
    let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return Ended { end: End::NotStarted(error), stdout: Vec::new(), stderr: Vec::new() },
    };
    let live = Live::new(child.id(), !asks);
    let stdout = child.stdout.take().map(|pipe| Words::hear(pipe, limits.output));
    let stderr = child.stderr.take().map(|pipe| Words::hear(pipe, limits.output));
    let is_over_limit = || {
        limits.excess == Excess::Refused && [&stdout, &stderr].into_iter().flatten().any(Words::are_too_many)
    };
    let cut_off = loop {
        if has_ended(&mut child) {
            break None;
        }
        if is_over_limit() {
            break Some(End::TooMuch);
        }
        if is_over() || begun.elapsed() > limits.patience {
            break Some(End::TooLong);
        }
        sleep(PAUSE);
    };
    live.end();
    let ended = child.wait();
    let end = cut_off.unwrap_or_else(|| ended.map_or_else(End::NotStarted, End::Exited));
    let [stdout, stderr] =
        [stdout, stderr].map(|words| words.map(|words| words.end(LEFT)).unwrap_or_default());
    let most = usize::try_from(limits.output).unwrap_or(usize::MAX);
    let too_much = limits.excess == Excess::Refused && (stdout.len() > most || stderr.len() > most);
    let end = if too_much && matches!(end, End::Exited(_)) { End::TooMuch } else { end };
    let cut = |mut words: Vec<u8>| {
        words.truncate(most);
        words
    };
    Ended { end, stdout: cut(stdout), stderr: cut(stderr) }
}

/// Whether the program has ended. It is not waited for, so that its pid is not reused until its whole group is ended.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(Pid::from_child(child)), options).is_ok_and(|status| status.is_some())
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> bool {
    child.try_wait().is_ok_and(|status| status.is_some())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { patience: Duration::from_secs(60), output: 1000, excess: Excess::Refused };

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command
    }

    fn lives(pid: &str) -> bool {
        // A zombie counts as ended.
        let ps = Command::new("ps").args(["-o", "stat=", "-p", pid.trim()]).output().expect("ps");
        !ps.stdout.is_empty() && !ps.stdout.starts_with(b"Z")
    }

    #[test]
    fn the_output_and_the_exit_status_are_returned() {
        let ended = run(&mut sh("echo out; echo err >&2; exit 3"), false, &LIMITS, || false);
        assert!(matches!(ended.end, End::Exited(status) if status.code() == Some(3)));
        assert_eq!((ended.stdout, ended.stderr), (b"out\n".to_vec(), b"err\n".to_vec()));
        let none = run(&mut Command::new("/nowhere/uv"), false, &LIMITS, || false);
        assert!(matches!(none.end, End::NotStarted(_)));
    }

    #[test]
    fn one_that_talks_without_an_end_is_ended_or_not_listened_to() {
        for endless in ["cat /dev/zero", "cat /dev/zero >&2", "head -c 1001 /dev/zero"] {
            let ended = run(&mut sh(endless), false, &LIMITS, || false);
            assert!(matches!(ended.end, End::TooMuch), "{endless}: {:?}", ended.end);
            assert!(ended.stdout.len() <= 1000 && ended.stderr.len() <= 1000);
        }
        let dropped = Limits { excess: Excess::Dropped, ..LIMITS };
        let ended = run(&mut sh("head -c 1000000 /dev/zero"), false, &dropped, || false);
        assert!(matches!(ended.end, End::Exited(status) if status.success()));
        assert_eq!(ended.stdout.len(), 1000);
    }

    #[test]
    fn no_process_of_it_continues_after_its_end() {
        let begun = Instant::now();
        let short = Limits { patience: Duration::from_millis(500), ..LIMITS };
        // It ignores signals, holds its output open, and leaves another process behind.
        let stubborn = "trap '' TERM INT HUP; sleep 300 & echo $!; sleep 300";
        let left = "sleep 300 & echo $!";
        for (script, limits, is_over) in
            [(stubborn, &short, false), (stubborn, &LIMITS, true), (left, &LIMITS, false)]
        {
            let over = || is_over && begun.elapsed() > Duration::from_millis(600);
            let ended = run(&mut sh(script), false, limits, over);
            assert_eq!(matches!(ended.end, End::TooLong), script == stubborn, "{:?}", ended.end);
            let pid = String::from_utf8(ended.stdout).expect("a number");
            assert!(!pid.trim().is_empty() && !lives(&pid), "{script}: {pid}");
        }
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    /// A process in a session of its own cannot be ended, and its output is not waited for.
    #[test]
    #[cfg(target_os = "linux")]
    fn one_that_has_left_the_group_is_not_listened_to() {
        let begun = Instant::now();
        let leaves = "setsid sh -c 'while echo x; do sleep 0.1; done' & echo said";
        let ended = run(&mut sh(leaves), false, &LIMITS, || false);
        assert!(matches!(ended.end, End::Exited(status) if status.success()));
        assert!(String::from_utf8_lossy(&ended.stdout).contains("said"));
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    }
}
