//! Deployed configuration × template → the faults, hop by hop. Pure decisions over the values that were read.

mod blueprint;
mod bus;
mod check;
mod function;
mod keys;
mod look;
mod queues;
mod reading;
mod words;

pub use blueprint::Blueprint;
pub use bus::missing_bus_help;
pub use check::{Check, Hop, Repair, State};
pub use look::{Seen, look};
pub use reading::Reading;
pub use words::Words;

use check::Checks;

/// All checks, in the order of an event's path, with their faults.
#[must_use]
pub fn checks(blueprint: &Blueprint<'_>, seen: &Seen, words: &Words) -> Vec<Check> {
    let mut checks = Checks::default();
    bus::check(blueprint, seen, words, &mut checks);
    queues::check(blueprint, seen, &mut checks);
    function::check(blueprint, seen, &mut checks);
    keys::check(blueprint, seen, words, &mut checks);
    checks.all
}

#[cfg(test)]
mod tests;
