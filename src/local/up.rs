use super::damage::{set_record_aside, set_state_aside};
use super::deadline::Deadline;
use super::folders::{Folders, make_private};
use super::lock::Lock;
use super::port::{self, Wishes};
use super::record::{Record, endpoint};
use super::saved::{self, Report, Trouble};
use super::start::{start, wait_for};
use super::warm_up::warm_up;
use super::{CloudProgress, LocalError, MINISTACK_VERSION, Status, down, health, install, made, process};
use crate::input::{self, Origin};

/// Bytes of the saved queues.
const LARGEST: u64 = 1 << 30;

/// The result of `up`.
#[derive(Debug, Clone)]
pub struct Up {
    pub status: Status,
    /// False if it ran already.
    pub started: bool,
    /// The last process here was killed: writes since its last clean stop are lost, which must be reported.
    pub lost_writes: bool,
}

/// Installs what is missing, starts the local cloud in the background and waits until it serves. Takes only one health
/// check if it runs already. Blocks; two at once wait for each other.
///
/// # Errors
/// It cannot be installed or started, the port is taken, or the deadline comes before it serves.
pub fn up(
    folders: &Folders,
    port: Option<u16>,
    deadline: Deadline,
    progress: &mut dyn FnMut(CloudProgress),
) -> Result<Up, LocalError> {
    if cfg!(not(unix)) {
        return Err(LocalError::Unsupported);
    }
    if let Some(up) = running(folders, port)? {
        return Ok(up);
    }
    make_private(folders.local())?;
    let _lock = Lock::take(&folders.lock(), deadline, || progress(CloudProgress::Waiting))?;
    // The former holder of the lock may have started it.
    if let Some(up) = running(folders, port)? {
        return Ok(up);
    }
    if Record::is_damaged(folders) {
        return Err(set_record_aside(folders)?);
    }
    let last = Record::read(folders);
    let mut lost_writes = false;
    if let Some(record) = &last
        && let Some(pid) = record.pid
    {
        if !process::is_ours(record, folders) {
            lost_writes = !down::ended_well(folders, record)?;
        } else if let Some(trouble) = Trouble::of_process(folders, record) {
            return Err(LocalError::NotSaved { pid, reason: trouble.reason() });
        } else if record.version == MINISTACK_VERSION {
            // A former `up` was interrupted while it waited.
            progress(CloudProgress::Starting { port: record.port });
            wait_for(folders, record, deadline)?;
            return Ok(Up { status: Status::running(folders, record), started: true, lost_writes: false });
        } else {
            progress(CloudProgress::Stopping);
            down::stop(folders, record.clone(), pid)?;
        }
    }
    made::make(folders)?;
    if let Some(fault) = saved::fault(folders, last.as_ref()) {
        return Err(set_state_aside(folders, fault)?);
    }
    install::ensure(folders, deadline, progress)?;
    let last = last.map(|record| record.port).or_else(|| Some(Report::of_state(folders)?.port));
    let has_state = last.is_some_and(|port| has_state(folders, port));
    let port = port::choose(&Wishes { asked: port, last, has_state, folder: folders.local() })?;
    progress(CloudProgress::Starting { port });
    let record = match start(folders, port, deadline) {
        Err(LocalError::Died { lines, .. }) if saved::not_loaded(&lines).is_some() => {
            return Err(set_state_aside(folders, saved::not_loaded(&lines).unwrap_or_default())?);
        }
        started => started?,
    };
    progress(CloudProgress::WarmingUp);
    warm_up(record.port, deadline);
    Ok(Up { status: Status::running(folders, &record), started: true, lost_writes })
}

fn running(folders: &Folders, port: Option<u16>) -> Result<Option<Up>, LocalError> {
    let Some(record) = Record::read(folders) else { return Ok(None) };
    if record.pid.is_none() || record.version != MINISTACK_VERSION || !health::is_ours(&record) {
        return Ok(None);
    }
    match port {
        Some(asked) if asked != 0 && asked != record.port => {
            Err(LocalError::RunsElsewhere { asked, port: record.port })
        }
        _ => Ok(Some(Up { status: Status::running(folders, &record), started: false, lost_writes: false })),
    }
}

/// Whether saved queue addresses tie the state to this port. A local cloud without them can use another port.
fn has_state(folders: &Folders, port: u16) -> bool {
    let address = format!("{}/", endpoint(port));
    input::read(folders.services().join("sqs.json"), Origin::Private, LARGEST)
        .is_ok_and(|queues| queues.windows(address.len()).any(|part| part == address.as_bytes()))
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use fs_err as fs;

    use super::*;

    #[test]
    fn only_saved_queues_hold_the_state_to_its_port() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local, local);
        assert!(!has_state(&folders, 4566));
        fs::create_dir_all(folders.services()).unwrap();
        let saved = folders.services().join("sqs.json");
        fs::write(&saved, r#"{"payload":{"queues":{"data":{}}}}"#).unwrap();
        assert!(!has_state(&folders, 4566));
        fs::write(&saved, r#"{"payload":{"queues":{"http://127.0.0.1:4566/000000000000/q":{}}}}"#).unwrap();
        assert!(has_state(&folders, 4566));
        assert!(!has_state(&folders, 456));
    }
}
