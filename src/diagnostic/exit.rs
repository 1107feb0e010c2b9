/// What the process tells its caller. Public interface: a number never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or there was nothing to do.
    Done = 0,
    /// The operation was tried and failed.
    Failed = 1,
    /// Only from `plan` and `drift` with `--detailed-exitcode`: there are changes.
    Changes = 2,
    /// The spec is wrong; nothing was tried.
    InvalidSpec = 3,
    /// A guard said no: wrong account, data loss not accepted, the question declined.
    Refused = 4,
    /// Another operation runs on the stack, or ours still runs on the server.
    Busy = 5,
    /// `verify` saw events that did not become rows.
    NotVerified = 6,
    /// The command line is wrong.
    Usage = 64,
    /// Stopped by the end of the terminal, SIGHUP: 128 and the signal's number, as of the next two.
    HungUp = 129,
    /// Stopped by Ctrl-C, SIGINT.
    Interrupted = 130,
    /// Stopped by SIGTERM.
    Terminated = 143,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
