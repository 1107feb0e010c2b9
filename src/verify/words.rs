//! Commands that the messages suggest.

/// Parts of commands in the messages about faults: they depend on how pipectl was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The command that prints the statements that a key needs.
    pub explain: String,
    /// The flags that commands of the AWS CLI take for this place.
    pub flags: String,
}
