//! Runs a program to its end, within a time limit.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::LocalError;
use super::deadline::Deadline;
use crate::child::{self, End, Excess, Limits};

/// Bytes of its output that are stored.
const MOST: u64 = 1 << 20;

/// How a program ended, and its output.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) succeeded: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ended {
    fn failed(reason: String) -> Self {
        Self { succeeded: false, stdout: String::new(), stderr: reason }
    }
}

/// Runs it. If it cannot be started or takes longer than `patience`, it has failed, and its output is the reason.
///
/// # Errors
/// The deadline came before its end; it was ended.
pub(super) fn run(
    command: &mut Command,
    input: Stdio,
    deadline: Deadline,
    patience: Duration,
) -> Result<Ended, LocalError> {
    deadline.check()?;
    let limits = Limits { patience, output: MOST, excess: Excess::Dropped };
    let ended = child::run(command.stdin(input), false, &limits, || deadline.check().is_err());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match ended.end {
        End::Exited(status) => Ok(Ended {
            succeeded: status.success(),
            stdout: text(&ended.stdout),
            stderr: text(&ended.stderr),
        }),
        End::NotStarted(error) => Ok(Ended::failed(error.to_string())),
        End::TooLong | End::TooMuch => {
            deadline.check()?;
            Ok(Ended::failed(format!("it did not end within {} s", patience.as_secs())))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn its_output_is_reported() {
        let ended =
            run(&mut sh("echo out; echo err >&2; exit 3"), Stdio::null(), Deadline::NONE, LONG).unwrap();
        assert_eq!(
            (ended.succeeded, ended.stdout.as_str(), ended.stderr.as_str()),
            (false, "out\n", "err\n")
        );
        let none = run(&mut Command::new("/nowhere/uv"), Stdio::null(), Deadline::NONE, LONG).unwrap();
        assert!(!none.succeeded && !none.stderr.is_empty());
    }

    #[test]
    fn neither_the_deadline_nor_patience_wait_for_a_program_that_hangs() {
        let begun = Instant::now();
        // A child process holds its output open after its end.
        let hangs = "sleep 30 & sleep 30";
        let deadline = Deadline::at(Some(Instant::now() + Duration::from_millis(200)));
        let over = run(&mut sh(hangs), Stdio::null(), deadline, LONG).unwrap_err();
        assert!(matches!(over, LocalError::Deadline));
        assert!(matches!(run(&mut sh("exit 0"), Stdio::null(), deadline, LONG), Err(LocalError::Deadline)));
        let slow = run(&mut sh(hangs), Stdio::null(), Deadline::NONE, Duration::from_millis(200)).unwrap();
        assert!(!slow.succeeded && slow.stderr.contains("did not end"), "{slow:?}");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}
