//! The floor: what every stage says when something is wrong, and with which exit code.
//!
//! A `Diagnostic` is data. Stages make them, `report` prints them.

mod code;
mod exit;
mod failure;
mod fix;
mod named;
mod place;
mod source_text;
mod visible;

use serde::Serialize;

pub use code::{CODES, codes};
pub use exit::Exit;
pub use failure::Failure;
pub use fix::{Edit, Fix, apply_edits};
pub use named::Code;
pub use place::{FileId, Place, Position, Span};
pub use source_text::SourceText;
pub use visible::{harmless, harmless_lines, is_visible, push as push_visible};

/// One thing that is wrong, with its place, its reason and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// One line: lowercase, no full stop, backticks around names.
    pub message: String,
    /// JSON pointer of the value in the spec (`/processor/batch/size`); empty for the
    /// whole document and for what is not about a spec.
    pub path: String,
    /// `None` for what has no place in a file: a missing program, a refused call.
    pub place: Option<Place>,
    /// Other places that explain this one, such as the second field of a cross-field rule.
    pub related: Vec<Related>,
    /// The exact edit to make or command to type.
    pub help: Option<String>,
    /// The edit itself, where there is only one that can be meant.
    pub fix: Option<Fix>,
}

/// A second place of a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    pub message: String,
    pub path: String,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
}

impl Diagnostic {
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            path: String::new(),
            place: None,
            related: Vec::new(),
            help: None,
            fix: None,
        }
    }

    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    #[must_use]
    pub fn at(mut self, path: impl Into<String>, place: Place) -> Self {
        self.path = path.into();
        self.place = Some(place);
        self
    }

    #[must_use]
    pub fn related(mut self, message: impl Into<String>, path: impl Into<String>, place: Place) -> Self {
        self.related.push(Related { message: message.into(), path: path.into(), place });
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Sorts by place (file, then position, then code) and drops exact repetitions, so that
/// one mistake seen by two checks is told once.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|left, right| {
        let place = |diagnostic: &Diagnostic| diagnostic.place.map(|place| (place.file, place.span.start));
        place(left)
            .cmp(&place(right))
            .then_with(|| left.severity.cmp(&right.severity))
            .then_with(|| left.code.name.cmp(right.code.name))
            .then_with(|| left.message.cmp(&right.message))
    });
    diagnostics.dedup();
}
