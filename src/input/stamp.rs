//! Has a file changed?

use std::time::SystemTime;

use camino::Utf8Path;

/// Shows whether a file has changed, in place or by replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    #[cfg(unix)]
    inode: u64,
}

/// The stamp of a file, without opening it; `None` if there is none.
#[must_use]
pub fn stamp(path: &Utf8Path) -> Option<Stamp> {
    let metadata = fs_err::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some(Stamp {
        modified: metadata.modified().ok(),
        bytes: metadata.len(),
        #[cfg(unix)]
        inode: std::os::unix::fs::MetadataExt::ino(&metadata),
    })
}
