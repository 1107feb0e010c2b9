//! The command or the field that an alarm's description names.

/// The command to type next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A command of pipectl on the spec, with the arguments after it.
    Command { verb: &'static str, more: &'static str },
    /// The explanation of the spec's field that raises the limit.
    Field(&'static str),
}

impl Next {
    pub const DRIFT: Self = Self::Command { verb: "drift", more: "" };
    pub const WATCH: Self = Self::Command { verb: "status", more: "--watch" };

    /// The command with a placeholder for the spec's path.
    #[must_use]
    pub fn for_any_spec(self) -> String {
        match self {
            Self::Command { verb, more: "" } => format!("pipectl {verb} SPEC"),
            Self::Command { verb, more } => format!("pipectl {verb} SPEC {more}"),
            Self::Field(field) => format!("pipectl explain {field}"),
        }
    }
}
