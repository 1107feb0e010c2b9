use std::io;

use fs_err as fs;

use super::deadline::Deadline;
use super::folders::{Folders, refused, remove};
use super::lock::Lock;
use super::{Down, LocalError, Progress, down};

/// Stops the local cloud and deletes its state. The installed environment and the log stay; of the state
/// folder only what this room made is deleted, because the user may have named any folder.
///
/// # Errors
/// When it does not stop, or a folder cannot be deleted.
pub fn purge(folders: &Folders, progress: &mut dyn FnMut(Progress)) -> Result<Down, LocalError> {
    if !folders.local().exists() {
        return Ok(Down::NotRunning);
    }
    let _lock = Lock::take(&folders.lock(), Deadline::NONE, || progress(Progress::Waiting))?;
    let down = down::locked(folders, progress)?;
    progress(Progress::Purging);
    for folder in [folders.services(), folders.objects(), folders.scratch(), folders.home()] {
        remove(&folder)?;
    }
    match fs::remove_file(folders.record()) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(refused(&folders.record(), source)),
        _ => Ok(down),
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::local::record::Record;

    #[test]
    fn deletes_what_is_ours_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local.join("cache"), local);
        fs::create_dir_all(folders.services()).unwrap();
        fs::write(folders.services().join("sqs.json"), "{}").unwrap();
        fs::write(local.join("thesis.txt"), "mine").unwrap();
        Record::new(1, 2, "pipectl-1-2".into()).stopped().write(&folders).unwrap();
        assert_eq!(purge(&folders, &mut |_| ()).unwrap(), Down::NotRunning);
        assert!(!folders.services().exists() && !folders.record().exists());
        assert!(local.join("thesis.txt").exists());
    }
}
