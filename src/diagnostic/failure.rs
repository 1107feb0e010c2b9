use super::{Code, Diagnostic, Exit, SourceText};

/// Why a command ends early: what to print, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    pub diagnostics: Vec<Diagnostic>,
    /// The files that the diagnostics refer to.
    pub sources: Vec<SourceText>,
}

impl Failure {
    #[must_use]
    pub fn new(exit: Exit, diagnostic: Diagnostic) -> Self {
        Self { exit, diagnostics: vec![diagnostic], sources: Vec::new() }
    }

    /// The usual case: the operation failed, with one reason and one help.
    #[must_use]
    pub fn failed(code: Code, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Exit::Failed, Diagnostic::error(code, message).help(help))
    }

    #[must_use]
    pub fn refused(code: Code, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Exit::Refused, Diagnostic::error(code, message).help(help))
    }

    #[must_use]
    pub fn invalid(diagnostics: Vec<Diagnostic>, sources: Vec<SourceText>) -> Self {
        Self { exit: Exit::InvalidSpec, diagnostics, sources }
    }
}
