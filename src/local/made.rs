//! Which folders of a state folder pipectl created: the user may have named any folder, with other folders of the same
//! names in it.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::LocalError;
use super::folders::{Folders, make_private, refused};
use super::record::Record;
use crate::input::{self, Origin};
use crate::save::{self, Access, Link};

/// Bytes of the list; a real one has a hundred.
const LARGEST: u64 = 64 * 1024;
/// The prefix of a damaged state's name.
pub(super) const DAMAGED: &str = "state.damaged-";

/// `made.json`, in the state folder.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Made {
    version: u32,
    folders: Vec<String>,
}

impl Made {
    /// `None`: pipectl has created nothing here. A version without this list has left its record.
    fn read(folders: &Folders) -> Option<Self> {
        let text = input::read(folders.made(), Origin::Private, LARGEST).ok();
        if let Some(made) = text.and_then(|text| serde_json::from_slice::<Self>(&text).ok()) {
            return Some(made);
        }
        Record::read(folders).map(|_| Self { version: 1, folders: names(folders) })
    }

    fn write(&self, folders: &Folders) -> Result<(), LocalError> {
        let path = folders.made();
        let text = serde_json::to_vec(self).map_err(|error| refused(&path, error.into()))?;
        save::replace(&path, &text, Access::Owner, Link::Replace).map_err(|source| refused(&path, source))
    }

    fn has(&self, name: &str) -> bool {
        self.folders.iter().any(|made| made == name)
    }
}

/// Names that pipectl uses in every state folder.
fn names(folders: &Folders) -> Vec<String> {
    folders.made_here().iter().filter_map(|folder| folder.file_name()).map(str::to_owned).collect()
}

/// Creates the folders of a local cloud, unless the name of one is taken.
///
/// # Errors
/// A name is taken, or a folder cannot be created.
pub(super) fn make(folders: &Folders) -> Result<(), LocalError> {
    let mut made = Made::read(folders).unwrap_or_default();
    for folder in folders.made_here() {
        let name = folder.file_name().unwrap_or_default();
        match why_not(&folder)? {
            Some(reason) => return Err(LocalError::NotOurs { folder, reason }),
            // An empty folder may be anybody's: nothing in it can be lost.
            None if !made.has(name) && !is_empty(&folder) => {
                return Err(LocalError::NotOurs { folder, reason: OTHERS });
            }
            None => {}
        }
    }
    let here = names(folders).into_iter().filter(|name| !made.has(name)).collect::<Vec<_>>();
    made.version = 1;
    made.folders.extend(here);
    made.write(folders)?;
    [folders.scratch(), folders.home(), folders.services(), folders.objects()]
        .iter()
        .try_for_each(|folder| make_private(folder))
}

/// Adds the name of a damaged state to the list.
pub(super) fn note(folders: &Folders, aside: &Utf8Path) -> Result<(), LocalError> {
    let mut made = Made::read(folders).unwrap_or_default();
    made.folders.extend(aside.file_name().map(str::to_owned));
    made.write(folders)
}

/// The folders that may be deleted, all created by pipectl.
///
/// # Errors
/// One of the names is taken by something that pipectl did not create.
pub(super) fn deletable(folders: &Folders) -> Result<Vec<Utf8PathBuf>, LocalError> {
    let made = Made::read(folders).unwrap_or_default();
    let mut found = Vec::new();
    for folder in folders.made_here() {
        if folder.symlink_metadata().is_err() {
            continue;
        }
        if let Some(reason) = why_not(&folder)? {
            return Err(LocalError::NotOurs { folder, reason });
        }
        if !made.has(folder.file_name().unwrap_or_default()) {
            return Err(LocalError::NotOurs { folder, reason: OTHERS });
        }
        found.push(folder);
    }
    let asides =
        made.folders.iter().filter(|name| is_damaged_state(name)).map(|name| folders.local().join(name));
    found.extend(asides.filter(|folder| why_not(folder).is_ok_and(|reason| reason.is_none())));
    Ok(found)
}

/// Anybody may have written the list, so no name in it may lead elsewhere.
fn is_damaged_state(name: &str) -> bool {
    let when = name.strip_prefix(DAMAGED).unwrap_or_default();
    !when.is_empty() && when.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

const OTHERS: &str = "pipectl did not create it";

/// Why a path is not a folder of pipectl's; a missing one may be.
fn why_not(folder: &Utf8Path) -> Result<Option<&'static str>, LocalError> {
    match folder.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => {
            Ok(Some("it is a link, and pipectl writes or deletes nothing through links"))
        }
        Ok(metadata) if !metadata.is_dir() => Ok(Some("it is not a folder")),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(refused(folder, source)),
    }
}

fn is_empty(folder: &Utf8Path) -> bool {
    folder.symlink_metadata().is_err() || input::list(folder, Origin::Own, &[""], 0).is_ok()
}
