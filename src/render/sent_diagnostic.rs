//! Diagnostics on their way between two processes.

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Diagnostic, Location, Related};

/// A diagnostic that is passed between two processes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SentDiagnostic {
    code: String,
    message: String,
    path: String,
    location: Option<Location>,
    related: Vec<(String, String, Location)>,
    help: Option<String>,
}

impl SentDiagnostic {
    /// From an error without a fix, which is all that a stack's files can have.
    pub(super) fn new(diagnostic: &Diagnostic) -> Self {
        let related = diagnostic.related.iter();
        Self {
            code: diagnostic.code.name.to_owned(),
            message: diagnostic.message.clone(),
            path: diagnostic.path.clone(),
            location: diagnostic.location,
            related: related
                .map(|related| (related.message.clone(), related.path.clone(), related.location))
                .collect(),
            help: diagnostic.help.clone(),
        }
    }

    /// `None` for an unknown code.
    pub(super) fn diagnostic(self) -> Option<Diagnostic> {
        let related = self.related.into_iter();
        Some(Diagnostic {
            path: self.path,
            location: self.location,
            related: related.map(|(message, path, location)| Related { message, path, location }).collect(),
            help: self.help,
            ..Diagnostic::error(Code::find(&self.code)?, self.message)
        })
    }
}
