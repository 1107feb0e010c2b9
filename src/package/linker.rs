//! What links the processor for another machine than this one.

use std::env;

use super::{Destination, Machine};

/// Rust's name of the machine to build for, where that is another than this one.
#[must_use]
pub fn foreign_target(destination: Destination) -> Option<&'static str> {
    match destination {
        Destination::Lambda(machine) if !runs_here(machine) => Some(machine.target()),
        _ => None,
    }
}

/// What links for another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linker {
    /// The user's own setting names it.
    Configured,
    /// A program of this name is there.
    Found(String),
    /// No program of this name is there.
    Missing(String),
}

/// Looks for a linker by Debian's and Fedora's name of the cross compiler; whoever configured another keeps it.
#[must_use]
pub fn linker(target: &str) -> Linker {
    let name = format!("{}-gcc", target.replace("-unknown", ""));
    match env::var_os(linker_setting(target)) {
        Some(_) => Linker::Configured,
        None if is_installed(&name) => Linker::Found(name),
        None => Linker::Missing(name),
    }
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
