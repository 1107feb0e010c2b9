//! Path → bytes: the only module that opens files for reading, and the rules of what may be read.
//!
//! A spec is often reviewed on an untrusted branch. Its folder must not disclose a file from elsewhere (a link, dots in
//! a name), block the reader (a pipe), or fill its memory (a device, a file of many gigabytes).

mod browse;
mod lines;
mod link;
mod list;
mod open;
mod refusal;
mod stamp;
mod stream;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use camino::Utf8Path;

pub use browse::browse;
pub use lines::{Lines, lines};
pub use list::{Listing, list};
pub use open::open;
pub use refusal::{Fault, Refusal};
pub use stamp::{Stamp, stamp};

/// Where a path comes from, which decides what it may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// From the user's own machine: pipectl's state, a file that the environment names. Any regular file, including
    /// links.
    Own,
    /// Written by pipectl for itself, and decides what is executed: a regular file of this user, and not a link.
    Private,
    /// From the command line: also a pipe, `-` and `/dev/stdin`. A link is followed only to a file that
    /// [`Origin::Found`] allows.
    Named,
    /// Found in a folder: a regular file; through a link, only YAML or JSON of the same folder or repository.
    Found,
    /// Named by a spec: a regular file whose real path is below `folder`, not hidden there, and with one of these
    /// endings.
    Within { folder: &'a Utf8Path, endings: &'a [&'a str] },
    /// Extended by a spec in `folder`: as [`Origin::Within`], or below the folder's repository.
    Repository { folder: &'a Utf8Path, endings: &'a [&'a str] },
}

/// The endings of specs, of their bases, and of their resources and samples.
pub const DATA: &[&str] = &[".yaml", ".yml", ".json"];

/// The content of a file or a pipe; at most `limit` bytes.
///
/// # Errors
/// It may not be read, cannot be read, or is larger.
pub fn read(path: impl AsRef<Path>, origin: Origin<'_>, limit: u64) -> Result<Vec<u8>, Refusal> {
    let path = path.as_ref();
    if origin == Origin::Named && stream::is_standard_input(path) {
        return stream::standard_input()?.all(limit);
    }
    link::check_name(path, origin)?;
    let judged = open::judge(path, origin)?;
    link::check(path, origin, link::Kind::File)?;
    if judged.is_file() {
        open::content(path, &judged, limit)
    } else {
        stream::pipe(path, &judged)?.all(limit)
    }
}

/// The first bytes of a file, `limit` at most.
///
/// # Errors
/// As for [`read`], and it is not a regular file.
pub fn head(path: impl AsRef<Path>, origin: Origin<'_>, limit: u64) -> Result<Vec<u8>, Refusal> {
    let path = path.as_ref();
    link::check_name(path, origin)?;
    let judged = open::judge(path, origin)?;
    link::check(path, origin, link::Kind::File)?;
    let mut bytes = Vec::new();
    let read = open::regular(path, &judged)?.take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Refusal::of(&error))?;
    Ok(bytes)
}

/// Whether [`read`] would open a path: its kind and location are allowed. Nothing is opened.
#[must_use]
pub fn may_be_read(path: &Utf8Path, origin: Origin<'_>) -> bool {
    let path = path.as_std_path();
    link::check_name(path, origin).is_ok()
        && open::judge(path, origin).is_ok()
        && link::check(path, origin, link::Kind::File).is_ok()
}

/// The path with links and dots resolved, if it exists; else unchanged. Two names of one file have the same canonical
/// path.
#[must_use]
pub fn canonical(path: &Utf8Path) -> PathBuf {
    fs_err::canonicalize(path).unwrap_or_else(|_| path.into())
}

/// As [`read`], as text.
///
/// # Errors
/// As for [`read`], or it is not UTF-8.
pub fn text(path: impl AsRef<Path>, origin: Origin<'_>, limit: u64) -> Result<String, Refusal> {
    String::from_utf8(read(path, origin, limit)?).map_err(|_| Refusal::NotUtf8)
}

/// Checks a folder that a spec names.
///
/// # Errors
/// It is not a folder, or not one that `origin` allows.
pub fn folder(path: &Utf8Path, origin: Origin<'_>) -> Result<(), Refusal> {
    let metadata = fs_err::metadata(path).map_err(|error| Refusal::of(&error))?;
    if metadata.is_dir() {
        link::check(path.as_std_path(), origin, link::Kind::Folder)
    } else {
        Err(Refusal::NotAFolder)
    }
}
