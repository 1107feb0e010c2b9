//! Options of one apply.

/// How an apply is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether CloudFormation ends once everything is configured, without waiting until it is ready.
    pub express: bool,
    /// Whether it goes back to a former apply, for the history.
    pub rolls_back: bool,
}
