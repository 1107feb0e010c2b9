use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, Edit, Failure, SourceText, apply_edits, codes};
use crate::input::{self, Origin};

/// Bytes of a spec.
const LARGEST: u64 = 1024 * 1024;

/// What [`fix`] did to one file.
pub(super) struct Fixed {
    pub(super) path: Utf8PathBuf,
    pub(super) edits: usize,
}

/// Makes the certain edits of the diagnostics in their files. Comments and layout stay as they are.
///
/// # Errors
/// A file cannot be written. Each is replaced as a whole or not at all.
pub(super) fn fix(diagnostics: &[Diagnostic], sources: &[SourceText]) -> Result<Vec<Fixed>, Failure> {
    let mut edits: BTreeMap<usize, Vec<&Edit>> = BTreeMap::new();
    for edit in diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()).flat_map(|fix| &fix.edits)
    {
        edits.entry(edit.place.file.0).or_default().push(edit);
    }
    let mut fixed = Vec::new();
    for (file, edits) in edits {
        let Some(source) = sources.get(file) else { continue };
        let count = edits.len();
        let text = apply_edits(&source.text, edits);
        replace(&source.path, &text).map_err(|error| {
            Failure::failed(
                codes::SOURCE_UNWRITABLE,
                format!("`{}` cannot be written: {error}", source.path),
                "check the file's permissions, or make the edits by hand",
            )
        })?;
        fixed.push(Fixed { path: source.path.clone(), edits: count });
    }
    Ok(fixed)
}

/// Puts a text in the place of a file's, whole or not at all, with its permissions and its byte order mark.
fn replace(path: &Utf8Path, text: &str) -> std::io::Result<()> {
    let before = input::read(path, Origin::Found, LARGEST)?;
    let path = fs_err::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    if before.starts_with("\u{feff}".as_bytes()) {
        file.write_all("\u{feff}".as_bytes())?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs_err::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}
