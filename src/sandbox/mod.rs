//! Templates of the user's own are expanded by this program once more, with limits on memory, stack, time and output: a
//! template can bring a process to its end, and then it is that one's.
//!
//! The parent writes one request to the child's stdin and reads lines from its stdout; the child has no environment,
//! writes no file, starts nothing, and sets its limits before it reads.

mod child;
mod ending;
mod limits;
mod memory;
mod parent;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::render::{Sandbox, SandboxRun};

pub use child::serve;

/// The argument by which the program is asked to be the child.
pub const ARGUMENT: &str = "expand-templates";

static SERVED: AtomicBool = AtomicBool::new(false);

/// Says that this program calls [`serve`] when its only argument is [`ARGUMENT`]. Without it none is started: another
/// program, such as one of tests, would do something else.
pub fn is_served() {
    SERVED.store(true, Ordering::Relaxed);
}

/// This program once more.
#[derive(Debug, Clone, Copy)]
pub struct Process;

impl Sandbox for Process {
    fn run(&self, request: &str) -> SandboxRun {
        parent::run(request, SERVED.load(Ordering::Relaxed))
    }
}
