//! A file that another program may change.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Access, Link, replace};

/// A file for another program to change, in a folder that only its owner may enter.
#[derive(Debug)]
pub struct Scratch {
    folder: tempfile::TempDir,
    path: Utf8PathBuf,
}

/// Creates one. It is deleted with the value, unless it is retained.
///
/// # Errors
/// The error of the file system.
pub fn scratch(name: &str, text: &str) -> io::Result<Scratch> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("pipectl-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = builder.tempdir()?;
    let path = Utf8Path::from_path(folder.path())
        .ok_or_else(|| io::Error::other("the name of the folder for temporary files is not UTF-8"))?
        .join(name);
    replace(&path, text.as_bytes(), Access::Owner, Link::Replace)?;
    Ok(Scratch { folder, path })
}

impl Scratch {
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Retains the file, and returns its path.
    #[must_use]
    pub fn keep(self) -> Utf8PathBuf {
        let _stays = self.folder.keep();
        self.path
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_its_owner_reads_it_and_it_is_deleted_unless_retained() {
        let file = scratch("m-1.json", "{}").expect("a file");
        let path = file.path().to_owned();
        let mode = |path: &Utf8Path| path.metadata().expect("a file").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
        drop(file);
        assert!(!path.exists());
        let retained = scratch("m-1.json", "{}").expect("a file").keep();
        assert!(retained.exists());
        fs_err::remove_dir_all(retained.parent().expect("a folder")).expect("removed");
    }
}
