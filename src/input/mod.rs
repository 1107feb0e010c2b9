//! Path → bytes: the one module that opens files for reading, and the rules of what may be read.
//!
//! A spec is often reviewed on a stranger's branch. What its folder holds must neither show a file from elsewhere (a link,
//! dots in a name), nor hang the reader (a pipe), nor fill its memory (a device, a file of many gigabytes).

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

/// How a path came to pipectl, which decides what may be behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// Of the user's own machine: state of pipectl's, a file that the environment names. Any regular file, links included.
    Own,
    /// Written by pipectl for itself, and what it says decides what is done: a regular file of this user's, and not a link.
    Private,
    /// Typed on the command line: a pipe, `-` and `/dev/stdin` as well. A link is followed only to a file that
    /// [`Origin::Found`] could be.
    Named,
    /// Found in a folder: a regular file, and behind a link only YAML or JSON of the same folder or repository.
    Found,
    /// Named by a spec: a regular file that lies really below `folder`, is not hidden there, and has one of these endings.
    Within { folder: &'a Utf8Path, endings: &'a [&'a str] },
    /// Extended by a spec in `folder`: as [`Origin::Within`], or below the folder's repository.
    Repository { folder: &'a Utf8Path, endings: &'a [&'a str] },
}

/// The endings of specs, of what they extend, and of their resources and samples.
pub const DATA: &[&str] = &[".yaml", ".yml", ".json"];

/// Everything that a file holds, or a pipe gives; at most `limit` bytes.
///
/// # Errors
/// It may not be read, cannot be, or has more.
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

/// Whether [`read`] would open a path: what is there is of a kind that may be read, and lies where it may. Nothing is opened.
#[must_use]
pub fn may_be_read(path: &Utf8Path, origin: Origin<'_>) -> bool {
    let path = path.as_std_path();
    link::check_name(path, origin).is_ok()
        && open::judge(path, origin).is_ok()
        && link::check(path, origin, link::Kind::File).is_ok()
}

/// The path without links and dots, where it leads to something; else as it is. Two names of one file have one.
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

/// Whether a folder that a spec names may be used.
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
