use serde::Serialize;

use super::folders::Folders;
use super::health;
use super::record::Record;

/// The JSON of `pipectl local status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    version: u32,
    pub running: bool,
    pub endpoint: Option<String>,
    pub pid: Option<u32>,
    pub state_dir: String,
}

impl Status {
    pub(super) fn running(folders: &Folders, record: &Record) -> Self {
        Self {
            version: 1,
            running: true,
            endpoint: Some(record.endpoint.clone()),
            pid: record.pid,
            state_dir: folders.local().to_string(),
        }
    }

    fn stopped(folders: &Folders) -> Self {
        Self { version: 1, running: false, endpoint: None, pid: None, state_dir: folders.local().to_string() }
    }
}

/// What runs, by its own health answer: a pid alone proves nothing.
#[must_use]
pub fn status(folders: &Folders) -> Status {
    Record::read(folders)
        .filter(|record| record.pid.is_some() && health::is_ours(record))
        .map_or_else(|| Status::stopped(folders), |record| Status::running(folders, &record))
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    #[test]
    fn the_json_is_the_published_one() {
        let folders = Folders::new("/c", "/c/local");
        let record = Record::new(4566, 7, "t".into());
        assert_eq!(
            serde_json::to_string(&Status::running(&folders, &record)).unwrap(),
            r#"{"version":1,"running":true,"endpoint":"http://127.0.0.1:4566","pid":7,"state_dir":"/c/local"}"#
        );
        assert_eq!(
            serde_json::to_string(&Status::stopped(&folders)).unwrap(),
            r#"{"version":1,"running":false,"endpoint":null,"pid":null,"state_dir":"/c/local"}"#
        );
    }

    #[test]
    fn a_recycled_process_number_does_not_count_as_running() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local, local);
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        Record::new(free, std::process::id(), "pipectl-1-2".into()).write(&folders).unwrap();
        assert!(!status(&folders).running);
    }
}
