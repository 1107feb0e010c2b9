use std::fs::{Metadata, Permissions};
use std::io::{self, Read as _, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

#[cfg(unix)]
use super::kind::without_waiting;
use super::kind::{folder_of, follow, require_regular, sync_folder};

/// Who may read the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone, whoever could read the previous file.
    Owner,
    /// The same as for the previous file; a new file gets the usual permissions.
    Usual,
}

/// The treatment of a symbolic link in place of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The file it points to is written: the user named it.
    Follow,
    /// The link itself is replaced. The name is pipectl's, so a link there belongs to someone else, and may point to a
    /// file that must not change.
    Replace,
}

/// Replaces the content of a file, as a whole or not at all, and flushes it to the disk. Its folder must exist.
///
/// # Errors
/// The error of the file system, or the path is not a regular file. The previous file is then unchanged, and no new file
/// exists.
pub fn replace(path: &Utf8Path, bytes: &[u8], access: Access, link: Link) -> io::Result<()> {
    let (path, former) = target(path, link)?;
    let folder = folder_of(&path);
    let mut file = temporary(folder, access)?;
    file.write_all(bytes)?;
    if let Some(former) = former.filter(|_| access == Access::Usual) {
        keep_owner(&file, &former);
        file.as_file().set_permissions(former.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    sync_folder(folder)
}

/// Bytes by which the kind of a file is recognised.
const HEAD: u64 = 256;

/// A kind of files that pipectl writes.
#[derive(Debug, Clone, Copy)]
pub struct Own {
    /// Such as `a saved plan`.
    pub what: &'static str,
    /// Whether a file that begins with these bytes is one; for a longer file these are the first 256.
    pub begins: fn(&[u8]) -> bool,
}

/// Replaces the content of a file that the user named, as [`replace`] does, if the file is of the same kind, empty or
/// missing: a mistyped name, or one that leads through a link, belongs to another file.
///
/// # Errors
/// As for [`replace`], or another kind of file exists.
pub fn replace_own(path: &Utf8Path, bytes: &[u8], access: Access, own: Own) -> io::Result<()> {
    let (target, former) = target(path, Link::Follow)?;
    if former.is_some() {
        let mut head = Vec::new();
        let mut options = fs_err::OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        fs_err::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, without_waiting());
        options.open(&target)?.take(HEAD).read_to_end(&mut head)?;
        if !head.is_empty() && !(own.begins)(&head) {
            return Err(io::Error::other(format!("it already exists and is not {} from pipectl", own.what)));
        }
    }
    replace(&target, bytes, access, Link::Follow)
}

/// The path that is written, and the metadata of the existing file.
fn target(path: &Utf8Path, link: Link) -> io::Result<(Utf8PathBuf, Option<Metadata>)> {
    let path = if link == Link::Follow { follow(path)? } else { path.to_owned() };
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => Ok((path, None)),
        Ok(metadata) => {
            require_regular(&metadata)?;
            Ok((path, Some(metadata)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((path, None)),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn temporary(folder: &Utf8Path, access: Access) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    // The system removes the permissions that the process's mask forbids.
    let mode = if access == Access::Owner { 0o600 } else { 0o666 };
    tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary(folder: &Utf8Path, _: Access) -> io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(folder)
}

/// Another user's file that the superuser replaces retains its owner, as if it were written in place.
#[cfg(unix)]
fn keep_owner(file: &tempfile::NamedTempFile, former: &Metadata) {
    use std::os::unix::fs::MetadataExt as _;
    let _not_allowed = std::os::unix::fs::fchown(file.as_file(), Some(former.uid()), Some(former.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &tempfile::NamedTempFile, _: &Metadata) {}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        (folder, path)
    }

    fn mode(path: &Utf8Path) -> u32 {
        path.metadata().expect("a file").permissions().mode() & 0o777
    }

    #[test]
    fn the_mode_is_the_former_files_or_its_owners_alone() {
        let (_folder, folder) = folder();
        let file = folder.join("page.html");
        fs_err::write(&file, "old").expect("a file");
        fs_err::set_permissions(&file, Permissions::from_mode(0o640)).expect("a mode");
        replace(&file, b"new", Access::Usual, Link::Follow).expect("a file");
        assert_eq!((fs_err::read_to_string(&file).expect("text").as_str(), mode(&file)), ("new", 0o640));
        replace(&file, b"secret", Access::Owner, Link::Follow).expect("a file");
        assert_eq!(mode(&file), 0o600);
        let fresh = folder.join("fresh");
        fs_err::write(folder.join("usual"), "").expect("a file");
        replace(&fresh, b"", Access::Usual, Link::Follow).expect("a file");
        assert_eq!(mode(&fresh), mode(&folder.join("usual")));
    }

    #[test]
    fn a_link_is_followed_only_where_the_user_named_it() {
        let (_folder, folder) = folder();
        let (target, link) = (folder.join("target"), folder.join("link"));
        symlink("target", &link).expect("a link");
        replace(&link, b"followed", Access::Usual, Link::Follow).expect("a file");
        assert_eq!(fs_err::read_to_string(&target).expect("text"), "followed");
        assert!(link.is_symlink());
        replace(&link, b"mine", Access::Usual, Link::Replace).expect("a file");
        assert_eq!(fs_err::read_to_string(&target).expect("text"), "followed");
        assert!(!link.is_symlink());
        symlink("circle", folder.join("circle")).expect("a link");
        let error = replace(&folder.join("circle"), b"", Access::Usual, Link::Follow).expect_err("a circle");
        assert!(error.to_string().contains("circular link"), "{error}");
    }

    #[test]
    fn only_a_file_of_the_same_kind_is_replaced_as_ones_own() {
        let (_folder, folder) = folder();
        let own = Own { what: "a page", begins: |head| head.starts_with(b"page") };
        let (file, link) = (folder.join("file"), folder.join("link"));
        symlink("file", &link).expect("a link");
        for (former, taken) in [(None, true), (Some("page 1"), true), (Some(""), true), (Some("mine"), false)]
        {
            for path in [&file, &link] {
                let _absent = fs_err::remove_file(&file);
                if let Some(former) = former {
                    fs_err::write(&file, former).expect("a file");
                }
                let written = replace_own(path, b"page 2", Access::Usual, own);
                assert_eq!(written.is_ok(), taken, "{former:?}: {written:?}");
                let text = fs_err::read_to_string(&file).expect("text");
                assert_eq!(text, if taken { "page 2" } else { "mine" });
            }
        }
        let error = replace_own(&file, b"page 2", Access::Usual, own).expect_err("another's");
        assert_eq!(error.to_string(), "it already exists and is not a page from pipectl");
    }

    #[test]
    fn what_is_no_regular_file_is_refused_and_nothing_is_left() {
        let (_folder, folder) = folder();
        for path in [folder.clone(), Utf8PathBuf::from("/dev/null")] {
            for link in [Link::Follow, Link::Replace] {
                let error = replace(&path, b"lost", Access::Usual, link).expect_err("not a file");
                assert!(error.to_string().contains("not a regular file"), "{error}");
            }
        }
        assert_eq!(folder.read_dir_utf8().expect("a folder").count(), 0);
    }
}
