//! The embedded files of a release of pipectl (`build.rs`): prebuilt processors, and the licences of all its
//! dependencies.

use super::check::Machine;
use super::{Destination, zip};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The name of the processor for the system that pipectl was built for, if Lambda does not run it.
const NATIVE: &str = "native";

/// A processor within this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    /// The architecture, in Lambda's words; `native`: for this machine's own system.
    pub name: &'static str,
    /// A zip with `bootstrap` first, and the licences of its dependencies.
    pub zip: &'static [u8],
}

/// All processors within this program.
pub fn all_embedded() -> impl Iterator<Item = Embedded> {
    PROCESSORS.iter().map(|(name, zip)| Embedded { name, zip })
}

/// The embedded processor that runs at a destination.
pub(super) fn embedded(destination: Destination) -> Option<Embedded> {
    let name = wanted(destination, Machine::host().filter(|_| cfg!(target_os = "linux")));
    all_embedded().find(|one| one.name == name)
}

/// The name of the program that runs at a destination. `host`: this machine, if it is one that Lambda supports.
fn wanted(destination: Destination, host: Option<Machine>) -> &'static str {
    match (destination, host) {
        (Destination::Lambda(machine), _) | (Destination::ThisMachine, Some(machine)) => machine.name(),
        (Destination::ThisMachine, None) => NATIVE,
    }
}

/// SHA-256 of the sources of the embedded processors; `None` if nothing is embedded.
#[must_use]
pub fn embedded_sources() -> Option<&'static str> {
    Some(SOURCES).filter(|hash| !hash.is_empty())
}

/// The licences of all third-party code in this program; only releases have them.
#[must_use]
pub fn notices() -> Option<String> {
    zip::first(NOTICES?).ok().and_then(|bytes| String::from_utf8(bytes).ok())
}

/// The clone in which this program was built. `None` in a release: there, the folder may belong to anyone.
pub(super) fn clone() -> Option<&'static str> {
    CLONE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_runs_what_lambda_runs_where_it_is_such_a_machine() {
        let (arm, intel) = (Machine::Arm64, Machine::X86_64);
        assert_eq!(wanted(Destination::ThisMachine, Some(arm)), "arm64");
        assert_eq!(wanted(Destination::ThisMachine, None), "native");
        assert_eq!(wanted(Destination::Lambda(intel), Some(arm)), "x86_64");
        assert_eq!(wanted(Destination::Lambda(intel), None), "x86_64");
    }

    #[test]
    fn an_ordinary_build_embeds_nothing_and_knows_its_clone() {
        assert_eq!((all_embedded().count(), embedded_sources(), notices()), (0, None, None));
        assert_eq!(clone(), Some(env!("CARGO_MANIFEST_DIR")));
    }
}
