use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};

use super::Destination;
use super::linker::{Linker, ZIGBUILD, foreign_target, linker, linker_setting, zig_target};
use super::listing::PACKAGE;
use super::own::own;
use super::published::Install;
use super::source::Source;
use super::unbuilt::{failed, no_cargo, not_there, too_late, unusable};
use crate::child;
use crate::diagnostic::Failure;

/// The progress of a build: the compiler's own lines, such as `Compiling serde v1.0.229`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress(pub String);

/// What is packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Program(Utf8PathBuf),
    /// One that was built elsewhere, and that the environment names.
    Ready(Utf8PathBuf),
    /// A zip that contains the program and the licences of its dependencies.
    Zip(&'static [u8]),
}

/// Gets the processor from its source, and builds it if necessary. Only crates are ever downloaded. `cache` returns the
/// folder for files that are retained between runs, and is called only if needed.
///
/// # Errors
/// No cargo, or a failed build, with the compiler's last lines; or the deadline passed.
pub fn build(
    source: &Source,
    destination: Destination,
    cache: &dyn Fn() -> Result<Utf8PathBuf, Failure>,
    deadline: Option<Instant>,
    report: &mut dyn FnMut(Progress),
) -> Result<Content, Failure> {
    let mut follow = |command: Command| {
        report(Progress(words(&command)));
        follow(command, destination, deadline, report)
    };
    let program = match source {
        Source::Program(file) if !file.exists() => return Err(not_there(file)),
        Source::Code(path) => own(path, destination, deadline, report)?,
        Source::Program(file) => return Ok(Content::Ready(file.clone())),
        Source::Embedded(one) => return Ok(Content::Zip(one.zip)),
        Source::Workspace(folder) => {
            let (command, program) = in_workspace(folder, destination);
            follow(command)?;
            program
        }
        Source::Published => {
            let install = Install::new(&cache()?, foreign_target(destination));
            if !install.program().is_file() {
                let command = install.command(cargo("install", destination));
                follow(command.map_err(|error| unusable(&error))?)?;
                install.tidy();
            }
            install.program()
        }
    };
    Ok(Content::Program(program))
}

/// The command that builds the sources of a workspace, and the path of its program.
fn in_workspace(workspace: &Utf8Path, destination: Destination) -> (Command, Utf8PathBuf) {
    let mut command = cargo("build", destination);
    command.args(["--release", "--locked", "--package", PACKAGE, "--bin", "bootstrap"]);
    command.current_dir(workspace);
    let target =
        env::var("CARGO_TARGET_DIR").map_or_else(|_| workspace.join("target"), |dir| workspace.join(dir));
    let folder = foreign_target(destination).map_or_else(|| target.clone(), |name| target.join(name));
    (command, folder.join("release").join("bootstrap"))
}

/// A cargo command for a destination.
pub(super) fn cargo(verb: &str, destination: Destination) -> Command {
    let own = || Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let Some(target) = foreign_target(destination) else {
        let mut command = own();
        command.arg(verb);
        return command;
    };
    let mut command = match linker(target) {
        Linker::Zig => {
            let mut command = Command::new(ZIGBUILD);
            // It calls its own `cargo build` so.
            command.arg(if verb == "build" { "zigbuild" } else { verb });
            command.args(["--target", &zig_target(target)]);
            return command;
        }
        Linker::Found(linker) => {
            let mut command = own();
            command.env(linker_setting(target), linker);
            command
        }
        Linker::Configured | Linker::Missing(_) => own(),
    };
    command.args([verb, "--target", target]);
    command
}

/// The relevant part of the command line, as a user would type it.
fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let all = [program].into_iter().chain(command.get_args());
    all.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Runs it to its end. `report` gets its lines.
pub(super) fn follow(
    mut command: Command,
    destination: Destination,
    deadline: Option<Instant>,
    report: &mut dyn FnMut(Progress),
) -> Result<(), Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    forget_outer_cargo(&mut command);
    let (mut child, live) = child::start(&mut command).map_err(|error| no_cargo(&error, destination))?;
    let mut words = Vec::new();
    let lines = child.stderr.take().map(lines);
    while let Some(lines) = &lines {
        match next(lines, deadline) {
            Ok(line) => {
                report(Progress(line.trim().to_owned()));
                words.push(line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                // The compilers it started end with it.
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

/// cargo's output, read on a thread: the compilers it started may have its output open.
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

/// Under `cargo run` and `cargo test` the environment names pipectl's own package. Build scripts that watch these names
/// would run again, and cause minutes of compiling.
pub(super) fn forget_outer_cargo(command: &mut Command) {
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
