//! How a command ends: exit code and output.

use crate::diagnostic::{Exit, Failure};
use crate::report::{Console, Format, Unwritable, diagnostics_json, diagnostics_text};
use crate::stack::CallError;

/// The end of a command: its exit code, or what to print before it exits.
pub(crate) type Outcome = Result<Exit, Stop>;

/// Why a command stops early.
#[derive(Debug)]
pub(crate) enum Stop {
    Failure(Failure),
    /// A command that only reads could not write to stdout. A closed pipe is not an error: the reader had enough.
    Output(Unwritable),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<Unwritable> for Stop {
    fn from(error: Unwritable) -> Self {
        Self::Output(error)
    }
}

/// Reports what a command could not write and why it failed, and returns the exit code.
pub(super) fn exit(outcome: Outcome, console: &mut Console) -> Exit {
    match outcome {
        Ok(exit) => match console
            .end(None)
            .err()
            .filter(|error| !error.is_closed_pipe())
            .or_else(|| console.unwritten())
        {
            Some(error) if exit == Exit::Done => {
                console.complain(&format!("error: {error}"));
                Exit::Failed
            }
            _ => exit,
        },
        Err(Stop::Output(error)) if error.is_closed_pipe() => Exit::Done,
        Err(Stop::Output(error)) => {
            console.complain(&format!("error: {error}"));
            Exit::Failed
        }
        Err(Stop::Failure(mut failure)) => {
            if let (Some(words), Some(last)) = (console.unfinished.take(), failure.diagnostics.last_mut()) {
                let help = last.help.take().map(|help| help + "; ").unwrap_or_default();
                last.help = Some(help + &words);
            }
            report(&failure, console);
            failure.exit
        }
    }
}

/// Reports a failure: for people as text on stderr. JSON is data and goes to stdout: within the command's document if
/// there is one, which may be all that is read, or as the last line of a command that writes lines.
fn report(failure: &Failure, console: &mut Console) {
    if console.format == Format::Json && !console.has_document() {
        // A reader that closed stdout still gets the exit code.
        console.outcome(&diagnostics_json(&failure.diagnostics, &failure.sources));
        drop(console.end(None));
    } else {
        // A reader that closed stdout still gets the exit code.
        drop(console.end(Some(&diagnostics_json(&failure.diagnostics, &failure.sources))));
        console.complain(&diagnostics_text(&failure.diagnostics, &failure.sources));
    }
}
