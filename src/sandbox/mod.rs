//! This program starts itself again to expand custom templates, with limits on memory, stack, time and output: a template
//! can kill its process, and then only that process dies.
//!
//! The parent writes one request to the child's stdin and reads lines from its stdout; the child has no environment,
//! writes no file, starts no process, and sets its limits before it reads.

mod child;
mod ending;
mod limits;
mod memory;
mod parent;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::render::{Sandbox, SandboxRun};

pub use child::serve;

/// The argument that starts the program as the child.
pub const ARGUMENT: &str = "expand-templates";

static SERVED: AtomicBool = AtomicBool::new(false);

/// Declares that this program calls [`serve`] if its only argument is [`ARGUMENT`]. Without it no child is started:
/// another program, such as a test binary, would do something else.
pub fn is_served() {
    SERVED.store(true, Ordering::Relaxed);
}

/// This program, started again.
#[derive(Debug, Clone, Copy)]
pub struct Process;

impl Sandbox for Process {
    fn run(&self, request: &str) -> SandboxRun {
        parent::run(request, SERVED.load(Ordering::Relaxed))
    }
}
