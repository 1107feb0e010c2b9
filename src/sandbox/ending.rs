//! Why the program that expands templates ended without an answer.

use std::process::ExitStatus;

use super::limits;
use crate::render::End;

/// The meaning of a child's exit, with its first text on stderr.
pub(super) fn ending(status: ExitStatus, stderr: &str) -> End {
    let over = |words: &str| End::Over(words.to_owned());
    if status.success() {
        return End::Done;
    }
    // The message of Rust's own runtime.
    if stderr.contains("has overflowed its stack") {
        return over(limits::STACK_WORDS);
    }
    if ["memory allocation of", "capacity overflow"].iter().any(|words| stderr.contains(words)) {
        return over(limits::MEMORY_WORDS);
    }
    signal(status).unwrap_or_else(|| {
        let first = stderr.lines().map(str::trim).find(|line| !line.is_empty());
        End::Died(match first {
            // The location of the panic, and on the next line the reason.
            Some(first) if first.contains("panicked at") => {
                let why = stderr.lines().map(str::trim).skip_while(|line| *line != first).nth(1);
                format!("{first} {}", why.unwrap_or_default())
            }
            Some(first) => first.to_owned(),
            None => status.to_string(),
        })
    })
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<End> {
    use std::os::unix::process::ExitStatusExt as _;

    use rustix::process::Signal;

    let over = |words: &str| End::Over(words.to_owned());
    let signal = status.signal().and_then(Signal::from_named_raw)?;
    Some(match signal {
        Signal::XCPU => over(limits::PROCESSOR_WORDS),
        Signal::SEGV | Signal::BUS => over(limits::STACK_WORDS),
        Signal::INT | Signal::TERM | Signal::HUP | Signal::QUIT => End::Interrupted,
        Signal::KILL => End::Died("it was killed, probably because the system has no memory left".to_owned()),
        _ => End::Died(status.to_string()),
    })
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<End> {
    None
}
