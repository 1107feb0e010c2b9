//! The base of all stages: errors and warnings, and exit codes.
//!
//! A `Diagnostic` is data. Stages make them, `report` prints them.

mod code;
mod exit;
mod failure;
mod fix;
mod location;
mod named;
mod source_text;
mod visible;

use serde::Serialize;

pub use code::{CODES, codes};
pub use exit::Exit;
pub use failure::Failure;
pub use fix::{Edit, Fix, apply_edits};
pub use location::{FileId, Location, Position, Span};
pub use named::Code;
pub use source_text::SourceText;
pub use visible::{is_visible, printable, printable_lines, push as push_visible};

/// One error or warning, with its location, its reason and its help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// One line: lowercase, no full stop, backticks around names.
    pub message: String,
    /// JSON pointer of the value in the spec (`/processor/batch/size`); empty for the whole document and for what is
    /// not about a spec.
    pub path: String,
    /// `None` for what has no location in a file: a missing program, a failed call.
    pub location: Option<Location>,
    /// Other locations that explain this one, such as the second field of a cross-field rule.
    pub related: Vec<Related>,
    /// The exact edit or command.
    pub help: Option<String>,
    /// The edit itself, if only one is possible.
    pub fix: Option<Fix>,
}

/// A second location of a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    pub message: String,
    pub path: String,
    pub location: Location,
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
            message: bounded(message.into()),
            path: String::new(),
            location: None,
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
    pub fn at(mut self, path: impl Into<String>, location: Location) -> Self {
        self.path = pointer(path.into());
        self.location = Some(location);
        self
    }

    #[must_use]
    pub fn related(
        mut self,
        message: impl Into<String>,
        path: impl Into<String>,
        location: Location,
    ) -> Self {
        self.related.push(Related { message: bounded(message.into()), path: pointer(path.into()), location });
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(bounded(help.into()));
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

/// The most bytes of a text and of a pointer: a hostile file has a key of half a megabyte, with thousands of errors
/// under it.
const LONGEST: usize = 8192;

/// The text, cut to a length that can be printed thousands of times.
fn bounded(text: String) -> String {
    if text.len() <= LONGEST {
        return text;
    }
    let cut = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    format!("{} … {}", &text[..cut(LONGEST / 2)], &text[cut(text.len() - LONGEST / 4)..])
}

/// A JSON pointer; if it is too long, that of the nearest enclosing value.
fn pointer(path: String) -> String {
    match path.get(..=LONGEST) {
        Some(begin) => begin.rsplit_once('/').map_or("", |(around, _)| around).to_owned(),
        None if path.len() > LONGEST => String::new(),
        None => path,
    }
}

/// Sorts by location (file, then position, then code) and removes exact duplicates, so that an error that two checks
/// find is reported once.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|left, right| {
        let location = |diagnostic: &Diagnostic| {
            diagnostic.location.map(|location| (location.file, location.span.start))
        };
        location(left)
            .cmp(&location(right))
            .then_with(|| left.severity.cmp(&right.severity))
            .then_with(|| left.code.name.cmp(right.code.name))
            .then_with(|| left.message.cmp(&right.message))
    });
    diagnostics.dedup();
}
