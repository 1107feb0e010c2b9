//! Why there is no processor, and the exact commands to get one.

use std::io::{self, ErrorKind};

use camino::Utf8Path;

use super::Destination;
use super::check::Machine;
use super::embedded::all_embedded;
use super::linker::{Linker, foreign_target, gcc_package, linker};
use super::source::READY_MADE;

use crate::diagnostic::{Diagnostic, Exit, Failure, codes};

pub(super) fn too_late() -> Failure {
    let message = "the processor was not built within the `--deadline`";
    let help = "run the same command again with a longer `--deadline`: the build continues from there";
    Failure::new(Exit::Busy, Diagnostic::error(codes::DEADLINE, message).help(help))
}

/// The folder of the cache cannot be used.
pub(super) fn unusable(error: &io::Error) -> Failure {
    let message = format!("the processor cannot be built: {error}");
    let help = format!(
        "set `PIPECTL_CACHE_DIR` to a folder that you can write to, or `{READY_MADE}` to a built `bootstrap`"
    );
    Failure::failed(codes::PACKAGE_BUILD_FAILED, message, help)
}

/// There is no file at the variable's path.
#[must_use]
pub fn not_there(program: &Utf8Path) -> Failure {
    Failure::failed(
        codes::PACKAGE_NO_SOURCE,
        format!("`{READY_MADE}` is set to `{program}`, but that file does not exist"),
        "set it to a built `bootstrap`, or unset it to build one",
    )
}

/// The build tool cannot be started.
pub(super) fn no_cargo(error: &io::Error, destination: Destination) -> Failure {
    let reason = match error.kind() {
        ErrorKind::NotFound => "was not found".to_owned(),
        _ => error.to_string(),
    };
    let other = foreign_target(destination).and_then(other_architecture);
    let other = other.map(|other| format!(", or {other}")).unwrap_or_default();
    Failure::failed(
        codes::PACKAGE_NO_CARGO,
        format!("the processor cannot be built: `cargo` {reason}"),
        format!("install Rust from https://rustup.rs, or set `{READY_MADE}` to a built `bootstrap`{other}"),
    )
}

/// A build that failed. `words`: the compiler's lines; `foreign`: the target, if it is not this machine.
pub(super) fn failed(words: &[String], foreign: Option<&str>) -> Failure {
    let any = |parts: &[&str]| words.iter().any(|line| parts.iter().any(|part| line.contains(part)));
    let lacks_library = any(&["can't find crate for `core`", "can't find crate for `std`"]);
    let help = if any(&["failed to download", "Could not resolve host"]) {
        "cargo must download crates; run the same command when online".to_owned()
    } else if any(&["could not find `pipectl-processor` in registry"]) {
        format!("run pipectl in a clone of its repository, or set `{READY_MADE}` to a built `bootstrap`")
    } else if let Some(target) = foreign {
        cross_build(target, !lacks_library, &linker(target))
    } else {
        "run `cargo build --release --package pipectl-processor` in a clone of pipectl's repository to see \
         the compiler's messages"
            .to_owned()
    };
    if let Some(target) = foreign.filter(|_| lacks_library) {
        let message =
            format!("the processor cannot be built: Rust's standard library for `{target}` is not installed");
        return Failure::failed(codes::PACKAGE_BUILD_FAILED, message, help);
    }
    let last = words.iter().rev().find(|line| line.trim_start().starts_with("error")).or(words.last());
    let reason = last.map_or("cargo failed without a message", |line| line.trim());
    Failure::failed(codes::PACKAGE_BUILD_FAILED, format!("the processor cannot be built: {reason}"), help)
}

/// The commands after which the processor can be built for another machine, and an alternative that needs none of them.
#[must_use]
pub fn cross_build(target: &str, has_library: bool, linker: &Linker) -> String {
    let library = format!("`rustup target add {target}`");
    let links = format!(
        "`pip install cargo-zigbuild ziglang` (Linux, macOS) or `apt install {}` (Debian, Ubuntu)",
        gcc_package(target)
    );
    let links = Some(links).filter(|_| !matches!(linker, Linker::Zig | Linker::Found(_)));
    let commands: Vec<String> = Some(library).filter(|_| !has_library).into_iter().chain(links).collect();
    let other = other_architecture(target).map(|other| format!(", or {other}")).unwrap_or_default();
    match commands.is_empty() {
        // Everything is installed, and it still failed.
        true => format!(
            "run `cargo build --release --package pipectl-processor --target {target}` in a clone of pipectl's repository to see the compiler's messages{other}"
        ),
        false => format!("run {}{other}", commands.join(", then ")),
    }
}

/// The architecture that needs no tools for another machine: an embedded one, or that of this machine.
fn other_architecture(target: &str) -> Option<String> {
    let embedded = all_embedded().map(|one| one.name);
    let host = Machine::host().filter(|_| cfg!(target_os = "linux")).map(Machine::name);
    let machines = [Machine::X86_64, Machine::Arm64].into_iter().filter(|machine| machine.target() != target);
    let names: Vec<&str> = machines.map(Machine::name).collect();
    let name = embedded.chain(host).find(|name| names.contains(name))?;
    Some(format!("set `processor.architecture: {name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_those_that_are_missing() {
        let target = "aarch64-unknown-linux-gnu";
        let missing = Linker::Missing("aarch64-linux-gnu-gcc".to_owned());
        let all = cross_build(target, false, &missing);
        let order = [
            "run `rustup target add aarch64-unknown-linux-gnu`, then ",
            "`pip install cargo-zigbuild ziglang`",
            "`apt install gcc-aarch64-linux-gnu`",
        ];
        let locations: Vec<_> = order.iter().map(|part| all.find(part)).collect();
        assert!(locations.is_sorted() && locations[0] == Some(0), "{all}");
        assert!(!cross_build(target, false, &Linker::Zig).contains("pip install"));
        assert!(!cross_build(target, true, &missing).contains("rustup"));
        assert!(cross_build(target, true, &Linker::Zig).starts_with("run `cargo build "));
        if let Some(host) = Machine::host().filter(|_| cfg!(target_os = "linux")) {
            let other = if host == Machine::Arm64 { Machine::X86_64 } else { Machine::Arm64 };
            let help = cross_build(other.target(), false, &missing);
            assert!(help.ends_with(&format!(", or set `processor.architecture: {}`", host.name())), "{help}");
        }
    }

    #[test]
    fn errors_of_the_compiler_become_advice() {
        let failed = |words: &str, foreign| {
            let failure = failed(&[words.to_owned()], foreign);
            failure.diagnostics[0].help.clone().unwrap_or_default()
        };
        let target = Some("aarch64-unknown-linux-gnu");
        assert!(failed("error[E0463]: can't find crate for `core`", target).contains("rustup target add"));
        assert!(failed("error: failed to download from `x`", target).contains("when online"));
        let unknown =
            "error: could not find `pipectl-processor` in registry `crates-io` with version `=9.9.9`";
        assert!(failed(unknown, None).contains("in a clone"));
    }
}
