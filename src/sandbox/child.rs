//! The program that expands templates: reads one request, and answers under the limits.

use std::io::{self, Read as _, Write as _};
use std::thread;

use super::limits;
use crate::render;

/// Answers one request from stdin on stdout, with the limits. The progress up to an unexpected end has been written by
/// then.
///
/// # Errors
/// The limits cannot be set, or the parent has exited.
pub fn serve() -> io::Result<()> {
    limits::set()?;
    let mut request = String::new();
    io::stdin().lock().take(limits::REQUEST).read_to_string(&mut request)?;
    let answer = thread::Builder::new()
        .name("templates".to_owned())
        .stack_size(limits::STACK)
        .spawn(move || render::answer(&request, Box::new(|line| drop(write(line)))))?
        .join()
        // The panic message is on stderr.
        .map_err(|_| io::Error::other("panicked"))?;
    write(&answer)
}

fn write(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(format!("{line}\n").as_bytes())?;
    stdout.flush()
}
