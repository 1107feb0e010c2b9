use std::io::{self, Read as _};

use camino::Utf8Path;
use fs_err::OpenOptions;

use super::kind::require_regular;

/// Reads a file that pipectl wrote for itself, up to `most` bytes. What it finds there decides what is done, so it must be a
/// regular file of this user's and not a link; nothing is waited for.
///
/// # Errors
/// What the file system says, or that it is not such a file or longer.
pub fn read_own(path: &Utf8Path, most: u64) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(without_waiting() | without_links());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    require_regular(&metadata)?;
    require_owner(&metadata)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is longer than {most} bytes")));
    }
    Ok(bytes)
}

/// The superuser may work in a folder of another user, who could not write here as the superuser.
#[cfg(unix)]
fn require_owner(metadata: &std::fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let user = rustix::process::geteuid();
    if user.is_root() || metadata.uid() == user.as_raw() {
        return Ok(());
    }
    Err(io::Error::other("it belongs to another user"))
}

#[cfg(not(unix))]
fn require_owner(_: &std::fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Opening a pipe or a device returns at once.
#[cfg(unix)]
pub(super) fn without_waiting() -> i32 {
    (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits().cast_signed()
}

#[cfg(unix)]
fn without_links() -> i32 {
    rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()
}

#[cfg(all(test, unix))]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;

    #[test]
    fn only_a_regular_file_of_a_known_size_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| Utf8PathBuf::from_path_buf(folder.path().join(name)).expect("UTF-8");
        fs_err::write(path("file"), "12345").expect("a file");
        assert_eq!(read_own(&path("file"), 5).expect("bytes"), b"12345");
        assert!(read_own(&path("file"), 4).is_err());
        std::os::unix::fs::symlink("file", path("link")).expect("a link");
        assert!(read_own(&path("link"), 5).is_err());
        let made = std::process::Command::new("mkfifo").arg(path("pipe")).status().expect("mkfifo");
        assert!(made.success() && read_own(&path("pipe"), 5).is_err());
        assert!(read_own(Utf8Path::new("/dev/zero"), 5).is_err());
        assert!(read_own(&path(""), 5).is_err());
    }
}
