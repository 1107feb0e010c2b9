use std::io::{self, Write as _};

use camino::Utf8Path;

/// Puts bytes in the place of a file's, whole or not at all, for its owner alone, and makes the folders it is in.
///
/// # Errors
/// What the file system says; the former file is as it was then.
pub fn replace_file(path: &Utf8Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    fs_err::create_dir_all(folder)?;
    // Made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes.as_ref())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
