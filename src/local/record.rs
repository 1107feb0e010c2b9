use camino::Utf8Path;
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::LocalError;
use super::folders::{Folders, refused};
use crate::input::{self, Origin};

/// Bytes of a record, which has a few hundred.
const LARGEST: u64 = 64 * 1024;

/// `local.json`: the process that was started here last. The port outlives the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Of `MiniStack`.
    pub(super) version: String,
    pub(super) endpoint: String,
    pub(super) port: u16,
    /// Absent after a clean stop, so that a dead process in here means a kill.
    pub(super) pid: Option<u32>,
    /// On the process's command line and in its health answer: neither a recycled process id nor another
    /// `MiniStack` on the same port can be taken for ours.
    pub(super) token: String,
    /// RFC 3339, for people who look.
    pub(super) started_at: String,
}

impl Record {
    pub(super) fn new(port: u16, pid: u32, token: String) -> Self {
        Self {
            version: super::MINISTACK_VERSION.to_owned(),
            endpoint: endpoint(port),
            port,
            pid: Some(pid),
            token,
            started_at: jiff::Timestamp::now().to_string(),
        }
    }

    /// A missing or unreadable record is no record: it is only ever replaced as a whole.
    pub(super) fn read(folders: &Folders) -> Option<Self> {
        let text = input::read(folders.record(), Origin::Own, LARGEST).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub(super) fn write(&self, folders: &Folders) -> Result<(), LocalError> {
        let path = folders.record();
        let text = serde_json::to_vec(self).map_err(|error| refused(&path, error.into()))?;
        replace(&path, &text)
    }

    pub(super) fn stopped(mut self) -> Self {
        self.pid = None;
        self
    }
}

pub(super) fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Whole or not at all: a reader never sees half a record.
fn replace(path: &Utf8Path, content: &[u8]) -> Result<(), LocalError> {
    let beside = path.with_extension("json.new");
    fs::write(&beside, content)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|source| refused(path, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_the_disk_and_ignores_rubbish() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local, local);
        assert_eq!(Record::read(&folders), None);
        let record = Record::new(4566, 42, "t".into());
        record.write(&folders).unwrap();
        assert_eq!(Record::read(&folders), Some(record.clone()));
        record.stopped().write(&folders).unwrap();
        assert_eq!(Record::read(&folders).unwrap().pid, None);
        fs::write(folders.record(), b"{").unwrap();
        assert_eq!(Record::read(&folders), None);
    }
}
