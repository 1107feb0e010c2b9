use std::time::Duration;

use camino::Utf8Path;
use tokio::runtime::{Builder, Runtime};

use super::reporter::Reporter;
use super::{Global, Stop};
use crate::deploy::{Session, open};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::interrupt::{self, Requests, Signal};
use crate::report::Console;
use crate::spec::Spec;

/// The runtime for all calls: one thread is enough for a tool that waits.
pub(super) fn runtime() -> Result<Runtime, Stop> {
    Builder::new_current_thread().enable_all().build().map_err(|error| {
        Stop::Failure(Failure::failed(
            codes::AWS_UNREACHABLE,
            format!("the event loop cannot be created: {error}"),
            "raise the limit of open files (`ulimit -n`)",
        ))
    })
}

/// How long to wait at the end for blocking work, such as a name look-up.
const LEFT: Duration = Duration::from_secs(1);

/// Runs a command's work in AWS until its end, the end of `--deadline`, or a signal.
///
/// # Errors
/// Those of the work; that it did not end in time (exit 5), or was interrupted (exit 130, 143 or 129).
pub(super) fn run<T>(global: &Global, work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let runtime = runtime()?;
    interrupt::reaches_aws();
    let ended = runtime.block_on(async {
        let mut requests = Requests::new();
        let work = within(global, work);
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                ended = &mut work => return ended,
                request = requests.next() => if !request.is_answered {
                    return Err(Stop::Failure(stopped(request.signal)));
                }
            }
        }
    });
    runtime.shutdown_timeout(LEFT);
    ended
}

/// The failure after a signal: what continues without pipectl, and how to see it.
pub(super) fn stopped(signal: Signal) -> Failure {
    let (suffix, help) = if interrupt::has_reached_aws() {
        ("; the operation continues in AWS", "run the same command again to follow it")
    } else {
        ("; no operation is running", "run the same command again")
    };
    let diagnostic = Diagnostic::error(codes::INTERRUPTED, format!("stopped by {signal}{suffix}"));
    Failure::new(signal.exit(), diagnostic.help(help))
}

async fn within<T>(global: &Global, work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let Some(limit) = global.deadline else { return work.await };
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
        let message = format!("not done within the `--deadline` of {limit:?}");
        let help = "the operation continues in AWS; run the same command again to follow it";
        let diagnostic = Diagnostic::error(codes::DEADLINE, message).help(help);
        Err(Stop::Failure(Failure::new(Exit::Busy, diagnostic)))
    })
}

/// Opens a session with the account and region of the command line and the spec.
pub(super) async fn session(
    global: &Global,
    path: &Utf8Path,
    spec: &Spec,
    console: &mut Console,
) -> Result<Session, Stop> {
    Ok(open(&global.target(), path, spec, &mut Reporter::new(console)).await?)
}
