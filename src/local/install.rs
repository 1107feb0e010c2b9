use std::process::Command;
use std::time::Duration;

use fs_err as fs;

use super::child::{self, Ended};
use super::deadline::Deadline;
use super::folders::{Folders, refused, remove};
use super::lock::Lock;
use super::settings::{self, clean};
use super::{CloudProgress, LocalError, MINISTACK_VERSION, python};
use crate::input::{self, Origin};
use crate::save::{self, Access, Link};

const LINES_SHOWN: usize = 8;
/// For an installation over a slow network; only one that hangs takes this long.
const PATIENCE: Duration = Duration::from_secs(1800);
/// Bytes of the stamp; a real one has fewer than a hundred.
const LARGEST_STAMP: u64 = 4096;

/// Succeeds if each given distribution is installed in the given version.
const VERIFY: &str = "\
import importlib.metadata, sys
for wanted in sys.argv[1:]:
    name, _, version = wanted.partition('==')
    found = importlib.metadata.version(name)
    assert found == version, f'{name} is there in version {found}'";

/// Creates the virtual environment unless it exists. A virtual environment contains its own absolute path and cannot be
/// created elsewhere and renamed, so a stamp that is written last marks it as complete.
pub(super) fn ensure(
    folders: &Folders,
    deadline: Deadline,
    progress: &mut dyn FnMut(CloudProgress),
) -> Result<(), LocalError> {
    if is_complete(folders) {
        return Ok(());
    }
    let lock = Lock::take(&folders.install_lock(), deadline, || progress(CloudProgress::Waiting))?;
    if is_complete(folders) {
        return Ok(());
    }
    progress(CloudProgress::Installing);
    let install = Install { folders, lock: &lock, deadline };
    match install.with_uv()? {
        Uv::Installed => {}
        Uv::Absent => install.with_pip(None)?,
        Uv::Failed(error) => install.with_pip(Some(error))?,
    }
    let stamp = folders.stamp();
    save::replace(&stamp, packages().join(" ").as_bytes(), Access::Owner, Link::Replace)
        .map_err(|source| refused(&stamp, source))
}

/// The interpreter is a link to outside of the environment, which an upgrade of the system may break.
pub(super) fn is_complete(folders: &Folders) -> bool {
    folders.python().exists()
        && input::read(folders.stamp(), Origin::Private, LARGEST_STAMP)
            .is_ok_and(|stamp| stamp == packages().join(" ").as_bytes())
}

/// Makes the next `ensure` start from the beginning.
pub(super) fn forget(folders: &Folders) {
    let _absent = fs::remove_file(folders.stamp());
}

enum Uv {
    Installed,
    Absent,
    Failed(LocalError),
}

struct Install<'a> {
    folders: &'a Folders,
    lock: &'a Lock,
    deadline: Deadline,
}

impl Install<'_> {
    fn with_uv(&self) -> Result<Uv, LocalError> {
        let mut asked = Command::new("uv");
        asked.arg("--version");
        if self.run("uv", &mut asked).is_err() {
            self.deadline.check()?;
            return Ok(Uv::Absent);
        }
        let mut make = Command::new("uv");
        make.args(["venv", "--quiet", "--no-project", "--python", ">=3.10"]).arg(self.folders.environment());
        let mut install = Command::new("uv");
        install.args(["pip", "install", "--quiet", "--python"]).arg(self.folders.python()).args(packages());
        // uv has its own names for the same settings; a user behind a mirror has set pip's.
        for (theirs, ours) in [("UV_DEFAULT_INDEX", "PIP_INDEX_URL"), ("UV_FIND_LINKS", "PIP_FIND_LINKS")] {
            if let (None, Some(value)) = (std::env::var_os(theirs), std::env::var_os(ours)) {
                install.env(theirs, value);
            }
        }
        let done = remove(&self.folders.environment())
            .and_then(|()| self.run("uv", &mut make))
            .and_then(|()| self.run("uv", &mut install))
            .and_then(|()| self.verify("uv"));
        match done {
            Ok(()) => Ok(Uv::Installed),
            Err(over @ (LocalError::Deadline | LocalError::Stopped { .. })) => Err(over),
            Err(error) => Ok(Uv::Failed(error)),
        }
    }

    /// Also used if uv fails: pip knows mirrors from files that uv does not read. Without Python, uv's failure is
    /// reported.
    fn with_pip(&self, uv: Option<LocalError>) -> Result<(), LocalError> {
        let python = match (python::find(self.deadline), uv) {
            (Ok(python), _) => python,
            (Err(over @ (LocalError::Deadline | LocalError::Stopped { .. })), _) => return Err(over),
            (Err(_), Some(uv)) => return Err(uv),
            (Err(error), None) => return Err(error),
        };
        remove(&self.folders.environment())?;
        let mut make = Command::new(&python);
        make.args(["-I", "-m", "venv"]).arg(self.folders.environment());
        self.run(&format!("{python} -m venv"), &mut make)?;
        let python = self.folders.python();
        let mut install = Command::new(&python);
        install.args(["-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]);
        install.args(["--progress-bar", "off", "--quiet"]).args(packages());
        install.envs(settings::of_files(python.as_str(), self.deadline)?);
        self.run("pip", &mut install)?;
        self.verify("pip")
    }

    /// A tool that was redirected to another environment succeeds, too.
    fn verify(&self, tool: &str) -> Result<(), LocalError> {
        let mut look = Command::new(self.folders.python());
        look.args(["-I", "-c", VERIFY]).args(packages());
        self.run(tool, &mut look)
    }

    /// Runs to the end; a failure has the last lines of the output.
    fn run(&self, tool: &str, command: &mut Command) -> Result<(), LocalError> {
        let given: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        let ended = child::run(clean(command).envs(given), self.lock.share(), self.deadline, PATIENCE)?;
        if ended.succeeded {
            return Ok(());
        }
        Err(LocalError::InstallFailed { tool: tool.to_owned(), output: last_words(&ended) })
    }
}

/// `MiniStack` omits what only some clients need: current SDKs use CBOR for CloudWatch.
fn packages() -> [String; 2] {
    [format!("ministack=={MINISTACK_VERSION}"), "cbor2==6.3.0".to_owned()]
}

fn last_words(ended: &Ended) -> Vec<String> {
    let text = if ended.stderr.is_empty() { &ended.stdout } else { &ended.stderr };
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
        let stderr: String = (1..10).map(|number| format!("line {number}\n\n")).collect();
        let lines = last_words(&Ended { succeeded: false, stdout: "out".to_owned(), stderr });
        assert_eq!((lines.len(), lines[0].as_str(), lines[7].as_str()), (8, "line 2", "line 9"));
    }
}
