//! Refuses to write to anything but a regular file.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

/// Most links in a row that are followed, as on Linux.
const LINKS: usize = 40;

/// Rejects everything except regular files: writing to a device loses the bytes, and opening a pipe may block forever.
pub(super) fn require_regular(metadata: &std::fs::Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let kind = if metadata.is_dir() { "it is a folder" } else { "it is a device, a pipe or a socket" };
    Err(io::Error::other(format!("{kind}, not a regular file")))
}

/// The final target of a link, even if that does not exist yet; any other path unchanged.
pub(super) fn follow(path: &Utf8Path) -> io::Result<Utf8PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = path.read_link_utf8() else { return Ok(path) };
        path = folder_of(&path).join(target);
    }
    Err(io::Error::other("it is a circular link"))
}

pub(super) fn folder_of(path: &Utf8Path) -> &Utf8Path {
    path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

/// Creates the folder that contains a file, and its parents.
///
/// # Errors
/// The error of the file system.
pub fn make_folder(path: &Utf8Path) -> io::Result<()> {
    fs_err::create_dir_all(folder_of(path))
}

/// Opening a pipe or a device returns at once.
#[cfg(unix)]
pub(super) fn without_waiting() -> i32 {
    (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits().cast_signed()
}

/// Flushes a new name to the disk. Some file systems cannot do that for a folder alone, and need not.
pub(super) fn sync_folder(folder: &Utf8Path) -> io::Result<()> {
    match fs_err::File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Err(error)
        }
        _ => Ok(()),
    }
}
