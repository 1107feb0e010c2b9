//! Reads and checks the spec of a command.

use camino::Utf8Path;

use super::Stop;
use super::chosen::refuse_production;
use crate::render::render;
use crate::report::{Console, Format, diagnostics_text};
use crate::sandbox::Process;
use crate::source::{self, SpecTree};
use crate::validate::{CheckedSpec, validate_but_for_code};

/// Reads and checks a command's spec. Warnings are printed and do not stop it.
pub(super) fn load(path: &Utf8Path, console: &mut Console) -> Result<CheckedSpec, Stop> {
    load_with_tree(path, console).map(|(checked, _)| checked)
}

/// The same for a command that builds the processor or decides events: it needs the code of the user's own.
pub(super) fn load_with_code(path: &Utf8Path, console: &mut Console) -> Result<CheckedSpec, Stop> {
    let checked = load(path, console)?;
    checked.require_code()?;
    Ok(checked)
}

/// As [`load`], with the tree it was read from.
pub(super) fn load_with_tree(
    path: &Utf8Path,
    console: &mut Console,
) -> Result<(CheckedSpec, SpecTree), Stop> {
    let tree = source::read(path)?;
    let checked = validate_but_for_code(&tree)?;
    refuse_production(path, checked.spec())?;
    // Errors in the user's own templates are reported before anything is built or called.
    let theirs =
        if checked.stack_files().is_empty() { Vec::new() } else { render(&checked, &Process)?.warnings };
    let warnings = [checked.warnings(), &theirs].concat();
    if !warnings.is_empty() && console.format == Format::Human {
        console.note(&(diagnostics_text(&warnings, checked.sources()) + "\n"));
    }
    Ok((checked, tree))
}

/// A failure of a deploy with the location of the field that it derives from.
pub(super) fn with_spec_locations(stop: Stop, checked: &CheckedSpec) -> Stop {
    let Stop::Failure(mut failure) = stop else { return stop };
    for diagnostic in &mut failure.diagnostics {
        if diagnostic.location.is_none() && !diagnostic.path.is_empty() {
            diagnostic.location = checked.location(&diagnostic.path);
        }
    }
    failure.sources = checked.sources().to_vec();
    Stop::Failure(failure)
}
