use std::fmt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::deadline::Deadline;
use super::folders::Folders;
use super::lock::Lock;
use super::record::Record;
use super::saved::{self, Trouble};
use super::{CloudProgress, LocalError, logs, process};
use crate::interrupt;

/// Saving is fast; a request in progress may delay the stop for a few seconds.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// The state in which `down` found the local cloud. It does not run afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Down {
    Stopped,
    NotRunning,
    /// It was killed before: writes since its last clean stop are lost.
    WasKilled,
}

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Down::Stopped => "the local cloud is stopped and its state saved",
            Down::NotRunning => "the local cloud was not running",
            Down::WasKilled => "the local cloud had been killed: writes since its last clean stop are lost",
        })
    }
}

/// Stops the local cloud and waits until its state is saved. Blocks.
///
/// # Errors
/// It does not stop in time, or cannot save its state. It is never killed: only the user may give up unsaved state.
pub fn down(folders: &Folders, progress: &mut dyn FnMut(CloudProgress)) -> Result<Down, LocalError> {
    if Record::read(folders).is_none() {
        return Ok(Down::NotRunning);
    }
    let _lock = Lock::take(&folders.lock(), Deadline::NONE, || progress(CloudProgress::Waiting))?;
    locked(folders, progress)
}

/// For a caller that holds the lock.
pub(super) fn locked(folders: &Folders, progress: &mut dyn FnMut(CloudProgress)) -> Result<Down, LocalError> {
    let Some(record) = Record::read(folders) else { return Ok(Down::NotRunning) };
    let Some(pid) = record.pid else { return Ok(Down::NotRunning) };
    if !process::is_ours(&record, folders) {
        let clean = ended_well(folders, &record)?;
        record.stopped().write(folders)?;
        return Ok(if clean { Down::NotRunning } else { Down::WasKilled });
    }
    progress(CloudProgress::Stopping);
    stop(folders, record, pid)?;
    Ok(Down::Stopped)
}

/// Ends the process once its state is saved.
pub(super) fn stop(folders: &Folders, record: Record, pid: u32) -> Result<(), LocalError> {
    let former = Trouble::of_process(folders, &record).map_or(0, |trouble| trouble.tries);
    process::terminate(pid)?;
    let began = Instant::now();
    while process::is_ours(&record, folders) {
        let trouble = Trouble::of_process(folders, &record).filter(|trouble| trouble.tries > former);
        if let Some(trouble) = trouble {
            return Err(LocalError::NotSaved { pid, reason: trouble.reason() });
        }
        if let Some(signal) = interrupt::asked() {
            return Err(LocalError::StoppedWaiting { signal, pid });
        }
        if began.elapsed() > PATIENCE {
            return Err(LocalError::DidNotStop { pid, seconds: PATIENCE.as_secs() });
        }
        sleep(PAUSE);
    }
    process::sweep_group(pid);
    let saved = ended_well(folders, &record)?;
    record.stopped().write(folders)?;
    if saved { Ok(()) } else { Err(LocalError::SaveCutOff) }
}

/// Whether a process that has ended saved its state, which is then used.
pub(super) fn ended_well(folders: &Folders, record: &Record) -> Result<bool, LocalError> {
    if record.saves_aside { saved::take(folders, record) } else { Ok(logs::ended_cleanly(folders)) }
}

/// Kills the process, whose unsaved state is lost.
pub(super) fn give_up(folders: &Folders, record: Record, pid: u32) -> Result<(), LocalError> {
    process::kill(pid)?;
    while process::is_ours(&record, folders) {
        sleep(PAUSE);
    }
    record.stopped().write(folders)
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use fs_err as fs;

    use super::*;

    #[test]
    fn a_dead_process_without_a_last_word_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local, local);
        let mut stages = Vec::new();
        let mut progress = |stage| stages.push(stage);
        assert_eq!(down(&folders, &mut progress).unwrap(), Down::NotRunning);

        let stale = Record::new(1, std::process::id(), "pipectl-of-another-life".into());
        stale.write(&folders).unwrap();
        assert_eq!(down(&folders, &mut progress).unwrap(), Down::WasKilled);
        assert_eq!(down(&folders, &mut progress).unwrap(), Down::NotRunning, "told once");

        Record { saves_aside: false, ..stale }.write(&folders).unwrap();
        fs::write(folders.log(), "…\n2026-01-01 INFO [ministack] MiniStack shutting down...\n…\n").unwrap();
        assert_eq!(
            down(&folders, &mut progress).unwrap(),
            Down::NotRunning,
            "the machine shut down in order"
        );
        assert!(stages.is_empty(), "this very process has the number and must not be stopped");
    }
}
