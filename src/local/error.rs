use std::io;

use camino::Utf8PathBuf;
use thiserror::Error;

use super::MINISTACK_VERSION;
use crate::interrupt::Signal;

/// The errors of the local cloud. Each variant documents its cause; [`LocalError::help`] says how to fix it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The environment: it sets neither a home nor a folder for pipectl.
    #[error("no cache folder: `HOME` is not set")]
    NoHome,

    /// The environment: the local cloud's JSON answers and paths must be text.
    #[error("`{variable}` is not valid UTF-8")]
    NotUnicode { variable: String },

    /// The machine: usually a permission or a full disk.
    #[error("cannot use the folder `{folder}`: {source}")]
    Folder { folder: Utf8PathBuf, source: io::Error },

    /// The machine.
    #[error("no Python found; the local cloud needs Python 3.10 or newer")]
    PythonMissing,

    /// The machine.
    #[error("`{command}` is Python {version}, but the local cloud needs 3.10 or newer")]
    PythonTooOld { command: String, version: String },

    /// The machine: Debian and its derivatives package the two modules separately from Python.
    #[error("`{command}` has no `venv` and `ensurepip` modules, so no virtual environment can be created")]
    VenvMissing { command: String, version: String },

    /// Mostly the network or the package index.
    #[error("`{tool}` could not install `ministack=={MINISTACK_VERSION}`")]
    InstallFailed { tool: String, output: Vec<String> },

    /// Another program that listens on the requested port.
    #[error("port `{port}` cannot be used: {source}")]
    PortTaken { port: u16, source: io::Error },

    /// Another program that listens on the port of this state.
    #[error("port `{port}` cannot be used, and the local state in `{folder}` belongs to it: {source}")]
    PortOfStateTaken { port: u16, folder: Utf8PathBuf, source: io::Error },

    /// The user: there is one local cloud per state folder.
    #[error("the local cloud already runs on port `{port}`, not on `{asked}`")]
    RunsElsewhere { asked: u16, port: u16 },

    /// The user: both requests cannot be fulfilled.
    #[error("port `{asked}` was requested, but the local state in `{folder}` belongs to port `{saved}`")]
    OtherPort { asked: u16, saved: u16, folder: Utf8PathBuf },

    /// `MiniStack`, or an environment that was damaged since its installation.
    #[error("the local cloud stopped while it was starting ({status})")]
    Died { status: String, log: Utf8PathBuf, lines: Vec<String> },

    /// `MiniStack`, or an overloaded machine.
    #[error("the local cloud did not become healthy within {seconds} s")]
    NotHealthy { seconds: u64, log: Utf8PathBuf, lines: Vec<String> },

    /// `MiniStack`: it has unsaved state, so only the user may kill it.
    #[error("the local cloud (process `{pid}`) did not stop within {seconds} s")]
    DidNotStop { pid: u32, seconds: u64 },

    /// The machine, mostly a full disk: the process still runs and retries, so nothing is lost yet.
    #[error("the state of the local cloud is not saved: {reason}")]
    NotSaved { pid: u32, reason: String },

    /// A signal, or a shutdown of the machine.
    #[error(
        "the local cloud stopped before its state was saved: what was written since its last clean stop is lost"
    )]
    SaveCutOff,

    /// Another program, or the disk.
    #[error("the saved state of the local cloud is damaged: {fault}")]
    Damaged { fault: String, saved: Utf8PathBuf, state: Utf8PathBuf },

    /// Another program, or the disk.
    #[error("`{record}`, the record of the running local cloud, is damaged")]
    DamagedRecord { record: Utf8PathBuf, saved: Utf8PathBuf },

    /// The record was deleted.
    #[error("a local cloud already runs in `{folder}`, but its process id is not recorded there")]
    RunsUnrecorded { folder: Utf8PathBuf },

    /// The user: the state folder contains other folders.
    #[error("`{folder}` does not belong to the local cloud: {reason}")]
    NotOurs { folder: Utf8PathBuf, reason: &'static str },

    /// The user: the local cloud has never run here.
    #[error("there is no log at `{log}`")]
    NoLog { log: Utf8PathBuf },

    /// pipectl: its template must have a literal name there.
    #[error("`{property}` of `{logical_id}` is not a plain name, which the local cloud needs")]
    Unnamed { logical_id: String, property: &'static str },

    /// The local cloud: it rejected a call that replaces a part of the template.
    #[error("could not set up locally: {bridge}: {reason}")]
    Bridge { bridge: String, reason: String },

    /// The user: the requested deadline is over.
    #[error("the local cloud is not ready within the `--deadline`")]
    Deadline,

    /// The user, or the program that sent the signal.
    #[error("stopped by {signal}; the local cloud is not started")]
    Stopped { signal: Signal },

    /// The same, while the process saves its state.
    #[error("stopped by {signal}; the local cloud (process `{pid}`) is still saving its state")]
    StoppedWaiting { signal: Signal, pid: u32 },

    /// The platform: identifying and stopping processes needs Unix.
    #[error("the local cloud runs on Linux and macOS only")]
    Unsupported,
}

impl LocalError {
    /// The next command or edit, ready to be copied.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoHome | Self::NotUnicode { .. } => {
                "set `PIPECTL_CACHE_DIR` to a folder you may write to, for example `export PIPECTL_CACHE_DIR=/tmp/pipectl`".to_owned()
            }
            Self::Folder { folder, .. } => format!(
                "make `{folder}` writable, or set `PIPECTL_CACHE_DIR` (and `PIPECTL_LOCAL_DIR` for the state alone) to a folder that is"
            ),
            Self::PythonMissing | Self::PythonTooOld { .. } => {
                "install `uv` (https://docs.astral.sh/uv) or Python 3.10 or newer, for example `apt install python3-venv` or `brew install python`, then run `pipectl local up` again".to_owned()
            }
            Self::VenvMissing { version, .. } => {
                format!("run `apt install python{version}-venv` (or install `uv`), then `pipectl local up` again")
            }
            Self::InstallFailed { tool, output } => {
                let index = if tool == "uv" { "UV_DEFAULT_INDEX" } else { "PIP_INDEX_URL" };
                format!(
                    "{}run `pipectl local up` again when online; with a mirror, set `{index}`; without network, set `{}` to a folder of wheels",
                    ends_with(&format!("`{tool}` said"), output),
                    if tool == "uv" { "UV_FIND_LINKS" } else { "PIP_FIND_LINKS" },
                )
            }
            Self::PortTaken { .. } => "run `pipectl local up --port 0` for any free port, or name one with `--port N`".to_owned(),
            Self::PortOfStateTaken { port, .. } => format!(
                "stop the program that listens on port {port}, or delete the state with `pipectl local down --purge` and run `pipectl local up` again; `PIPECTL_LOCAL_DIR` can name another state folder"
            ),
            Self::RunsElsewhere { port, .. } => format!(
                "leave out `--port` (or give {port}), or run `pipectl local down --purge` first: its state belongs to its port"
            ),
            Self::OtherPort { saved, .. } => format!(
                "leave out `--port` (or give {saved}), or delete the state with `pipectl local down --purge` first; `PIPECTL_LOCAL_DIR` can name another state folder"
            ),
            Self::Died { log, lines, .. } => {
                format!("{}run `pipectl local up` again; the whole log is `{log}`", ends_with("its log ends with", lines))
            }
            Self::NotHealthy { log, lines, .. } => format!(
                "{}run `pipectl local down`, then `pipectl local up`; the whole log is `{log}`",
                ends_with("its log ends with", lines)
            ),
            Self::DidNotStop { pid, .. } => format!(
                "wait and run `pipectl local down` again; `kill -9 {pid}` stops it, and loses all writes since its last clean stop"
            ),
            Self::NotSaved { pid, .. } => format!(
                "nothing is lost yet: process {pid} has the state in memory and tries to save it every second; free some space on its disk, then run `pipectl local down` again. `kill -9 {pid}` stops it and loses what was written since its last clean stop; the state saved then is intact"
            ),
            Self::SaveCutOff => "run `pipectl local up`: it starts with the state of its last clean stop, which is intact".to_owned(),
            Self::Damaged { saved, state, .. } => format!(
                "it was moved to `{saved}`: repair it and move it back to `{state}`, or run the same command again to start with an empty local cloud"
            ),
            Self::DamagedRecord { saved, .. } => {
                format!("it was moved to `{saved}`; run the same command again to start without it")
            }
            Self::RunsUnrecorded { folder } => format!(
                "end the process that holds the lock of `{folder}/running.lock` (`fuser {folder}/running.lock` prints it), or set `PIPECTL_LOCAL_DIR` to another folder"
            ),
            Self::NotOurs { folder, .. } => format!(
                "set `PIPECTL_LOCAL_DIR` to a separate folder, for example `export PIPECTL_LOCAL_DIR=~/.cache/pipectl/local`, or remove `{folder}` yourself"
            ),
            Self::NoLog { .. } => "run `pipectl local up` first".to_owned(),
            Self::Unnamed { property, .. } => format!("write `{property}` as plain text in the template"),
            Self::Bridge { .. } => {
                "run `pipectl local logs` to see why the local cloud refused, then apply again: what is already set up is retained".to_owned()
            }
            Self::Deadline => "run the same command again with a longer `--deadline`: what is already installed is retained".to_owned(),
            Self::Stopped { .. } => "run the same command again: what is already installed is retained".to_owned(),
            Self::StoppedWaiting { .. } => "run `pipectl local down` again to check that the state is saved".to_owned(),
            Self::Unsupported => "use Linux, macOS or WSL, or deploy to an AWS account instead of `--local`".to_owned(),
        }
    }
}

fn ends_with(lead: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut text = format!("{lead}:\n");
    for line in lines {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_shows_the_last_lines_and_the_variable_of_the_tool() {
        let failed = |tool: &str| LocalError::InstallFailed {
            tool: tool.into(),
            output: vec!["no route to host".into()],
        };
        assert_eq!(failed("pip").to_string(), "`pip` could not install `ministack==1.5.33`");
        assert!(failed("pip").help().starts_with("`pip` said:\n  no route to host\nrun "));
        assert!(failed("pip").help().contains("`PIP_INDEX_URL`"));
        assert!(failed("uv").help().contains("`UV_DEFAULT_INDEX`"));
    }

    #[test]
    fn messages_are_fragments_without_a_full_stop() {
        let errors = [
            LocalError::NoHome,
            LocalError::PythonMissing,
            LocalError::VenvMissing { command: "python3".into(), version: "3.11".into() },
            LocalError::OtherPort { asked: 1, saved: 2, folder: "/x".into() },
            LocalError::DidNotStop { pid: 7, seconds: 30 },
        ];
        for error in errors {
            let message = error.to_string();
            assert!(!message.ends_with('.') && !message.starts_with(char::is_uppercase), "{message}");
            assert!(!error.help().is_empty());
        }
    }
}
