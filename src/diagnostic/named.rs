use std::fmt;

use super::code::CODES;

/// A stable name for one kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    pub name: &'static str,
    pub explanation: &'static str,
}

impl Code {
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        CODES.iter().copied().find(|code| code.name == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
