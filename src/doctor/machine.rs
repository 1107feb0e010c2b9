//! Checks what builds the processor on this machine, runs the local cloud and holds the cache.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::ask::{Answer, ask};
use super::check::{Area, Check, State};
use super::subject::Subject;
use crate::deploy::{Checkout, checkout, destination};
use crate::diagnostic::Failure;
use crate::local::{Deadline, Folders, LocalError, find_python, free_bytes};
use crate::package::{
    Destination, Linker, Machine, NamedBy, Source, cross_build, foreign_target, linker, not_there,
    own_program, source, usable,
};

const AREA: Area = Area::Machine;
/// Python interpreters are tried one after the other.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes that a build of the processor and the local cloud need, approximately.
const NEEDED_SPACE: u64 = 2 << 30;

/// Checks this machine; all checks run concurrently.
pub(super) async fn look(subject: &Subject<'_>) -> Vec<Check> {
    let destination = subject.spec.map_or(
        // By default, any architecture will do, so this machine's is used.
        if subject.is_local {
            Destination::ThisMachine
        } else {
            Machine::host().map_or(Destination::ThisMachine, Destination::Lambda)
        },
        |spec| destination(spec, subject.is_local),
    );
    let source = source(destination, subject.spec.and_then(|spec| spec.processor.code_path.clone()));
    let builds = match &source {
        Source::Code(path) => path.is_dir(),
        Source::Workspace(_) | Source::Published => true,
        Source::Program(_) | Source::Embedded(_) => false,
    };
    let asked =
        tokio::task::spawn_blocking(move || builds.then(|| ask(named_by("RUSTC", "rustc"), &["--version"])));
    let cargo =
        tokio::task::spawn_blocking(move || builds.then(|| ask(named_by("CARGO", "cargo"), &["--version"])));
    let target = subject.spec.and(foreign_target(destination)).filter(|_| builds);
    let library = tokio::task::spawn_blocking(move || {
        target
            .map(|target| ask(named_by("RUSTC", "rustc"), &["--print", "target-libdir", "--target", target]))
    });
    let python = tokio::task::spawn_blocking(|| {
        let folders = Folders::from_environment().ok();
        let is_installed = folders.is_some_and(|folders| folders.are_installed());
        (!is_installed).then(|| find_python(Deadline::at(Instant::now().checked_add(PATIENCE))))
    });
    let git = tokio::task::spawn_blocking(|| ask("git", &["--version"]));
    let git_checkout = checkout(subject.path.unwrap_or_else(|| Utf8Path::new("spec.yaml")));
    let of = source.clone();
    let program = tokio::task::spawn_blocking(move || program(&of, destination));
    let (rustc, cargo, library, python, git, git_checkout, program) =
        tokio::join!(asked, cargo, library, python, git, git_checkout, program);
    let mut checks = Vec::new();
    if builds {
        checks.push(rust(&answered(cargo), &answered(rustc)));
    }
    // Without cargo nothing is known of a package.
    if checks.iter().all(|check| check.state == State::Ok) {
        checks.extend(program.ok().flatten());
    }
    if let Some(target) = target {
        let has_library =
            matches!(answered(library), Answer::Output(folder) if Utf8Path::new(&folder).is_dir());
        checks.push(cross(target, has_library, &linker(target)));
    }
    if let Ok(found) = python {
        checks.push(interpreter(found, subject.is_local));
    }
    checks.push(repository(&git.unwrap_or(Answer::Silent), git_checkout.as_ref()));
    if let Ok(folders) = Folders::from_environment() {
        checks.extend(free_bytes(folders.cache()).map(|free| space(folders.cache(), free)));
    }
    checks.push(terminal(subject.columns));
    checks
}

/// The program, as cargo finds it.
fn named_by(variable: &str, usual: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| usual.into())
}

fn answered<E>(asked: Result<Option<Answer>, E>) -> Answer {
    asked.ok().flatten().unwrap_or(Answer::Silent)
}

/// What is known of the processor without building it.
fn program(source: &Source, destination: Destination) -> Option<Check> {
    let verdict = |name, looked: Result<String, Failure>| match looked {
        Ok(words) => Check::ok(AREA, name, words),
        Err(failure) => Check::of_failure(AREA, name, failure),
    };
    let read = |path: &Utf8Path, named_by| usable(path, Some(named_by), destination);
    Some(match source {
        Source::Code(path) if path.is_dir() => {
            verdict("own code", own_program(path).map(|name| format!("`{path}`, built as `{name}`")))
        }
        Source::Code(path) => {
            let words = format!("`{path}`, a program with this contract; nothing is built");
            verdict("own code", read(path, NamedBy::Code).map(|_| words))
        }
        Source::Program(path) if !path.exists() => verdict("processor", Err(not_there(path))),
        Source::Program(path) => {
            let words = format!("`{path}`, set by `PIPECTL_PROCESSOR`; nothing is built");
            verdict("processor", read(path, NamedBy::Variable).map(|_| words))
        }
        Source::Embedded(_) => Check::ok(AREA, "processor", format!("{source}; nothing is built")),
        Source::Workspace(_) | Source::Published => return None,
    })
}

/// Whether cargo and rustc are installed, and new enough.
fn rust(cargo: &Answer, rustc: &Answer) -> Check {
    let install = "install Rust from https://rustup.rs, or set `PIPECTL_PROCESSOR` to a built `bootstrap`";
    for (program, answer) in [("cargo", cargo), ("rustc", rustc)] {
        if let Some(fault) = answer.fault() {
            return Check::failed(
                AREA,
                "rust",
                format!("`{program}` {fault}: the processor cannot be built"),
                install,
            );
        }
    }
    let Answer::Output(words) = rustc else { return Check::ok(AREA, "rust", "found") };
    let version = words.split_whitespace().nth(1).unwrap_or_default();
    let least = env!("CARGO_PKG_RUST_VERSION");
    match (numbers(version), numbers(least)) {
        (Some(found), Some(wanted)) if found < wanted => Check::failed(
            AREA,
            "rust",
            format!("Rust {version} is too old: the processor needs {least}"),
            "run `rustup update stable`",
        ),
        _ => Check::ok(AREA, "rust", format!("{version}, with cargo")),
    }
}

/// `1.94.1-nightly` → 1, 94, 1.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let plain = version.split(['-', '+']).next()?;
    let mut parts = plain.split('.').map(str::parse);
    let mut next = || parts.next().unwrap_or(Ok(0)).ok();
    Some([next()?, next()?, next()?])
}

/// Whether the processor can be built for the spec's architecture, if it is not this machine's.
fn cross(target: &str, has_library: bool, linker: &Linker) -> Check {
    let fix = cross_build(target, has_library, linker);
    if !has_library {
        let finding = format!(
            "Rust's standard library for `{target}`, which the spec's processor needs, is not installed"
        );
        return Check::failed(AREA, "target", finding, fix);
    }
    match linker {
        Linker::Missing(program) => Check::failed(
            AREA,
            "target",
            format!("no linker for `{target}` was found: neither `{program}` nor `cargo-zigbuild`"),
            fix,
        ),
        Linker::Zig => Check::ok(AREA, "target", format!("`{target}`, built with `cargo-zigbuild`")),
        Linker::Configured => Check::ok(AREA, "target", format!("`{target}`, with a linker of your own")),
        Linker::Found(program) => Check::ok(AREA, "target", format!("`{target}`, linked by `{program}`")),
    }
}

/// Only the local cloud needs it, and only until it is installed: after that, none is searched.
fn interpreter(found: Option<Result<String, LocalError>>, is_needed: bool) -> Check {
    match found {
        None => Check::ok(AREA, "python", "the local cloud is installed"),
        Some(Ok(command)) => Check::ok(AREA, "python", format!("`{command}`, which can run the local cloud")),
        Some(Err(error)) if is_needed => Check::failed(AREA, "python", error.to_string(), error.help()),
        Some(Err(error)) => {
            Check::warning(AREA, "python", format!("{error}: `--local` cannot work"), error.help())
        }
    }
}

fn repository(git: &Answer, git_checkout: Option<&Checkout>) -> Check {
    if let Some(fault) = git.fault() {
        return Check::warning(
            AREA,
            "git",
            format!("`git` {fault}: the history cannot record the commit of an apply"),
            "install git",
        );
    }
    match git_checkout {
        Some(checkout) => Check::ok(AREA, "git", format!("commit {}", checkout.short())),
        None => Check::ok(AREA, "git", "not in a git repository: the history records no commit"),
    }
}

fn space(folder: &Utf8Path, free: u64) -> Check {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let gigabytes = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let words = format!("{:.1} GiB are free in `{folder}`", gigabytes(free));
    match free < NEEDED_SPACE {
        true => Check::warning(
            AREA,
            "disk",
            format!("{words}; a build and the local cloud take about {:.0} GiB", gigabytes(NEEDED_SPACE)),
            "free some space, or set `PIPECTL_CACHE_DIR` and `CARGO_TARGET_DIR` to another disk",
        ),
        false => Check::ok(AREA, "disk", words),
    }
}

fn terminal(columns: Option<usize>) -> Check {
    let words = match columns {
        Some(columns) => format!("{columns} columns; questions can be asked"),
        None => "none: answer questions with flags such as `--yes`".to_owned(),
    };
    Check::ok(AREA, "terminal", words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(words: &str) -> Answer {
        Answer::Output(words.to_owned())
    }

    #[test]
    fn rust_is_there_and_new_enough_or_the_fix_is_named() {
        let cargo = output("cargo 1.99.0 (0a1b 2026-01-01)");
        assert_eq!(rust(&cargo, &output("rustc 1.99.0 (0a1b 2026-01-01)")).state, State::Ok);
        assert_eq!(rust(&cargo, &output("rustc 2.0.0-nightly (0a1b)")).state, State::Ok);
        let old = rust(&cargo, &output("rustc 1.70.0 (0a1b 2023-01-01)"));
        assert_eq!((old.state, old.fix.as_deref()), (State::Failed, Some("run `rustup update stable`")));
        for answer in [Answer::Missing, Answer::Silent, Answer::Failed("no toolchain".to_owned())] {
            let without = rust(&answer, &output("rustc 1.99.0"));
            assert_eq!(without.state, State::Failed, "{without:?}");
            assert!(without.finding.starts_with("`cargo` "), "{without:?}");
        }
        let missing = program(&Source::Program("/nowhere".into()), Destination::ThisMachine);
        assert_eq!(missing.map(|check| check.state), Some(State::Failed));
    }

    #[test]
    fn another_architecture_needs_its_library_and_its_linker() {
        let target = "aarch64-unknown-linux-gnu";
        let missing = Linker::Missing("aarch64-linux-gnu-gcc".to_owned());
        let verdict = |has, linker: &Linker| {
            let check = cross(target, has, linker);
            (check.state, check.fix.unwrap_or_default())
        };
        assert!(verdict(false, &missing).1.starts_with("run `rustup target add aarch64-unknown-linux-gnu`"));
        assert!(verdict(true, &missing).1.contains("`apt install gcc-aarch64-linux-gnu`"));
        assert_eq!(verdict(true, &Linker::Configured).0, State::Ok);
    }

    #[test]
    fn what_is_needed_only_here_fails_only_here() {
        let missing = || Some(Err(LocalError::PythonMissing));
        assert_eq!(interpreter(missing(), true).state, State::Failed);
        assert_eq!(interpreter(missing(), false).state, State::Warning);
        assert_eq!(interpreter(None, true).state, State::Ok);
        assert_eq!(repository(&Answer::Missing, None).state, State::Warning);
        assert_eq!(repository(&output("git version 2.47.3"), None).state, State::Ok);
        assert_eq!(space("/c".into(), NEEDED_SPACE - 1).state, State::Warning);
        assert_eq!(space("/c".into(), NEEDED_SPACE).finding, "2.0 GiB are free in `/c`");
    }
}
