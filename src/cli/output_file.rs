//! Files that a command writes under names of its own choice.

use camino::Utf8Path;

use super::Stop;
use crate::diagnostic::{Failure, codes};
use crate::report::Console;
use crate::save::{self, Access, Link, Own};

/// Whether the path exists, even as a broken link.
pub(super) fn is_there(path: &Utf8Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Writes a file that pipectl names, creates its folders, and reports it.
pub(super) fn write(path: &Utf8Path, text: &str, console: &mut Console) -> Result<(), Stop> {
    save::make_folder(path)
        .and_then(|()| save::replace(path, text.as_bytes(), Access::Usual, Link::Replace))
        .map_err(|error| unwritable(path, &error))?;
    console.note(&format!("  wrote  {path}"));
    Ok(())
}

/// Writes a file that the user named, readable by its owner only, and creates its folders. An existing file of another
/// kind is not replaced.
pub(super) fn replace(path: &Utf8Path, bytes: impl AsRef<[u8]>, own: Own) -> Result<(), Stop> {
    save::make_folder(path)
        .and_then(|()| save::replace_own(path, bytes.as_ref(), Access::Owner, own))
        .map_err(|error| Stop::Failure(unwritable(path, &error)))
}

/// Appends lines to a file that the user named; they are on the disk when this returns. `begins`: the ways in which a
/// file of such lines can begin.
pub(super) fn add(path: &Utf8Path, lines: &[String], begins: &[&str]) -> Result<(), Stop> {
    save::append(path, lines, begins).map_err(|error| Stop::Failure(unwritable(path, &error)))
}

fn unwritable(path: &Utf8Path, error: &std::io::Error) -> Failure {
    Failure::failed(
        codes::SOURCE_UNWRITABLE,
        format!("`{path}` cannot be written: {}", save::reason(error)),
        "check the folder's permissions and the space on its disk, or name another file",
    )
}
