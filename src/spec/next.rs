//! The command or the field that an alarm's description names.

/// What to type next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A command of pipectl on the spec, with what follows it.
    Command { verb: &'static str, more: &'static str },
    /// The explanation of the field of the spec that lifts the limit.
    Field(&'static str),
}

impl Next {
    pub const DRIFT: Self = Self::Command { verb: "drift", more: "" };
    pub const WATCH: Self = Self::Command { verb: "status", more: "--watch" };

    /// The command for somebody who has to fill in the spec's path.
    #[must_use]
    pub fn for_any_spec(self) -> String {
        match self {
            Self::Command { verb, more: "" } => format!("pipectl {verb} SPEC"),
            Self::Command { verb, more } => format!("pipectl {verb} SPEC {more}"),
            Self::Field(field) => format!("pipectl explain {field}"),
        }
    }
}
