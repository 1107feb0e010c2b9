//! A program that has the terminal, such as an editor.

use std::io;
use std::process::{Command, ExitStatus};

use super::Live;

/// Runs an interactive program, such as an editor, at pipectl's terminal to its end, without a time limit.
///
/// # Errors
/// It cannot be started.
pub fn with_terminal(command: &mut Command) -> io::Result<ExitStatus> {
    let mut child = command.spawn()?;
    let live = Live::new(child.id(), false);
    let ended = child.wait();
    drop(live);
    ended
}
