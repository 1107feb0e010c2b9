use std::fs::TryLockError;

use camino::Utf8Path;
use fs_err as fs;

use super::LocalError;
use super::folders::{make_private, refused};

/// One pipectl at a time. The kernel releases it with the process, so a killed pipectl leaves nothing behind.
#[derive(Debug)]
pub(super) struct Lock {
    _file: fs::File,
}

impl Lock {
    pub(super) fn take(path: &Utf8Path, waiting: impl FnOnce()) -> Result<Self, LocalError> {
        if let Some(folder) = path.parent() {
            make_private(folder)?;
        }
        let open = || fs::OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = open().map_err(|source| refused(path, source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock().map_err(|source| refused(path, source))?;
            }
            Err(TryLockError::Error(source)) => return Err(refused(path, source)),
        }
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_second_one_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("deep").join("local.lock");
        let first = Lock::take(&path, || panic!("nobody to wait for")).unwrap();
        let (waiting, released) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _second = Lock::take(&path, || waiting.store(true, Ordering::SeqCst)).unwrap();
                assert!(released.load(Ordering::SeqCst));
            });
            while !waiting.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
            }
            released.store(true, Ordering::SeqCst);
            drop(first);
        });
    }
}
