use std::process::{Command, Stdio};
use std::time::Duration;

use super::deadline::Deadline;
use super::settings::clean;
use super::{LocalError, child};

/// Newest first among the versions that `MiniStack` is tested with, then the system's default names.
const NAMES: [&str; 6] = ["python3.13", "python3.12", "python3.11", "python3.10", "python3", "python"];

const OLDEST: (u32, u32) = (3, 10);

/// A program on the path may be a shim that never answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// Prints the version, and whether both modules that a virtual environment needs are installed.
const PROBE: &str = "import sys, importlib.util as u; \
    print(*sys.version_info[:2], int(all(u.find_spec(m) for m in ('venv', 'ensurepip'))))";

#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    command: String,
    version: (u32, u32),
    makes_environments: bool,
}

/// The command of an interpreter that can create the virtual environment.
///
/// # Errors
/// There is none, or none that is new enough.
pub fn find(deadline: Deadline) -> Result<String, LocalError> {
    choose(NAMES.into_iter().filter_map(|name| probe(name, deadline)))
        // An interpreter that was not tried in time is not missing.
        .or_else(|error| deadline.check().and(Err(error)))
}

/// Lazy: a machine has a shim for most names, and each costs a start of Python.
fn choose(candidates: impl Iterator<Item = Found>) -> Result<String, LocalError> {
    let (mut bare, mut old) = (None, None);
    for found in candidates {
        if found.version < OLDEST {
            old.get_or_insert(found);
        } else if found.makes_environments {
            return Ok(found.command);
        } else {
            bare.get_or_insert(found);
        }
    }
    let version = |found: &Found| format!("{}.{}", found.version.0, found.version.1);
    Err(match (bare, old) {
        (Some(found), _) => LocalError::VenvMissing { version: version(&found), command: found.command },
        (None, Some(found)) => LocalError::PythonTooOld { version: version(&found), command: found.command },
        (None, None) => LocalError::PythonMissing,
    })
}

fn probe(command: &str, deadline: Deadline) -> Option<Found> {
    let mut ask = Command::new(command);
    clean(ask.args(["-I", "-c", PROBE]));
    let answer = child::run(&mut ask, Stdio::null(), deadline, PATIENCE).ok()?;
    parse(command, &answer.stdout)
}

fn parse(command: &str, output: &str) -> Option<Found> {
    let mut words = output.split_whitespace().map(str::parse::<u32>);
    let mut next = || words.next()?.ok();
    let version = (next()?, next()?);
    Some(Found { command: command.to_owned(), version, makes_environments: next()? == 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(command: &str, minor: u32, makes_environments: bool) -> Found {
        Found { command: command.into(), version: (3, minor), makes_environments }
    }

    #[test]
    fn the_first_that_can_make_an_environment_wins() {
        let candidates =
            [found("python3.13", 13, false), found("python3.9", 9, true), found("python3", 11, true)];
        assert_eq!(choose(candidates.into_iter()).unwrap(), "python3");
    }

    #[test]
    fn what_is_missing_is_reported() {
        let bare = choose([found("python3", 11, false), found("python", 8, true)].into_iter()).unwrap_err();
        assert!(bare.help().starts_with("run `apt install python3.11-venv`"), "{}", bare.help());
        let old = choose([found("python3", 9, true)].into_iter()).unwrap_err();
        assert_eq!(old.to_string(), "`python3` is Python 3.9, but the local cloud needs 3.10 or newer");
        assert!(matches!(choose(std::iter::empty()).unwrap_err(), LocalError::PythonMissing));
    }

    #[test]
    fn a_shim_that_only_talks_is_no_python() {
        assert_eq!(parse("python3", "3 11 1\n"), Some(found("python3", 11, true)));
        assert_eq!(parse("python", "xcode-select: note: no developer tools were found"), None);
        assert_eq!(parse("python", ""), None);
    }
}
