//! Diagnostics on their way between two processes.

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Diagnostic, Place, Related};

/// A diagnostic that is passed between two processes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    code: String,
    message: String,
    path: String,
    place: Option<Place>,
    related: Vec<(String, String, Place)>,
    help: Option<String>,
}

impl Told {
    /// From an error without a fix, which is all that a stack's files can have.
    pub(super) fn new(diagnostic: &Diagnostic) -> Self {
        let related = diagnostic.related.iter();
        Self {
            code: diagnostic.code.name.to_owned(),
            message: diagnostic.message.clone(),
            path: diagnostic.path.clone(),
            place: diagnostic.place,
            related: related
                .map(|related| (related.message.clone(), related.path.clone(), related.place))
                .collect(),
            help: diagnostic.help.clone(),
        }
    }

    /// `None` for an unknown code.
    pub(super) fn diagnostic(self) -> Option<Diagnostic> {
        let related = self.related.into_iter();
        Some(Diagnostic {
            path: self.path,
            place: self.place,
            related: related.map(|(message, path, place)| Related { message, path, place }).collect(),
            help: self.help,
            ..Diagnostic::error(Code::find(&self.code)?, self.message)
        })
    }
}
