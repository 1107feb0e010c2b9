//! Which files a spec may name.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::input::{Fault, Origin, Refusal};

/// The folder that names in a spec are relative to.
pub(super) fn folder(current: &Utf8Path) -> &Utf8Path {
    current.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

/// The files that a name in the spec `current` may refer to.
pub(super) fn within<'a>(current: &'a Utf8Path, endings: &'a [&'a str]) -> Origin<'a> {
    Origin::Within { folder: folder(current), endings }
}

/// The path that `name` refers to in the spec `current`. A spec is often reviewed from another user's branch, so nothing
/// outside its folder is read: `..` that leads out is rejected here, and links are when the path is opened.
///
/// # Errors
/// The name itself leads out of the folder.
pub(super) fn inside(current: &Utf8Path, name: &str) -> Result<Utf8PathBuf, Refusal> {
    let outside = || Refusal::Location(Fault::OutsideOfFolder);
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
    Ok(current.parent().unwrap_or(Utf8Path::new("")).join(name))
}
