//! Replaces a folder as a whole.

use std::io;

use camino::Utf8Path;

use super::kind::{folder_of, sync_folder};

/// Replaces a folder by another one, all three beside each other: `former` is the temporary name of the replaced folder,
/// which is deleted in the end. After an interruption the next call continues, or [`take_back`] reverts it.
///
/// # Errors
/// The error of the file system; `location` or `former` is then the former folder.
pub fn replace_folder(new: &Utf8Path, location: &Utf8Path, former: &Utf8Path) -> io::Result<()> {
    take_back(location, former)?;
    remove(former)?;
    match fs_err::rename(location, former) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs_err::rename(new, location)?;
    sync_folder(folder_of(location))?;
    remove(former)
}

/// Restores the former folder of a replacement that was interrupted between its two steps.
///
/// # Errors
/// The error of the file system.
pub fn take_back(location: &Utf8Path, former: &Utf8Path) -> io::Result<()> {
    match location.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs_err::rename(former, location) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Renames a file or folder to a name beside it.
///
/// # Errors
/// The error of the file system.
pub fn set_aside(path: &Utf8Path, aside: &Utf8Path) -> io::Result<()> {
    fs_err::rename(path, aside)?;
    sync_folder(folder_of(aside))
}

fn remove(folder: &Utf8Path) -> io::Result<()> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;

    fn folders() -> (tempfile::TempDir, [Utf8PathBuf; 3]) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        (folder, ["new", "place", "former"].map(|name| path.join(name)))
    }

    fn make(folder: &Utf8Path, text: &str) {
        fs_err::create_dir(folder).expect("a folder");
        fs_err::write(folder.join("file"), text).expect("a file");
    }

    fn text(folder: &Utf8Path) -> String {
        fs_err::read_to_string(folder.join("file")).expect("a file")
    }

    #[test]
    fn one_takes_the_others_place_wherever_it_was_cut_off() {
        let (_folder, [new, location, former]) = folders();
        for steps in 0..4 {
            make(&new, "new");
            match steps {
                // Nothing existed, all exist, something is left, and the first step was done.
                0 => {}
                1 => make(&location, "old"),
                2 => {
                    make(&location, "old");
                    make(&former, "older");
                }
                _ => make(&former, "old"),
            }
            replace_folder(&new, &location, &former).expect("a place");
            assert_eq!(text(&location), "new", "{steps}");
            assert!(!new.exists() && !former.exists(), "{steps}");
            fs_err::remove_dir_all(&location).expect("a folder");
        }
    }

    #[test]
    fn the_former_one_stays_where_there_is_no_new_one() {
        let (_folder, [new, location, former]) = folders();
        make(&location, "old");
        replace_folder(&new, &location, &former).expect_err("nothing to put there");
        assert_eq!(text(&former), "old");
        take_back(&location, &former).expect("a place");
        take_back(&location, &former).expect("nothing to do");
        assert_eq!(text(&location), "old");
        take_back(&new, &former).expect("nothing to do");
    }
}
