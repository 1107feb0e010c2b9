//! Distinguishes our process from another one with its pid, and ends it. Unix only.

use super::LocalError;
use super::folders::Folders;
use super::record::Record;
#[cfg(target_os = "linux")]
use crate::input::{self, Origin};

/// Bytes of a command line: Linux's default limit.
#[cfg(target_os = "linux")]
const LONGEST: u64 = 2 * 1024 * 1024;

/// What the system reports about a process.
struct Seen {
    /// Its command line, the program first.
    arguments: Vec<String>,
    /// Its start time, in the system's format. No two processes with the same pid have the same start time.
    began: String,
    /// Its working folder, if the system reports it.
    folder: Option<std::path::PathBuf>,
    /// Whether it belongs to this user, if the system reports it.
    is_mine: bool,
}

/// Whether the record's process runs and is the local cloud that was started in this state folder. The record alone
/// proves nothing: it is a file, and another process may have its pid by now. A zombie has no command line.
pub(super) fn is_ours(record: &Record, folders: &Folders) -> bool {
    let Some(seen) = record.pid.and_then(seen) else { return false };
    let at_home = |folder: &std::path::PathBuf| {
        folders.local().canonicalize_utf8().is_ok_and(|local| local.as_std_path() == folder)
    };
    seen.is_mine
        && runs_with(&seen.arguments, &record.token)
        && seen.folder.as_ref().is_none_or(at_home)
        && record.process_began.as_ref().is_none_or(|began| *began == seen.began)
}

/// `python … -X TOKEN -c 'import … ministack …'`, as `start` runs it.
fn runs_with(arguments: &[String], token: &str) -> bool {
    arguments
        .windows(4)
        .any(|part| part[0] == "-X" && part[1] == token && part[2] == "-c" && part[3].contains("ministack"))
}

/// The start time of the process with this pid.
pub(super) fn began(pid: u32) -> Option<String> {
    seen(pid).map(|seen| seen.began)
}

#[cfg(target_os = "linux")]
fn seen(pid: u32) -> Option<Seen> {
    use std::os::unix::fs::MetadataExt as _;
    let folder = format!("/proc/{pid}");
    let line = input::read(format!("{folder}/cmdline"), Origin::Own, LONGEST).ok()?;
    let line = String::from_utf8_lossy(&line).into_owned();
    let stat = input::text(format!("{folder}/stat"), Origin::Own, LONGEST).ok()?;
    // The name before it may contain any characters; the 22nd field, in ticks since boot, is the 20th after it.
    let began = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.to_owned();
    let owner = std::fs::metadata(&folder).ok()?.uid();
    Some(Seen {
        arguments: line.split_terminator('\0').map(str::to_owned).collect(),
        began,
        folder: std::path::Path::new(&format!("{folder}/cwd")).read_link().ok(),
        is_mine: owner == rustix::process::geteuid().as_raw(),
    })
}

/// Elsewhere `ps` prints the command line separated by blanks, and only this user's processes can be ended anyway.
#[cfg(not(target_os = "linux"))]
fn seen(pid: u32) -> Option<Seen> {
    let pid = pid.to_string();
    let ask = |column: &str| {
        let output =
            std::process::Command::new("ps").args(["-ww", "-o", column, "-p", &pid]).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        (output.status.success() && !text.is_empty()).then_some(text)
    };
    let line = ask("command=")?;
    let mut arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
    // What follows `-c` is one argument with blanks in it.
    if let Some(at) = arguments.iter().position(|argument| argument == "-c") {
        let script = arguments.split_off(at + 1).join(" ");
        arguments.push(script);
    }
    Some(Seen { arguments, began: ask("lstart=")?, folder: None, is_mine: true })
}

/// Requests a clean stop, in which `MiniStack` saves its state.
pub(super) fn terminate(pid: u32) -> Result<(), LocalError> {
    signal::one(pid, signal::TERM)
}

/// For a process that never served, and so has nothing to save.
pub(super) fn kill(pid: u32) -> Result<(), LocalError> {
    signal::group(pid, signal::KILL);
    signal::one(pid, signal::KILL)
}

/// The Lambda processes are in their parent's group; one that hangs must not outlive it.
pub(super) fn sweep_group(pid: u32) {
    signal::group(pid, signal::TERM);
}

#[cfg(unix)]
mod signal {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};

    use super::LocalError;

    pub(super) const TERM: Signal = Signal::TERM;
    pub(super) const KILL: Signal = Signal::KILL;

    /// A process that has already ended is not an error.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it is an error")]
    pub(super) fn one(pid: u32, signal: Signal) -> Result<(), LocalError> {
        if let Some(pid) = number(pid) {
            let _ended_before = kill_process(pid, signal);
        }
        Ok(())
    }

    pub(super) fn group(pid: u32, signal: Signal) {
        if let Some(pid) = number(pid) {
            let _ended_before = kill_process_group(pid, signal);
        }
    }

    /// Zero and one would mean our own group and the init process.
    fn number(pid: u32) -> Option<Pid> {
        i32::try_from(pid).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw)
    }
}

#[cfg(not(unix))]
mod signal {
    use super::LocalError;

    pub(super) const TERM: () = ();
    pub(super) const KILL: () = ();

    pub(super) fn one(_pid: u32, (): ()) -> Result<(), LocalError> {
        Err(LocalError::Unsupported)
    }

    pub(super) fn group(_pid: u32, (): ()) {}
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use camino::Utf8Path;

    use super::*;

    /// A process with the command line of a local cloud, in this folder.
    fn cloud(folder: &Utf8Path, token: &str) -> Child {
        Command::new("sh")
            .args(["-c", "read line", "python", "-X", token, "-c", "import ministack"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap()
    }

    #[test]
    fn a_recycled_number_is_not_ours() {
        let folders = Folders::new("/c", "/c/local");
        let record = |pid: u32| Record::new(1, pid, "pipectl-of-another-life".to_owned());
        assert!(!is_ours(&record(std::process::id()), &folders));
        assert!(!is_ours(&record(u32::MAX), &folders));
        assert!(!is_ours(&record(0), &folders));
    }

    #[test]
    fn a_process_is_ours_by_all_that_it_was_started_with_until_it_ends() {
        let here = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let [here, other] = [&here, &other].map(|folder| Utf8Path::from_path(folder.path()).unwrap());
        let folders = Folders::new(here, here);
        let token = format!("pipectl-test-{}", std::process::id());
        let mut child = cloud(here, &token);
        let until = |wanted: &dyn Fn() -> bool| {
            (0..400).any(|_| {
                std::thread::sleep(std::time::Duration::from_millis(5));
                wanted()
            })
        };
        let seen = until(&|| is_ours(&Record::new(1, child.id(), token.clone()), &folders));
        let record = Record::new(1, child.id(), token.clone());
        let ours = [
            is_ours(&record, &folders),
            is_ours(&Record { process_began: None, ..record.clone() }, &folders),
            is_ours(&Record { token: String::new(), ..record.clone() }, &folders),
            is_ours(&Record { token: "pipectl-test".to_owned(), ..record.clone() }, &folders),
            is_ours(&Record { process_began: Some("1".to_owned()), ..record.clone() }, &folders),
            is_ours(&record, &Folders::new(here, other)),
        ];
        terminate(child.id()).unwrap();
        child.wait().unwrap();
        // Not all systems report the folder.
        let elsewhere = !cfg!(target_os = "linux");
        assert_eq!((seen, ours), (true, [true, true, false, false, false, elsewhere]));
        assert!(!is_ours(&record, &folders));
    }
}
