use std::fs::Metadata;
use std::io::Read as _;
use std::path::Path;

use super::{Origin, Refusal};

/// Opens a regular file of the user's own machine, to read parts of it.
///
/// # Errors
/// It is not a regular file, or cannot be opened.
pub fn open(path: impl AsRef<Path>) -> Result<fs_err::File, Refusal> {
    let path = path.as_ref();
    regular(path, &judge(path, Origin::Own)?)
}

/// The metadata of a path, if its kind may be read. Nothing is opened: opening starts some devices, and wakes the
/// writer of a pipe.
pub(super) fn judge(path: &Path, origin: Origin<'_>) -> Result<Metadata, Refusal> {
    let private = origin == Origin::Private;
    let metadata = if private { fs_err::symlink_metadata(path) } else { fs_err::metadata(path) };
    let metadata = metadata.map_err(|error| Refusal::of(&error))?;
    match kind(&metadata) {
        None if private && !is_mine(&metadata) => Err(Refusal::Foreign),
        None => Ok(metadata),
        Some(PIPE) if origin == Origin::Named => Ok(metadata),
        Some(_) if metadata.is_dir() => Err(Refusal::Folder),
        Some(kind) => Err(Refusal::NotAFile(kind)),
    }
}

/// The content of the regular file that was checked.
pub(super) fn content(path: &Path, judged: &Metadata, limit: u64) -> Result<Vec<u8>, Refusal> {
    let file = regular(path, judged)?;
    // A sparse file can claim any size.
    if judged.len() > limit {
        return Err(Refusal::TooLarge(limit));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| Refusal::of(&error))?;
    if bytes.len() as u64 > limit { Err(Refusal::TooLarge(limit)) } else { Ok(bytes) }
}

/// Opens the file that was checked, and nothing that has replaced it since: opening a pipe would block until it has a
/// writer.
pub(super) fn regular(path: &Path, judged: &Metadata) -> Result<fs_err::File, Refusal> {
    let mut options = fs_err::OpenOptions::new();
    options.read(true);
    unblocked(&mut options);
    let file = options.open(path).map_err(|error| Refusal::of(&error))?;
    let metadata = file.metadata().map_err(|error| Refusal::of(&error))?;
    if metadata.is_file() && is_same(&metadata, judged) { Ok(file) } else { Err(Refusal::Replaced) }
}

pub(super) const PIPE: &str = "pipe";

/// The kind of a file that is not a regular one.
#[cfg(unix)]
pub(super) fn kind(metadata: &Metadata) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt as _;
    let of = metadata.file_type();
    if of.is_file() {
        return None;
    }
    let kinds = [
        (of.is_fifo(), PIPE),
        (of.is_socket(), "socket"),
        (of.is_dir(), "folder"),
        (of.is_symlink(), "link"),
        (true, "device"),
    ];
    kinds.into_iter().find_map(|(is_it, kind)| is_it.then_some(kind))
}

/// The superuser may work in a folder of another user, who could not write files owned by the superuser.
#[cfg(unix)]
fn is_mine(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let user = rustix::process::geteuid();
    user.is_root() || metadata.uid() == user.as_raw()
}

#[cfg(not(unix))]
fn is_mine(_: &Metadata) -> bool {
    true
}

#[cfg(not(unix))]
pub(super) fn kind(metadata: &Metadata) -> Option<&'static str> {
    if metadata.is_file() { None } else { Some("folder") }
}

#[cfg(unix)]
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.file_type() == other.file_type()
}

/// Does not wait for a pipe's writer, and does not acquire a controlling terminal.
#[cfg(unix)]
fn unblocked(options: &mut fs_err::OpenOptions) {
    use fs_err::os::unix::fs::OpenOptionsExt as _;
    use rustix::fs::OFlags;
    // The bits fit the system's `int`, whatever their type.
    if let Ok(flags) = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()) {
        options.custom_flags(flags);
    }
}

#[cfg(not(unix))]
fn unblocked(_: &mut fs_err::OpenOptions) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_pipectl_wrote_for_itself_is_a_regular_file_of_this_user() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let read = |name: &str| super::super::read(path(name), Origin::Private, 5);
        fs_err::write(path("file"), "12345").expect("a file");
        assert_eq!(read("file"), Ok(b"12345".to_vec()));
        fs_err::write(path("long"), "123456").expect("a file");
        assert_eq!(read("long"), Err(Refusal::TooLarge(5)));
        std::os::unix::fs::symlink("file", path("link")).expect("a link");
        assert_eq!(read("link"), Err(Refusal::NotAFile("link")));
        let made = std::process::Command::new("mkfifo").arg(path("pipe")).status().expect("mkfifo");
        assert!(made.success());
        assert_eq!(read("pipe"), Err(Refusal::NotAFile("pipe")));
        assert_eq!(read(""), Err(Refusal::Folder));
    }

    /// Between check and opening, the file is replaced by another one, or by a pipe without a writer.
    #[test]
    fn what_was_put_in_the_place_of_what_was_judged_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("spec.yaml");
        fs_err::write(&path, "version: 1\n").expect("a file");
        let judged = judge(&path, Origin::Found).expect("a file");
        assert_eq!(content(&path, &judged, 100), Ok(b"version: 1\n".to_vec()));
        assert_eq!(content(&path, &judged, 10), Err(Refusal::TooLarge(10)));

        let other = folder.path().join("other");
        fs_err::write(&other, "s3cret").expect("a file");
        fs_err::rename(&other, &path).expect("a file in its place");
        assert_eq!(content(&path, &judged, 100), Err(Refusal::Replaced));
        fs_err::remove_file(&path).expect("a file");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
        assert!(made.success());
        assert_eq!(content(&path, &judged, 100), Err(Refusal::Replaced));
    }
}
