//! Options of one apply.

/// How an apply is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether CloudFormation ends once all resources are configured, without waiting until they are ready.
    pub express: bool,
    /// Whether it rolls back to an earlier apply, for the history.
    pub rolls_back: bool,
}
