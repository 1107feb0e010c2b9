use std::io::{self, Read as _, Seek as _, SeekFrom};

use super::LocalError;
use super::folders::{Folders, refused};
use crate::input;
use camino::Utf8PathBuf;

/// Only this much of the end is searched for lines, so that a huge log takes no longer than a small one.
const WINDOW: u64 = 1 << 20;

/// What `MiniStack` logs when it begins to save.
const LAST_WORD: &str = "MiniStack shutting down";
/// What it logs about a service that it could not save; older versions of pipectl started one that continued without
/// it.
const NOT_SAVED: [&str; 2] = ["Persistence: failed to save", "Persistence: error getting state"];
/// One line per saved service follows it.
const AFTER_LAST_WORD: usize = 200;

/// The log of the current or last process; the one before it is `ministack.previous.log` in the same folder.
#[must_use]
pub fn log_path(folders: &Folders) -> Utf8PathBuf {
    folders.log()
}

/// The last lines of the log, oldest first.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn tail(folders: &Folders, lines: usize) -> Result<Vec<String>, LocalError> {
    let log = folders.log();
    match end_of(&log) {
        Ok(text) => Ok(last(&text, lines)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(LocalError::NoLog { log }),
        Err(source) => Err(refused(&log, source)),
    }
}

/// Whether a process without a report of what it saves, from an older pipectl, has saved its state.
pub(super) fn ended_cleanly(folders: &Folders) -> bool {
    let has = |lines: &[String], words: &str| lines.iter().any(|line| line.contains(words));
    tail(folders, AFTER_LAST_WORD)
        .is_ok_and(|lines| has(&lines, LAST_WORD) && !NOT_SAVED.iter().any(|words| has(&lines, words)))
}

fn end_of(log: &Utf8PathBuf) -> io::Result<String> {
    let mut file = input::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(WINDOW)))?;
    let mut bytes = Vec::new();
    file.take(WINDOW).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn last(text: &str, count: usize) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().rev().take(count).map(str::to_owned).collect();
    lines.reverse();
    lines
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use fs_err as fs;

    use super::*;

    #[test]
    fn the_tail_is_in_order_and_a_missing_log_names_the_command_to_run() {
        let folder = tempfile::tempdir().unwrap();
        let local = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(local, local);
        assert_eq!(tail(&folders, 2).unwrap_err().help(), "run `pipectl local up` first");
        fs::write(log_path(&folders), "one\ntwo\nthree\n").unwrap();
        assert_eq!(tail(&folders, 2).unwrap(), ["two", "three"]);
        assert_eq!(tail(&folders, 9).unwrap().len(), 3);
        assert!(!ended_cleanly(&folders));
    }
}
