//! Starts the local cloud for a command with `--local`.

use std::time::Duration;

use super::observer::{Notice, Observer};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::interrupt::{asked, in_order};
use crate::local::{self, Deadline, Folders, LocalError, Status};

/// Sets the port on 127.0.0.1.
const PORT: &str = "PIPECTL_LOCAL_PORT";
/// For ending an installation or a start.
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts the local cloud unless it runs, and reports the progress. `port`: from the command line; `None`: from
/// `PIPECTL_LOCAL_PORT`.
///
/// # Errors
/// It cannot be installed or started, or the port is taken.
pub fn start_local_cloud(port: Option<u16>, observer: &mut dyn Observer) -> Result<Status, Failure> {
    let folders = Folders::from_environment().map_err(local_error)?;
    let port = if port.is_some() { port } else { asked_port()? };
    observer.notice(Notice::Begins("local cloud"));
    let deadline = Deadline::at(observer.deadline());
    let _end = in_order(PATIENCE);
    let up = local::up(&folders, port, deadline, &mut |progress| {
        observer.notice(Notice::Doing(&progress.to_string()));
    });
    let up = match up {
        Ok(up) => up,
        Err(error) => {
            observer.notice(Notice::Ends(None));
            return Err(local_error(error));
        }
    };
    let endpoint = up.status.endpoint.as_deref().unwrap_or_default();
    let words = if up.started { format!("started at {endpoint}") } else { format!("runs at {endpoint}") };
    observer.notice(Notice::Ends(Some(&words)));
    if let Some(signal) = asked() {
        let diagnostic =
            Diagnostic::error(codes::INTERRUPTED, format!("stopped by {signal}; the local cloud {words}"));
        return Err(Failure::new(signal.exit(), diagnostic.help("`pipectl local down` stops it")));
    }
    if up.lost_writes {
        observer.notice(Notice::Warning(
            "  warning: the local cloud had been killed; what was written since its last clean stop is lost",
        ));
    }
    Ok(up.status)
}

fn asked_port() -> Result<Option<u16>, Failure> {
    let Ok(text) = std::env::var(PORT) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let message = format!("`{PORT}` is `{text}`, which is not a valid port");
        Failure::failed(codes::LOCAL_UNAVAILABLE, message, "set it to a number between 1 and 65535")
    })
}

/// An error of the local cloud as a failure of the command.
#[must_use]
pub fn local_error(error: LocalError) -> Failure {
    if matches!(error, LocalError::Deadline) {
        let diagnostic = Diagnostic::error(codes::DEADLINE, error.to_string()).help(error.help());
        return Failure::new(Exit::Busy, diagnostic);
    }
    if let LocalError::Stopped { signal } | LocalError::StoppedWaiting { signal, .. } = error {
        let diagnostic = Diagnostic::error(codes::INTERRUPTED, error.to_string()).help(error.help());
        return Failure::new(signal.exit(), diagnostic);
    }
    let code = match error {
        LocalError::NotOurs { .. } => {
            return Failure::refused(codes::LOCAL_NOT_OURS, error.to_string(), error.help());
        }
        LocalError::NotSaved { .. } | LocalError::SaveCutOff => codes::LOCAL_NOT_SAVED,
        LocalError::Damaged { .. } | LocalError::DamagedRecord { .. } => codes::LOCAL_DAMAGED,
        _ => codes::LOCAL_UNAVAILABLE,
    };
    Failure::failed(code, error.to_string(), error.help())
}
