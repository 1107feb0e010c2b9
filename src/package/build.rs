use std::env;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use camino::Utf8PathBuf;

use super::Destination;
use super::linker::{Linker, foreign_target, linker, linker_setting};
use super::sources::{READY_MADE, not_there, ready_made, workspace};
use crate::child;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};

/// How far a build is: the compiler's own lines, such as `Compiling serde v1.0.229`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress(pub String);

/// Builds the processor and tells where its binary is. Nothing is ever downloaded but crates.
///
/// # Errors
/// No sources, no cargo, or a failed build, with the compiler's last words; or the deadline came before its end.
pub fn build(
    destination: Destination,
    deadline: Option<Instant>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Utf8PathBuf, Failure> {
    if let Some(path) = ready_made() {
        return if path.exists() { Ok(path) } else { Err(not_there(&path)) };
    }
    let workspace = workspace()?;
    let mut command = cargo("build", destination);
    command.args(["--release", "--locked", "--package", "pipectl-processor", "--bin", "bootstrap"]);
    command.current_dir(&workspace);
    follow(command, destination, deadline, tell)?;
    let target =
        env::var("CARGO_TARGET_DIR").map_or_else(|_| workspace.join("target"), |dir| workspace.join(dir));
    let folder = foreign_target(destination).map_or_else(|| target.clone(), |name| target.join(name));
    Ok(folder.join("release").join("bootstrap"))
}

/// A command of cargo's, for a destination.
pub(super) fn cargo(verb: &str, destination: Destination) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(verb);
    forget_outer_cargo(&mut command);
    if let Some(target) = foreign_target(destination) {
        command.args(["--target", target]);
        if let Linker::Found(linker) = linker(target) {
            command.env(linker_setting(target), linker);
        }
    }
    command
}

/// Runs it to its end. `tell` is given its lines.
pub(super) fn follow(
    mut command: Command,
    destination: Destination,
    deadline: Option<Instant>,
    tell: &mut dyn FnMut(Progress),
) -> Result<(), Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let (mut child, live) = child::start(&mut command).map_err(|error| {
        let reason =
            if error.kind() == ErrorKind::NotFound { "was not found".to_owned() } else { error.to_string() };
        Failure::failed(
            codes::PACKAGE_NO_CARGO,
            format!("the processor cannot be built: `cargo` {reason}"),
            format!("install Rust from https://rustup.rs, or set `{READY_MADE}` to a built `bootstrap`"),
        )
    })?;
    let mut words = Vec::new();
    let lines = child.stderr.take().map(lines);
    while let Some(lines) = &lines {
        match next(lines, deadline) {
            Ok(line) => {
                tell(Progress(line.trim().to_owned()));
                words.push(line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                // The compilers it has started end with it.
                live.end();
                let _reaped = child.wait();
                return Err(too_late());
            }
        }
    }
    let done = child.wait().is_ok_and(|status| status.success());
    drop(live);
    if done { Ok(()) } else { Err(failed(&words, foreign_target(destination))) }
}

/// What cargo says, read beside it: the compilers it started may hold its output open.
fn lines(errors: ChildStderr) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(errors).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn next(lines: &Receiver<String>, deadline: Option<Instant>) -> Result<String, RecvTimeoutError> {
    match deadline {
        Some(deadline) => lines.recv_timeout(deadline.saturating_duration_since(Instant::now())),
        None => lines.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

fn too_late() -> Failure {
    let message = "the processor is not built within the `--deadline`";
    let help = "run the same command again with a longer `--deadline`: what is compiled already is kept";
    Failure::new(Exit::Busy, Diagnostic::error(codes::DEADLINE, message).help(help))
}

/// Under `cargo run` and `cargo test` the environment names pipectl's own package; build scripts that watch these
/// names would run again, and with them minutes of compiling.
fn forget_outer_cargo(command: &mut Command) {
    const OUTER: [&str; 7] = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
    ];
    for (name, _) in env::vars_os() {
        if OUTER.iter().any(|outer| name.to_string_lossy().starts_with(outer)) {
            command.env_remove(name);
        }
    }
}

fn failed(words: &[String], foreign: Option<&str>) -> Failure {
    let missing_target = words.iter().any(|line| {
        line.contains("can't find crate for `core`") || line.contains("can't find crate for `std`")
    });
    let offline = words
        .iter()
        .any(|line| line.contains("failed to download") || line.contains("Could not resolve host"));
    let help = match foreign {
        Some(target) if missing_target => {
            format!("run `rustup target add {target}`, or set `processor.architecture` to this machine's own")
        }
        Some(target) => format!(
            "a C compiler and linker for {target} are needed: `apt install gcc-{}`, or set `processor.architecture` to this machine's own",
            target.replace("-unknown", "").replace('_', "-")
        ),
        None if offline => {
            "cargo needs the network for crates it does not have yet; run the same command when online"
                .to_owned()
        }
        None => "run `cargo build --release --package pipectl-processor` to see all of the compiler's words"
            .to_owned(),
    };
    if let Some(target) = foreign.filter(|_| missing_target) {
        let message =
            format!("the processor cannot be built: Rust's standard library for `{target}` is not installed");
        return Failure::failed(codes::PACKAGE_BUILD_FAILED, message, help);
    }
    let last = words.iter().rev().find(|line| line.trim_start().starts_with("error")).or(words.last());
    let reason = last.map_or("no words", |line| line.trim());
    Failure::failed(codes::PACKAGE_BUILD_FAILED, format!("the processor cannot be built: {reason}"), help)
}
