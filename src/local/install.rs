use std::process::{Command, Output, Stdio};

use fs_err as fs;

use super::folders::{Folders, refused, remove};
use super::lock::Lock;
use super::{LocalError, MINISTACK_VERSION, Progress, python};
use crate::input::{self, Origin};

/// An activated environment or a user's pip settings of this kind would send the package elsewhere.
const FOREIGN: [&str; 7] = [
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
];

const LINES_SHOWN: usize = 8;
/// Bytes of the list of packages that is kept with an environment.
const STAMP: u64 = 64 * 1024;

/// Makes the virtual environment unless it is there. A virtual environment holds its own absolute path
/// and cannot be made aside and renamed, so a stamp written last tells a whole one from a broken one.
pub(super) fn ensure(folders: &Folders, progress: &mut dyn FnMut(Progress)) -> Result<(), LocalError> {
    if is_complete(folders) {
        return Ok(());
    }
    let lock = Lock::take(&folders.install_lock(), || progress(Progress::Waiting))?;
    if is_complete(folders) {
        return Ok(());
    }
    progress(Progress::Installing);
    match with_uv(folders, &lock) {
        Uv::Installed => {}
        Uv::Absent => with_pip(folders, &lock, None)?,
        Uv::Failed(error) => with_pip(folders, &lock, Some(error))?,
    }
    let stamp = folders.stamp();
    fs::write(&stamp, packages().join(" ")).map_err(|source| refused(&stamp, source))
}

/// The interpreter is a link out of the environment, which an upgrade of the system may cut.
pub(super) fn is_complete(folders: &Folders) -> bool {
    folders.python().exists()
        && input::text(folders.stamp(), Origin::Own, STAMP).is_ok_and(|stamp| stamp == packages().join(" "))
}

/// Has the next `ensure` begin anew.
pub(super) fn forget(folders: &Folders) {
    let _absent = fs::remove_file(folders.stamp());
}

enum Uv {
    Installed,
    Absent,
    Failed(LocalError),
}

fn with_uv(folders: &Folders, lock: &Lock) -> Uv {
    if run(Command::new("uv").arg("--version"), Stdio::null()).is_err() {
        return Uv::Absent;
    }
    let mut make = Command::new("uv");
    make.args(["venv", "--quiet", "--no-project", "--python", ">=3.10"]).arg(folders.environment());
    let mut install = Command::new("uv");
    install.args(["pip", "install", "--quiet", "--python"]).arg(folders.python()).args(packages());
    // uv has names of its own for the same settings; a user behind a mirror has set pip's.
    for (theirs, ours) in [("UV_DEFAULT_INDEX", "PIP_INDEX_URL"), ("UV_FIND_LINKS", "PIP_FIND_LINKS")] {
        if let (None, Some(value)) = (std::env::var_os(theirs), std::env::var_os(ours)) {
            install.env(theirs, value);
        }
    }
    let done = remove(&folders.environment()).and_then(|()| {
        run(&mut make, lock.share())
            .and_then(|()| run(&mut install, lock.share()))
            .map_err(|output| failed("uv", output))
    });
    match done {
        Ok(()) => Uv::Installed,
        Err(error) => Uv::Failed(error),
    }
}

/// Also the way out when uv fails: pip knows mirrors from files uv does not read. Where there is no Python
/// either, uv's failure is the one to tell.
fn with_pip(folders: &Folders, lock: &Lock, uv: Option<LocalError>) -> Result<(), LocalError> {
    let python = match (python::find(), uv) {
        (Ok(python), _) => python,
        (Err(_), Some(uv)) => return Err(uv),
        (Err(error), None) => return Err(error),
    };
    remove(&folders.environment())?;
    let mut make = Command::new(&python);
    make.args(["-m", "venv"]).arg(folders.environment());
    run(&mut make, lock.share()).map_err(|output| failed(&format!("{python} -m venv"), output))?;
    let mut install = Command::new(folders.python());
    install.args([
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        "--quiet",
    ]);
    run(install.args(packages()), lock.share()).map_err(|output| failed("pip", output))?;
    Ok(())
}

/// `MiniStack` leaves out what only some clients need: today's SDKs speak CBOR to CloudWatch.
fn packages() -> [String; 2] {
    [format!("ministack=={MINISTACK_VERSION}"), "cbor2==6.3.0".to_owned()]
}

fn failed(tool: &str, output: Vec<String>) -> LocalError {
    LocalError::InstallFailed { tool: tool.to_owned(), output }
}

/// Runs to the end; on failure gives the last lines of what it said.
fn run(command: &mut Command, input: Stdio) -> Result<(), Vec<String>> {
    for variable in FOREIGN {
        command.env_remove(variable);
    }
    match command.stdin(input).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(last_words(&output)),
        Err(error) => Err(vec![error.to_string()]),
    }
}

fn last_words(output: &Output) -> Vec<String> {
    let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(said);
    let mut lines: Vec<String> = text
        .lines()
        .rev()
        .filter(|line| !line.trim().is_empty())
        .take(LINES_SHOWN)
        .map(str::to_owned)
        .collect();
    lines.reverse();
    lines
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    #[test]
    fn an_environment_without_its_stamp_or_interpreter_is_half_installed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Utf8Path::from_path(folder.path()).unwrap();
        let folders = Folders::new(cache, cache.join("local"));
        fs::create_dir_all(folders.python().parent().unwrap()).unwrap();
        fs::write(folders.python(), "").unwrap();
        assert!(!is_complete(&folders), "killed before the stamp");
        fs::write(folders.stamp(), "1.5.32").unwrap();
        assert!(!is_complete(&folders), "another release");
        fs::write(folders.stamp(), packages().join(" ")).unwrap();
        assert!(is_complete(&folders));
        fs::remove_file(folders.python()).unwrap();
        std::os::unix::fs::symlink("/nowhere/python", folders.python()).unwrap();
        assert!(!is_complete(&folders), "the system's Python went away");
        forget(&folders);
        assert!(!folders.stamp().exists());
    }

    #[test]
    fn a_failure_shows_the_last_lines() {
        let mut talks = Command::new("sh");
        talks.args(["-c", "for i in 1 2 3 4 5 6 7 8 9; do echo line $i >&2; done; echo out; exit 1"]);
        let said = run(&mut talks, Stdio::null()).unwrap_err();
        assert_eq!((said.len(), said[0].as_str(), said[7].as_str()), (8, "line 2", "line 9"));
        assert_eq!(run(Command::new("sh").args(["-c", "exit 0"]), Stdio::null()), Ok(()));
        assert_eq!(run(&mut Command::new("/nowhere/uv"), Stdio::null()).unwrap_err().len(), 1);
    }
}
