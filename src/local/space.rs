//! Free space on a disk.

use camino::Utf8Path;

/// The bytes that a user may still write to the disk of a folder, which need not exist yet; `None`: unknown.
#[must_use]
pub fn free_bytes(folder: &Utf8Path) -> Option<u64> {
    let there = folder.ancestors().find(|one| one.is_dir())?;
    free(there)
}

#[cfg(unix)]
fn free(folder: &Utf8Path) -> Option<u64> {
    let known = rustix::fs::statvfs(folder.as_std_path()).ok()?;
    known.f_bavail.checked_mul(known.f_frsize)
}

#[cfg(not(unix))]
fn free(_: &Utf8Path) -> Option<u64> {
    None
}
