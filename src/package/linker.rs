//! The linker for a processor of another machine.

use std::env;

use super::check::GLIBC;
use super::{Destination, Machine};

/// Rust's target to build for, if it differs from this machine's.
#[must_use]
pub fn foreign_target(destination: Destination) -> Option<&'static str> {
    match destination {
        Destination::Lambda(machine) if !runs_here(machine) => Some(machine.target()),
        _ => None,
    }
}

/// The linker for another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linker {
    /// The user's own setting names it.
    Configured,
    /// A program of this name is installed.
    Found(String),
    /// `cargo-zigbuild` is installed, which links with Zig.
    Zig,
    /// No program of this name is installed.
    Missing(String),
}

/// Cargo's command for building with Zig, on every system.
pub(super) const ZIGBUILD: &str = "cargo-zigbuild";

/// Looks for a linker by Debian's and Fedora's name of the cross compiler, then for `cargo-zigbuild`. A configured one
/// comes first.
#[must_use]
pub fn linker(target: &str) -> Linker {
    let name = format!("{}-gcc", target.replace("-unknown", ""));
    match env::var_os(linker_setting(target)) {
        Some(_) => Linker::Configured,
        None if is_installed(&name) => Linker::Found(name),
        None if is_installed(ZIGBUILD) => Linker::Zig,
        None => Linker::Missing(name),
    }
}

/// The target with the C library of Lambda's system, in the form for `cargo-zigbuild`.
pub(super) fn zig_target(target: &str) -> String {
    format!("{target}.{}.{}", GLIBC.0, GLIBC.1)
}

/// Debian's package of the cross compiler.
pub(super) fn gcc_package(target: &str) -> String {
    format!("gcc-{}", target.replace("-unknown", "").replace('_', "-"))
}

/// Cargo's variable for a target's linker.
pub(super) fn linker_setting(target: &str) -> String {
    format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"))
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn runs_here(machine: Machine) -> bool {
    cfg!(target_os = "linux") && Machine::host() == Some(machine)
}
