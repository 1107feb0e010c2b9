use camino::Utf8Path;

use super::Stop;
use crate::report::{Console, Format, diagnostics_text};
use crate::source;
use crate::validate::{CheckedSpec, validate};

/// Reads and checks the spec a command works on. Warnings are told and do not stop it.
pub(super) fn load(path: &Utf8Path, console: &mut Console) -> Result<CheckedSpec, Stop> {
    let checked = validate(&source::read(path)?, false)?;
    if !checked.warnings().is_empty() && console.format == Format::Human {
        console.note(&(diagnostics_text(checked.warnings(), checked.sources()) + "\n"));
    }
    Ok(checked)
}
