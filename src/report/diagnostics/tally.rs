//! The last line of a validation.

use camino::Utf8PathBuf;

use super::super::style;
use crate::diagnostic::{Diagnostic, printable};

/// The last line of a validation: the number of findings and of files.
#[must_use]
pub fn tally_text(specs: &[Utf8PathBuf], diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let counted = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let files = match specs {
        [only] => printable(only.as_str()),
        _ => counted(specs.len(), "spec"),
    };
    let fixable = diagnostics.iter().filter(|diagnostic| diagnostic.fix.is_some()).count();
    let fixes = match fixable {
        0 => String::new(),
        1 => "; `pipectl validate --fix` fixes one of them".to_owned(),
        _ => format!("; `pipectl validate --fix` fixes {fixable} of them"),
    };
    match (errors, warnings) {
        (0, 0) => format!("{} {files}", style::green("valid:")),
        (0, _) => format!(
            "{} {files}, with {}",
            style::green("valid:"),
            style::yellow(&counted(warnings, "warning"))
        ),
        (_, 0) => format!("{} in {files}{fixes}", style::red(&counted(errors, "error"))),
        _ => format!(
            "{}, {} in {files}{fixes}",
            style::red(&counted(errors, "error")),
            style::yellow(&counted(warnings, "warning"))
        ),
    }
}
