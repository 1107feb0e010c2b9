use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// What a name is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
}

/// The file or folder that `name` means in the spec `current`, if it is one that may be read: a spec is often reviewed
/// from a stranger's branch, so nothing outside of its folder is, be it by dots or by links.
///
/// # Errors
/// Why it may not, and what to do.
pub(super) fn inside(current: &Utf8Path, name: &str, kind: Kind) -> Result<Utf8PathBuf, (String, String)> {
    let outside = || {
        (
            "it lies outside of the spec's folder".to_owned(),
            "move it into the spec's folder or below".to_owned(),
        )
    };
    let mut depth = 0_usize;
    for component in Utf8Path::new(name).components() {
        match component {
            Utf8Component::Normal(_) => depth += 1,
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if depth > 0 => depth -= 1,
            Utf8Component::ParentDir | Utf8Component::RootDir | Utf8Component::Prefix(_) => {
                return Err(outside());
            }
        }
    }
    let folder = current.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let path = current.parent().unwrap_or(Utf8Path::new("")).join(name);
    match (folder.canonicalize_utf8(), path.canonicalize_utf8()) {
        (Ok(folder), Ok(target)) if !target.starts_with(&folder) => Err(outside()),
        // A pipe would keep the reader waiting, a device would never end.
        (_, Ok(target)) if kind == Kind::File && !target.is_file() => {
            Err(("it is no file".to_owned(), "name a file of the spec's folder".to_owned()))
        }
        (_, Ok(target)) if kind == Kind::Folder && !target.is_dir() => {
            Err(("it is no folder".to_owned(), "name a folder in the spec's folder".to_owned()))
        }
        // What does not exist is told when it is read.
        _ => Ok(path),
    }
}
