use std::io;

use fs_err as fs;

use super::deadline::Deadline;
use super::folders::{Folders, refused, remove};
use super::lock::Lock;
use super::record::Record;
use super::{CloudProgress, Down, LocalError, down, made};

/// Stops the local cloud and deletes its state and logs. The installed environment remains, and so do the empty lock
/// files: another pipectl may wait for them. In the state folder, only what pipectl created is deleted, because the
/// user may have named any folder.
///
/// # Errors
/// It does not stop, or a folder is not pipectl's or cannot be deleted.
pub fn purge(folders: &Folders, progress: &mut dyn FnMut(CloudProgress)) -> Result<Down, LocalError> {
    // Before the lock, which would create a file in somebody else's folder.
    if made::deletable(folders)?.is_empty() && Record::read(folders).is_none() {
        return Ok(Down::NotRunning);
    }
    let _lock = Lock::take(&folders.lock(), Deadline::NONE, || progress(CloudProgress::Waiting))?;
    let down = match down::locked(folders, progress) {
        // What it could not save is to be deleted anyway.
        Err(LocalError::NotSaved { pid, .. }) => {
            if let Some(record) = Record::read(folders) {
                down::give_up(folders, record, pid)?;
            }
            Down::Stopped
        }
        Err(LocalError::SaveCutOff) => Down::Stopped,
        down => down?,
    };
    progress(CloudProgress::Purging);
    for folder in made::deletable(folders)? {
        remove(&folder)?;
    }
    let logs = [folders.log(), folders.previous_log()];
    for file in [folders.record(), folders.trouble(), folders.made()].into_iter().chain(logs) {
        match fs::remove_file(&file) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(refused(&file, source)),
            _ => {}
        }
    }
    Ok(down)
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    #[test]
    fn deletes_what_is_ours_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local.join("cache"), local);
        fs::create_dir_all(folders.services()).unwrap();
        fs::write(folders.services().join("sqs.json"), "{}").unwrap();
        fs::write(local.join("thesis.txt"), "mine").unwrap();
        fs::write(folders.log(), "an event's words").unwrap();
        Record::new(1, 2, "pipectl-1-2".into()).stopped().write(&folders).unwrap();
        assert_eq!(purge(&folders, &mut |_| ()).unwrap(), Down::NotRunning);
        assert!(!folders.services().exists() && !folders.record().exists() && !folders.log().exists());
        assert!(local.join("thesis.txt").exists());
    }

    #[test]
    fn folders_of_others_are_neither_begun_with_nor_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local.join("cache"), local);
        fs::create_dir(folders.scratch()).unwrap();
        made::make(&folders).expect("an empty one is as good as none");
        assert_eq!(purge(&folders, &mut |_| ()).unwrap(), Down::NotRunning);
        assert!(!folders.made().exists() && !folders.scratch().exists());
        fs::remove_file(folders.lock()).unwrap();

        fs::create_dir(folders.home()).unwrap();
        fs::write(folders.home().join("thesis.txt"), "mine").unwrap();
        for refusal in [made::make(&folders), purge(&folders, &mut |_| ()).map(drop)] {
            let message = refusal.unwrap_err().to_string();
            assert!(
                message.ends_with("home` does not belong to the local cloud: pipectl did not create it"),
                "{message}"
            );
        }
        assert!(folders.home().join("thesis.txt").exists() && !folders.lock().exists());

        fs::rename(folders.home(), local.join("elsewhere")).unwrap();
        made::make(&folders).unwrap();
        fs::remove_dir(folders.home()).unwrap();
        std::os::unix::fs::symlink("elsewhere", folders.home()).unwrap();
        for refusal in [made::make(&folders), purge(&folders, &mut |_| ()).map(drop)] {
            assert!(refusal.unwrap_err().to_string().contains("it is a link"));
        }
        assert!(local.join("elsewhere/thesis.txt").exists() && folders.services().exists());
    }

    /// The list is a file that anybody may have written, too.
    #[test]
    fn no_name_in_the_list_leads_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap().join("local");
        let folders = Folders::new(&local, &local);
        fs::create_dir_all(local.join("thesis")).unwrap();
        let others = fs::canonicalize(folder.path()).unwrap().join("other");
        fs::create_dir(&others).unwrap();
        made::make(&folders).unwrap();
        for name in ["thesis", "../other", others.to_str().unwrap(), "state.damaged-/../thesis", "."] {
            made::note(&folders, Utf8Path::new(name)).unwrap();
            let list = format!(
                r#"{{"version":1,"folders":["state","state.new","state.former","s3","tmp","home","{name}"]}}"#
            );
            fs::write(folders.made(), list).unwrap();
            assert_eq!(made::deletable(&folders).unwrap().len(), 4, "{name}");
        }
        fs::create_dir(local.join("state.damaged-1")).unwrap();
        made::note(&folders, &local.join("state.damaged-1")).unwrap();
        assert!(made::deletable(&folders).unwrap().contains(&local.join("state.damaged-1")));
    }
}
