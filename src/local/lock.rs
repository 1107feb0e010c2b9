use std::fs::TryLockError;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use camino::Utf8Path;
use fs_err as fs;

use super::LocalError;
use super::deadline::Deadline;
use super::folders::{make_private, refused};

const PAUSE: Duration = Duration::from_millis(20);

/// A lock for one pipectl at a time. The kernel releases it with the process, so a killed pipectl leaves no lock.
#[derive(Debug)]
pub(super) struct Lock {
    file: fs::File,
}

impl Lock {
    pub(super) fn take(
        path: &Utf8Path,
        deadline: Deadline,
        waiting: impl FnOnce(),
    ) -> Result<Self, LocalError> {
        let file = open(path)?;
        let mut waiting = Some(waiting);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file }),
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    deadline.check()?;
                    sleep(PAUSE);
                }
                Err(TryLockError::Error(source)) => return Err(refused(path, source)),
            }
        }
    }

    /// `None`: another process holds it.
    pub(super) fn try_take(path: &Utf8Path) -> Result<Option<Self>, LocalError> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(refused(path, source)),
        }
    }

    /// An empty input for a child, which shares the lock as long as the child lives. So a child that outlives a killed
    /// pipectl is waited for.
    pub(super) fn share(&self) -> Stdio {
        self.file.file().try_clone().map_or_else(|_| Stdio::null(), Stdio::from)
    }
}

fn open(path: &Utf8Path) -> Result<fs::File, LocalError> {
    if let Some(folder) = path.parent() {
        make_private(folder)?;
    }
    let file = fs::OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
    file.map_err(|source| refused(path, source))
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_child_keeps_it_beyond_its_parent() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("install.lock");
        let first = Lock::take(&path, Deadline::NONE, || panic!("nobody to wait for")).unwrap();
        let mut child =
            Command::new("sh").args(["-c", "cat; sleep 0.2"]).stdin(first.share()).spawn().unwrap();
        drop(first);
        let mut waited = false;
        let _second = Lock::take(&path, Deadline::NONE, || waited = true).unwrap();
        assert!(waited);
        assert!(child.wait().unwrap().success());
    }

    #[test]
    fn the_second_one_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("deep").join("local.lock");
        let first = Lock::take(&path, Deadline::NONE, || panic!("nobody to wait for")).unwrap();
        let (waiting, released) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _second =
                    Lock::take(&path, Deadline::NONE, || waiting.store(true, Ordering::SeqCst)).unwrap();
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
