//! Why a replay is refused, and what to do instead.

use crate::cli::Stop;
use crate::deploy::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{Replay, Span};
use crate::report::{printable, span_words};

pub(super) fn no_archive(message: String, help: &str) -> Stop {
    Stop::Failure(Failure::new(Exit::Failed, Diagnostic::error(codes::REPLAY_NO_ARCHIVE, message).help(help)))
}

pub(super) fn none(session: &Session) -> Stop {
    let message = format!("no replay of `{}` is running", session.names.archive);
    let help = format!("start one with `{}`", session.command("replay", "--from TIME --to TIME"));
    Stop::Failure(Failure::new(Exit::Failed, Diagnostic::error(codes::REPLAY_NONE, message).help(help)))
}

/// A dry run's warning of the replay that already runs.
pub(super) fn runs(replay: &Replay) -> String {
    format!("  {:<14}{}; another replay can start when it ends", "runs", printable(&replay.name))
}

/// The refusal because another replay runs, with another or an unknown span.
pub(super) fn busy(session: &Session, replay: &Replay, span: Span) -> Stop {
    let of = replay.span.map_or_else(String::new, |span| format!(" of {}", span_words(span)));
    let message = format!(
        "the replay `{}`{of} is still running, so none of {} can start",
        printable(&replay.name),
        span_words(span)
    );
    let help = format!(
        "follow it with `{}`, or cancel it with `{}`; then run this command again",
        session.command("replay", "--follow"),
        session.command("replay", "--cancel")
    );
    Stop::Failure(Failure::new(Exit::Busy, Diagnostic::error(codes::REPLAY_RUNNING, message).help(help)))
}
