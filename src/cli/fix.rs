//! `validate --fix`: writes the certain edits.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, Edit, Failure, SourceText, apply_edits, codes};
use crate::input::{self, Origin};
use crate::save::{self, Access, Link};

/// The byte order mark of UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();
/// Bytes of a spec.
const LARGEST: u64 = 1024 * 1024;

/// What [`fix`] did to one file.
pub(super) struct Fixed {
    pub(super) path: Utf8PathBuf,
    pub(super) edits: usize,
}

/// Applies the certain fixes of the diagnostics to their files. Comments and layout are unchanged.
///
/// # Errors
/// A file cannot be written. Each file is replaced completely or not at all.
pub(super) fn fix(diagnostics: &[Diagnostic], sources: &[SourceText]) -> Result<Vec<Fixed>, Failure> {
    let mut edits: BTreeMap<usize, Vec<&Edit>> = BTreeMap::new();
    for edit in diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()).flat_map(|fix| &fix.edits)
    {
        edits.entry(edit.location.file.0).or_default().push(edit);
    }
    let mut fixed = Vec::new();
    for (file, edits) in edits {
        let Some(source) = sources.get(file) else { continue };
        let count = edits.len();
        let text = apply_edits(&source.text, edits);
        replace(&source.path, &text).map_err(|error| {
            Failure::failed(
                codes::SOURCE_UNWRITABLE,
                format!("`{}` cannot be written: {}", source.path, save::reason(&error)),
                "check the file's permissions, or make the edits yourself",
            )
        })?;
        fixed.push(Fixed { path: source.path.clone(), edits: count });
    }
    Ok(fixed)
}

/// Replaces a file's text, completely or not at all. Permissions and byte order mark are preserved.
fn replace(path: &Utf8Path, text: &str) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    if input::read(path, Origin::Found, LARGEST)?.starts_with(MARK) {
        bytes.extend_from_slice(MARK);
    }
    bytes.extend_from_slice(text.as_bytes());
    save::replace(path, &bytes, Access::Usual, Link::Follow)
}
