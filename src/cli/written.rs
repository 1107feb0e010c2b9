use camino::Utf8Path;

use super::Stop;
use crate::deploy::replace_file;
use crate::diagnostic::{Failure, codes};
use crate::report::Console;

/// Writes a file and the folders it is in, and says so.
pub(super) fn write(path: &Utf8Path, text: &str, console: &mut Console) -> Result<(), Stop> {
    let parent = path.parent().unwrap_or(Utf8Path::new("."));
    fs_err::create_dir_all(parent)
        .and_then(|()| fs_err::write(path, text))
        .map_err(|error| unwritable(path, &error))?;
    console.note(&format!("  wrote  {path}"));
    Ok(())
}

/// Puts bytes in the place of a file's, whole or not at all, for its owner alone.
pub(super) fn replace(path: &Utf8Path, bytes: impl AsRef<[u8]>) -> Result<(), Stop> {
    Ok(replace_file(path, bytes).map_err(|error| unwritable(path, &error))?)
}

fn unwritable(path: &Utf8Path, error: &std::io::Error) -> Failure {
    Failure::failed(
        codes::SOURCE_UNWRITABLE,
        format!("`{path}` cannot be written: {}", error.kind()),
        "check the folder's permissions, or name another folder",
    )
}
