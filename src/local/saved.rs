//! What the local cloud saved, and whether it is complete. It saves into a separate folder with a report of every file
//! (see `launch.py`). Only that report is trusted, and the former state is retained until it is complete.

use std::collections::BTreeMap;
use std::io::{self, Read as _};

use camino::Utf8Path;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::LocalError;
use super::folders::{Folders, refused};
use super::record::Record;
use crate::input::{self, Origin};
use crate::save;

/// Bytes of a report; one of all services has ten thousand.
const LARGEST: u64 = 1 << 20;
/// Services that are named if many are not saved.
const SHOWN: usize = 3;
/// The local cloud's message about a state that it does not load.
const NOT_LOADED: &str = "the saved state of ";

/// A process's report of the state that it saved.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    token: String,
    pub(super) port: u16,
    files: BTreeMap<String, File>,
}

#[derive(Debug, Deserialize)]
struct File {
    bytes: u64,
    sha256: String,
}

/// A process's report that it could not save its state; it retries as long as it runs.
#[derive(Debug, Deserialize)]
pub(super) struct Trouble {
    token: String,
    /// The number of attempts.
    pub(super) tries: u64,
    /// The first failures, with reasons.
    failed: BTreeMap<String, String>,
    services: usize,
}

impl Trouble {
    pub(super) fn of_process(folders: &Folders, record: &Record) -> Option<Self> {
        let text = input::read(folders.trouble(), Origin::Private, LARGEST).ok()?;
        serde_json::from_slice::<Self>(&text).ok().filter(|trouble| trouble.token == record.token)
    }

    pub(super) fn reason(&self) -> String {
        let first: Vec<String> =
            self.failed.iter().take(SHOWN).map(|(service, reason)| format!("{service}: {reason}")).collect();
        match self.services.saturating_sub(first.len()) {
            0 => first.join("; "),
            more => format!("{}, and {more} more", first.join("; ")),
        }
    }
}

impl Report {
    fn read(folder: &Utf8Path) -> Option<Self> {
        let text = input::read(folder.join("saved.json"), Origin::Private, LARGEST).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The report of the current state.
    pub(super) fn of_state(folders: &Folders) -> Option<Self> {
        Self::read(&folders.services())
    }

    /// The first file that differs from what was saved.
    fn fault(&self, folder: &Utf8Path) -> Option<String> {
        self.files
            .iter()
            .find_map(|(name, file)| Some(format!("`{name}` {}", file.fault(&folder.join(name))?)))
    }
}

impl File {
    fn fault(&self, path: &Utf8Path) -> Option<String> {
        match digest(path) {
            Ok((bytes, _)) if bytes != self.bytes => {
                Some(format!("has {bytes} of the {} bytes that were saved", self.bytes))
            }
            Ok((_, sha256)) if sha256 != self.sha256 => Some("differs from what was saved".to_owned()),
            Ok(_) => None,
            Err(error) => Some(format!("cannot be read: {}", save::reason(&error))),
        }
    }
}

fn digest(path: &Utf8Path) -> io::Result<(u64, String)> {
    let mut file = input::open(path)?;
    let (mut hash, mut bytes, mut part) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut part)?;
        if count == 0 {
            break;
        }
        bytes += count as u64;
        hash.update(&part[..count]);
    }
    Ok((bytes, hex(&hash.finalize())))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Replaces the former state by what this record's process saved, if it is complete; returns whether it is. It can be
/// called again at any time after the process has ended.
///
/// # Errors
/// The folders cannot be moved.
pub(super) fn take(folders: &Folders, record: &Record) -> Result<bool, LocalError> {
    let (new, state) = (folders.new_services(), folders.services());
    let moved = match Report::read(&new) {
        Some(report) if report.token == record.token && report.fault(&new).is_none() => {
            save::replace_folder(&new, &state, &folders.former_services())
        }
        _ => save::take_back(&state, &folders.former_services()),
    };
    moved.map_err(|source| refused(&state, source))?;
    Ok(Report::of_state(folders).is_some_and(|report| report.token == record.token))
}

/// Why the saved state cannot be loaded: something other than its process has changed it. An older pipectl writes no
/// report of its files, and does not change another's report.
pub(super) fn fault(folders: &Folders, record: Option<&Record>) -> Option<String> {
    if record.is_some_and(|record| !record.saves_aside) {
        return None;
    }
    Report::of_state(folders)?.fault(&folders.services())
}

/// Why a process that ended during its start did not load the state.
pub(super) fn not_loaded(lines: &[String]) -> Option<String> {
    let line = lines.iter().find_map(|line| line.strip_prefix(NOT_LOADED))?;
    Some(format!("{NOT_LOADED}{line}"))
}

#[cfg(test)]
mod tests {
    use fs_err as fs;

    use super::*;

    const TOKEN: &str = "pipectl-1-2";

    type Damage<'a> = &'a dyn Fn(&Utf8Path);
    fn report(folder: &Utf8Path, token: &str) {
        let path = folder.join("sqs.json");
        let sha256 = digest(&path).map(|(_, sha256)| sha256).unwrap_or_default();
        let text = format!(
            r#"{{"token":"{token}","port":1,"files":{{"sqs.json":{{"bytes":3,"sha256":"{sha256}"}}}}}}"#
        );
        fs::write(folder.join("saved.json"), text).unwrap();
    }

    /// A former state, and what a process saves now.
    fn folders() -> (tempfile::TempDir, Folders, Record) {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local, local);
        for (folder, text, token) in
            [(folders.services(), "old", "pipectl-0-1"), (folders.new_services(), "all", TOKEN)]
        {
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("sqs.json"), text).unwrap();
            report(&folder, token);
        }
        (folder, folders, Record::new(1, 2, TOKEN.to_owned()))
    }

    fn state(folders: &Folders) -> String {
        fs::read_to_string(folders.services().join("sqs.json")).unwrap()
    }

    #[test]
    fn all_that_was_saved_takes_the_former_states_place() {
        let (_folder, folders, record) = folders();
        assert_eq!(fault(&folders, Some(&record)), None);
        for time in 0..2 {
            assert!(take(&folders, &record).unwrap(), "{time}");
            assert_eq!((state(&folders).as_str(), fault(&folders, Some(&record))), ("all", None));
        }
        assert!(!folders.new_services().exists() && !folders.former_services().exists());
    }

    #[test]
    fn less_does_not() {
        let less: [(&str, Damage<'_>); 6] = [
            ("killed before the report", &|new| fs::remove_file(new.join("saved.json")).unwrap()),
            ("half a report", &|new| fs::write(new.join("saved.json"), "{\"token\":").unwrap()),
            ("of another process", &|new| report(new, "pipectl-1-3")),
            ("a file is cut off", &|new| fs::write(new.join("sqs.json"), "al").unwrap()),
            ("a file is another", &|new| fs::write(new.join("sqs.json"), "old").unwrap()),
            ("a file is gone", &|new| fs::remove_file(new.join("sqs.json")).unwrap()),
        ];
        for (why, damage) in less {
            let (_folder, folders, record) = folders();
            damage(&folders.new_services());
            assert!(!take(&folders, &record).unwrap(), "{why}");
            assert_eq!(state(&folders), "old", "{why}");
            // Interrupted between the two steps of a replacement.
            fs::rename(folders.services(), folders.former_services()).unwrap();
            assert!(!take(&folders, &record).unwrap(), "{why}");
            assert_eq!(state(&folders), "old", "{why}");
        }
    }

    #[test]
    fn a_state_that_was_changed_is_damaged_unless_an_older_pipectl_did_it() {
        let (_folder, folders, record) = folders();
        let older = Record { saves_aside: false, ..record.clone() };
        let file = folders.services().join("sqs.json");
        for (text, words) in [
            ("ol", "`sqs.json` has 2 of the 3 bytes that were saved"),
            ("odd", "`sqs.json` differs from what"),
        ] {
            fs::write(&file, text).unwrap();
            for record in [Some(&record), None] {
                let fault = fault(&folders, record).unwrap();
                assert!(fault.starts_with(words), "{fault}");
            }
            assert_eq!(fault(&folders, Some(&older)), None);
        }
        fs::remove_file(&file).unwrap();
        assert!(fault(&folders, None).unwrap().starts_with("`sqs.json` cannot be read: "));
    }

    #[test]
    fn what_failed_is_named() {
        let (_folder, folders, record) = folders();
        for (token, known) in [(TOKEN, true), ("pipectl-1-3", false)] {
            let text = format!(
                r#"{{"token":"{token}","tries":3,"failed":{{"lambda":"No space","sqs":"No space"}},"services":12}}   "#
            );
            fs::write(folders.trouble(), text).unwrap();
            let trouble =
                Trouble::of_process(&folders, &record).map(|trouble| (trouble.tries, trouble.reason()));
            assert_eq!(
                trouble,
                known.then(|| (3, "lambda: No space; sqs: No space, and 10 more".to_owned()))
            );
        }
        let lines = ["x".to_owned(), "the saved state of sqs cannot be loaded: why".to_owned()];
        assert_eq!(not_loaded(&lines).as_deref(), Some("the saved state of sqs cannot be loaded: why"));
    }
}
