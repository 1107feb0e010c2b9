use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fs_err as fs;

use super::deadline::Deadline;
use super::folders::{Folders, refused};
use super::lock::Lock;
use super::record::{Record, endpoint};
use super::{LocalError, health, install, logs, process};

const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(25);
const ENDING: Duration = Duration::from_secs(5);
const LINES_SHOWN: usize = 12;

/// The program of the process; a long one is passed in the environment, so that lists of processes stay readable.
const LAUNCH: &str = "import os; exec(os.environ.pop('PIPECTL_LAUNCH')) # runs ministack";
const PROGRAM: &str = include_str!("launch.py");

/// Starts the process and waits until it serves. One that fails is ended, and its pid is removed from the record.
pub(super) fn start(folders: &Folders, port: u16, deadline: Deadline) -> Result<Record, LocalError> {
    let token = token();
    let running = hold(folders)?;
    let mut child = spawn(folders, port, &token, &running)?;
    drop(running);
    let record = Record::new(port, child.id(), token);
    let served =
        record.write(folders).and_then(|()| wait(folders, &record, deadline, || exit_of(&mut child)));
    if let Err(error) = served {
        let _ended_before = process::kill(child.id());
        let _reaped = child.wait();
        // It has exited, so nothing can be lost.
        record.stopped().write(folders)?;
        return Err(error);
    }
    Ok(record)
}

/// Waits for a process that somebody else started.
pub(super) fn wait_for(folders: &Folders, record: &Record, deadline: Deadline) -> Result<(), LocalError> {
    wait(folders, record, deadline, || (!process::is_ours(record, folders)).then(|| "it is gone".to_owned()))
}

fn wait(
    folders: &Folders,
    record: &Record,
    deadline: Deadline,
    mut ended: impl FnMut() -> Option<String>,
) -> Result<(), LocalError> {
    let began = Instant::now();
    loop {
        if health::is_ours(record) {
            return Ok(());
        }
        if let Some(status) = ended() {
            let lines = logs::tail(folders, LINES_SHOWN).unwrap_or_default();
            // The system's Python was replaced under the environment: the next `up` installs it again.
            if lines.iter().any(|line| line.contains("No module named")) {
                install::forget(folders);
            }
            return Err(LocalError::Died { status, log: folders.log(), lines });
        }
        deadline.check()?;
        if began.elapsed() > PATIENCE {
            let lines = logs::tail(folders, LINES_SHOWN).unwrap_or_default();
            return Err(LocalError::NotHealthy { seconds: PATIENCE.as_secs(), log: folders.log(), lines });
        }
        sleep(PAUSE);
    }
}

/// Two processes with one state would overwrite each other's. A process that is being ended holds the lock until it has
/// exited.
fn hold(folders: &Folders) -> Result<Lock, LocalError> {
    let began = Instant::now();
    loop {
        if let Some(lock) = Lock::try_take(&folders.running_lock())? {
            return Ok(lock);
        }
        if began.elapsed() > ENDING {
            return Err(LocalError::RunsUnrecorded { folder: folders.local().to_owned() });
        }
        sleep(PAUSE);
    }
}

fn spawn(folders: &Folders, port: u16, token: &str, running: &Lock) -> Result<Child, LocalError> {
    let (log, previous) = (folders.log(), folders.previous_log());
    let _first_time = fs::rename(&log, previous);
    let file = fs::File::create(&log).map_err(|source| refused(&log, source))?.into_file();
    let errors = file.try_clone().map_err(|source| refused(&log, source))?;
    Command::new(folders.python())
        // Python reserves this option for other implementations: it puts our token on the command line.
        .args(["-I", "-X", token, "-c", LAUNCH])
        .env_clear()
        .envs(environment(folders, port, token))
        .env("PIPECTL_LAUNCH", PROGRAM)
        .current_dir(folders.local())
        .stdin(running.share())
        .stdout(file)
        .stderr(errors)
        .spawn()
        .map_err(|source| refused(&folders.python(), source))
}

/// The complete environment. Every Lambda process inherits it, so the user's credentials, profile and home must not be
/// in it, and `AWS_ENDPOINT_URL` must, or the processor would call AWS itself.
fn environment(folders: &Folders, port: u16, token: &str) -> Vec<(&'static str, String)> {
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned());
    vec![
        ("PATH", path),
        ("HOME", folders.home().into_string()),
        ("TMPDIR", folders.scratch().into_string()),
        ("BIND_HOST", "127.0.0.1".to_owned()),
        ("MINISTACK_HOST", "127.0.0.1".to_owned()),
        ("GATEWAY_PORT", port.to_string()),
        ("AWS_ENDPOINT_URL", endpoint(port)),
        ("IOT_MTLS_ENABLED", "0".to_owned()),
        ("SFTP_ENABLED", "0".to_owned()),
        ("PERSIST_STATE", "1".to_owned()),
        ("STATE_DIR", folders.services().into_string()),
        ("S3_PERSIST", "1".to_owned()),
        ("S3_DATA_DIR", folders.objects().into_string()),
        // Whether it enforces IAM policies, including that of the processor's role.
        ("AUTH", std::env::var(ENFORCE_IAM).is_ok_and(|value| value == "1").to_string()),
        // The keys of the root user, which pipectl uses.
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        // Free text that the health answer returns.
        ("MINISTACK_EDITION", token.to_owned()),
    ]
}

/// If `1`, the local cloud denies what IAM policies do not allow.
const ENFORCE_IAM: &str = "PIPECTL_LOCAL_IAM";

fn token() -> String {
    format!("pipectl-{}-{}", std::process::id(), jiff::Timestamp::now().as_nanosecond())
}

fn exit_of(child: &mut Child) -> Option<String> {
    match child.try_wait() {
        Ok(None) => None,
        Ok(Some(status)) => Some(status.to_string()),
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_user_but_the_path_reaches_the_process() {
        let given = environment(&Folders::new("/c", "/state"), 4711, "pipectl-t");
        let value = |name: &str| given.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        assert_eq!(value("AWS_ENDPOINT_URL"), Some("http://127.0.0.1:4711"));
        assert_eq!(value("BIND_HOST"), Some("127.0.0.1"));
        assert_eq!(value("HOME"), Some("/state/home"));
        assert_eq!(value("STATE_DIR"), Some("/state/state"));
        let keys = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        assert!(given.iter().all(|(name, _)| !name.starts_with("AWS_") || keys.contains(name)));
        assert_eq!((value(keys[1]), value(keys[2])), (Some("local"), Some("local")));
    }
}
