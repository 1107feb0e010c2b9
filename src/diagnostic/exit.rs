/// The exit code of the process. Public interface: a number never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Success, or there was nothing to do.
    Done = 0,
    /// The operation was attempted and failed.
    Failed = 1,
    /// Only from `plan` and `drift` with `--detailed-exitcode`: there are changes.
    Changes = 2,
    /// The spec is invalid; nothing was attempted.
    InvalidSpec = 3,
    /// A guard refused: wrong account, data loss not accepted, the question declined.
    Refused = 4,
    /// Another operation runs on the stack, or ours continues at AWS.
    Busy = 5,
    /// `verify` saw events that did not become rows.
    NotVerified = 6,
    /// The command line is invalid.
    Usage = 64,
    /// Ended by the closing of the terminal, SIGHUP: 128 plus the signal's number, as for the next two.
    HungUp = 129,
    /// Ended by Ctrl-C, SIGINT.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
