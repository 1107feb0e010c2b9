//! `local.json`: which process was started here.

use serde::{Deserialize, Serialize};

use super::folders::{Folders, refused};
use super::{LocalError, process};
use crate::input::{self, Origin};
use crate::save::{self, Access, Link};

/// Bytes of a record; a real one has three hundred.
const LARGEST: u64 = 64 * 1024;

/// `local.json`: the process that was started here last. The port is reused by the next process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// `MiniStack`'s version.
    pub(super) version: String,
    pub(super) endpoint: String,
    pub(super) port: u16,
    /// Absent after a clean stop, so a pid without a process means that it was killed.
    pub(super) pid: Option<u32>,
    /// On the process's command line and in its health answer: so neither a reused pid nor another `MiniStack` on the
    /// same port is taken for ours.
    pub(super) token: String,
    /// RFC 3339, for people.
    pub(super) started_at: String,
    /// The process's start time, as the system reports it. Absent in records of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) process_began: Option<String>,
    /// Whether it saves to a separate folder and reports every file. False for those that older versions started.
    #[serde(default)]
    pub(super) saves_aside: bool,
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
            process_began: process::began(pid),
            saves_aside: true,
        }
    }

    /// The record; `None` if it is missing or unreadable, or if pipectl cannot have written it, because its process is
    /// called and ended.
    pub(super) fn read(folders: &Folders) -> Option<Self> {
        let text = input::read(folders.record(), Origin::Private, LARGEST).ok()?;
        serde_json::from_slice(&text).ok().filter(Self::can_be_ours)
    }

    /// Whether the file exists and is not a record: it is only ever replaced as a whole.
    pub(super) fn is_damaged(folders: &Folders) -> bool {
        folders.record().symlink_metadata().is_ok() && Self::read(folders).is_none()
    }

    /// An empty token is on every command line, and an endpoint elsewhere would get all requests that are meant for
    /// this machine.
    fn can_be_ours(&self) -> bool {
        let token = self.token.strip_prefix("pipectl-").unwrap_or_default();
        let port = self.endpoint.strip_prefix("http://127.0.0.1:").unwrap_or_default();
        token.len() >= 3
            && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok()
    }

    pub(super) fn write(&self, folders: &Folders) -> Result<(), LocalError> {
        let path = folders.record();
        let text = serde_json::to_vec(self).map_err(|error| refused(&path, error.into()))?;
        save::replace(&path, &text, Access::Owner, Link::Replace).map_err(|source| refused(&path, source))
    }

    pub(super) fn stopped(mut self) -> Self {
        self.pid = None;
        self
    }
}

pub(super) fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use fs_err as fs;

    use super::*;

    #[test]
    fn survives_the_disk_and_ignores_rubbish() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local, local);
        assert_eq!(Record::read(&folders), None);
        let record = Record::new(4566, 42, "pipectl-1-2".into());
        record.write(&folders).unwrap();
        assert_eq!(Record::read(&folders), Some(record.clone()));
        record.stopped().write(&folders).unwrap();
        assert_eq!(Record::read(&folders).unwrap().pid, None);
        fs::write(folders.record(), b"{").unwrap();
        assert_eq!(Record::read(&folders), None);
    }

    #[test]
    fn what_pipectl_cannot_have_written_is_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local, local);
        let right = Record::new(4566, 42, "pipectl-1-2".into());
        let endpoint = |endpoint: &str| Record { endpoint: endpoint.to_owned(), ..right.clone() };
        let token = |token: &str| Record { token: token.to_owned(), ..right.clone() };
        let wrong = [
            token(""),
            token("pipectl-"),
            token("python"),
            token("pipectl-1 2"),
            endpoint("http://example.com:4566"),
            endpoint("http://127.0.0.1:4566@example.com"),
            endpoint("http://127.0.0.1:"),
            endpoint("http://127.0.0.1:4566/x"),
        ];
        for record in wrong {
            record.write(&folders).unwrap();
            assert_eq!(Record::read(&folders), None, "{record:?}");
        }
        right.write(&folders).unwrap();
        assert_eq!(Record::read(&folders), Some(right));
    }
}
