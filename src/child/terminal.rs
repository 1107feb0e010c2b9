//! A program that has the terminal, such as an editor.

use std::io;
use std::process::{Command, ExitStatus};

use super::Live;

/// Runs a program that has pipectl's terminal, such as an editor, to its end, however long that takes.
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
