//! Asks a program on the path for its version, and does not wait for one that never answers.

use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::child::{self, End, Excess, Limits};

/// A program on the path may be a shim that never answers.
const LIMITS: Limits =
    Limits { patience: Duration::from_secs(3), output: 16 * 1024, excess: Excess::Dropped };

/// The answer of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is not installed.
    Missing,
    /// It did not end in time.
    Silent,
    /// It failed, with its last line.
    Failed(String),
    Output(String),
}

impl Answer {
    /// Why it cannot be used.
    pub(super) fn fault(&self) -> Option<String> {
        match self {
            Self::Missing => Some("was not found".to_owned()),
            Self::Silent => Some(format!("did not answer within {} s", LIMITS.patience.as_secs())),
            Self::Failed(line) => Some(format!("failed: {line}")),
            Self::Output(_) => None,
        }
    }
}

/// Runs a program that prints its version. Rust's are shims, which must not install a toolchain.
pub(super) fn ask(program: impl AsRef<OsStr>, arguments: &[&str]) -> Answer {
    let mut command = Command::new(program);
    command.args(arguments).env("RUSTUP_AUTO_INSTALL", "0").stdin(Stdio::null());
    let ended = child::run(&mut command, false, &LIMITS, || false);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match ended.end {
        End::NotStarted(error) if error.kind() == std::io::ErrorKind::NotFound => Answer::Missing,
        End::NotStarted(error) => Answer::Failed(error.to_string()),
        End::TooLong | End::TooMuch => Answer::Silent,
        End::Exited(status) if status.success() => Answer::Output(text(&ended.stdout)),
        End::Exited(status) => {
            let words = text(&ended.stderr);
            let line = words.lines().find(|line| !line.trim().is_empty());
            Answer::Failed(line.map_or_else(|| status.to_string(), str::to_owned))
        }
    }
}
