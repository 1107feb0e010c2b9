use crate::diagnostic::{Exit, Failure};
use crate::report::Unwritable;
use crate::stack::CallError;

/// A command's end: the exit code of its success, or what to print and leave with.
pub(crate) type Outcome = Result<Exit, Stop>;

/// Why a command stops early.
#[derive(Debug)]
pub(crate) enum Stop {
    Failure(Failure),
    /// stdout could not be written by a command that only reads. A closed pipe is not an error: the reader had enough.
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
