//! A profile's `credential_process`. The SDK can run it, too, but waits without a timeout, stores all of its output,
//! and does not end what it started.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, future};
use jiff::Timestamp;
use serde::Deserialize;

use super::timeouts::PROCESS;
use super::words::{shortened, without_passwords};
use crate::child::{self, End, Ended, Excess, Limits};

/// Bytes of each of its outputs; credentials have one or two thousand.
const MOST: u64 = 64 * 1024;

/// A profile's `credential_process`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) profile: String,
    pub(super) command: String,
}

/// Its output.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u64,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

/// Why it gave no credentials.
#[derive(Debug, thiserror::Error)]
#[error("the `credential_process` of profile `{profile}` (`{program}`) {reason}")]
struct Unusable {
    profile: String,
    program: String,
    reason: String,
}

/// Not derived: the arguments may hold secrets.
impl std::fmt::Debug for Process {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Process({}: {})", self.profile, self.program())
    }
}

impl Process {
    fn program(&self) -> &str {
        self.command.split_whitespace().next().unwrap_or_default()
    }

    async fn credentials(self) -> Result {
        let over = Over(Arc::new(AtomicBool::new(false)));
        let is_over = Arc::clone(&over.0);
        let command = self.command.clone();
        // If nobody waits for the credentials any more, the program is ended as well.
        let ended = tokio::task::spawn_blocking(move || run(&command, || is_over.load(Ordering::Relaxed)));
        let ended = ended.await.map_err(CredentialsError::unhandled)?;
        read(&ended).map_err(|reason| {
            let program = without_passwords(self.program());
            CredentialsError::provider_error(Unusable { profile: self.profile.clone(), program, reason })
        })
    }
}

/// Sets the flag when it is dropped.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl ProvideCredentials for Process {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.clone().credentials())
    }
}

fn run(line: &str, is_over: impl FnMut() -> bool) -> Ended {
    let asks = child::at_terminal();
    let mut command = shell(line);
    command.stdin(if asks { Stdio::inherit() } else { Stdio::null() });
    let limits = Limits { patience: PROCESS, output: MOST, excess: Excess::Refused };
    child::run(&mut command, asks, &limits, is_over)
}

#[cfg(not(windows))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    command
}

/// The line unchanged, in the quotes that this shell removes.
#[cfg(windows)]
fn shell(line: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut command = Command::new("cmd.exe");
    command.arg("/C").raw_arg(format!("\"{line}\""));
    command
}

fn read(ended: &Ended) -> std::result::Result<Credentials, String> {
    match &ended.end {
        End::NotStarted(error) => return Err(format!("cannot be started: {error}")),
        End::TooLong => return Err(format!("did not end within {} s and was stopped", PROCESS.as_secs())),
        End::TooMuch => return Err(format!("printed more than {} KiB and was stopped", MOST / 1024)),
        End::Exited(status) if !status.success() => {
            let words = String::from_utf8_lossy(&ended.stderr);
            let words = shortened(&without_passwords(words.trim()));
            let stderr =
                if words.is_empty() { ", with no error output".to_owned() } else { format!(": {words}") };
            return Err(format!("failed ({status}){stderr}"));
        }
        End::Exited(_) => {}
    }
    let Ok(printed) = serde_json::from_slice::<Printed>(&ended.stdout) else {
        // The output itself is not shown, since it may hold secrets.
        let wanted = "a JSON object with `Version`, `AccessKeyId` and `SecretAccessKey`";
        return Err(format!("did not print {wanted}"));
    };
    if printed.version != 1 {
        return Err(format!("printed credentials of `Version` {}; only 1 is supported", printed.version));
    }
    let until = match printed.expiration.as_deref().map(str::parse::<Timestamp>) {
        Some(Err(_)) => return Err("printed an `Expiration` that is not an RFC 3339 time".to_owned()),
        Some(Ok(at)) if at <= Timestamp::now() => {
            return Err(format!("printed credentials that have expired at {at:.0}"));
        }
        until => until.and_then(std::result::Result::ok).map(SystemTime::from),
    };
    Ok(Credentials::new(
        printed.access_key_id,
        printed.secret_access_key,
        printed.session_token,
        until,
        "credential process",
    ))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn printed(line: &str) -> std::result::Result<Credentials, String> {
        read(&run(line, || false))
    }

    #[test]
    fn credentials_are_read_as_they_are_documented() {
        let keys = r#""Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "secret""#;
        let long = printed(&format!("echo '{{{keys}}}'")).expect("credentials");
        assert_eq!((long.access_key_id(), long.session_token(), long.expiry()), ("AKIA", None, None));
        let more = r#""SessionToken": "token", "Expiration": "2999-05-26T12:34:56.789Z", "AccountId": "1""#;
        let session = printed(&format!("echo '{{{keys}, {more}}}'")).expect("credentials");
        assert_eq!((session.session_token(), session.expiry().is_some()), (Some("token"), true));

        for (line, reason) in [
            ("echo '{\"Version\": 1}'".to_owned(), "did not print"),
            ("echo secret".to_owned(), "did not print"),
            (format!("echo '{{{}}}'", keys.replace('1', "2")), "printed credentials of `Version` 2"),
            (format!("echo '{{{keys}, \"Expiration\": \"2001-01-01T00:00:00Z\"}}'"), "have expired"),
            ("echo why >&2; exit 3".to_owned(), "failed (exit status: 3): why"),
            ("exit 3".to_owned(), "failed (exit status: 3), with no error output"),
        ] {
            let error = printed(&line).expect_err(&line);
            assert!(error.contains(reason) && !error.contains("secret"), "{line}: {error}");
        }
    }
}
