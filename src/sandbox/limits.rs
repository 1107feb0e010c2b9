//! The limits of an expansion. One of pipectl's own stacks takes some megabytes and some hundredths of a second.

use std::time::Duration;

/// Bytes of writable memory, including the call stack.
pub(super) const MEMORY: u64 = 512 * 1024 * 1024;
/// Bytes of call stack. The deepest nesting in templates (macros and includes 500 deep) fits into it in a build without
/// optimization.
pub(super) const STACK: usize = 64 * 1024 * 1024;
/// Seconds of CPU time.
#[cfg(unix)]
pub(super) const PROCESSOR: u64 = 5;
/// From the start to the end, however busy the machine is.
pub(super) const CLOCK: Duration = Duration::from_secs(120);
/// Bytes of a request: templates and resources have 1 MiB each, 70 at most, and more as JSON.
pub(super) const REQUEST: u64 = 256 * 1024 * 1024;
/// Bytes that the child may write: a template of CloudFormation's maximum size as JSON, and the lines that were reached.
pub(super) const OUTPUT: u64 = 32 * 1024 * 1024;

pub(super) const MEMORY_WORDS: &str = "512 MiB of memory";
pub(super) const STACK_WORDS: &str = "64 MiB of stack";
#[cfg(unix)]
pub(super) const PROCESSOR_WORDS: &str = "5 s of CPU time";
pub(super) const CLOCK_WORDS: &str = "two minutes";
pub(super) const OUTPUT_WORDS: &str = "32 MiB of output";

/// Sets them permanently for this process.
///
/// # Errors
/// The system's error, for one that cannot be set.
#[cfg(unix)]
pub(super) fn set() -> std::io::Result<()> {
    use rustix::process::Resource;

    // No core dump, and no file.
    lower(Resource::Core, 0, 0)?;
    lower(Resource::Fsize, 0, 0)?;
    // A signal at the first limit, the end at the second.
    lower(Resource::Cpu, PROCESSOR, PROCESSOR + 1)?;
    if cfg!(target_os = "macos") {
        // It enforces no limit of memory: the parent checks.
        return Ok(());
    }
    lower(Resource::Data, MEMORY, MEMORY)?;
    // For systems that enforce the other limit only in part. Threads reserve address space.
    #[cfg(not(any(target_os = "macos", target_os = "openbsd")))]
    {
        let all = mapped() + 2 * MEMORY;
        lower(Resource::As, all, all)?;
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn set() -> std::io::Result<()> {
    Ok(())
}

/// Lowers a limit; a lower one is not changed.
#[cfg(unix)]
fn lower(resource: rustix::process::Resource, current: u64, maximum: u64) -> std::io::Result<()> {
    use rustix::process::{Rlimit, getrlimit, setrlimit};

    let now = getrlimit(resource);
    let lower = |now: Option<u64>, to: u64| Some(now.map_or(to, |now| now.min(to)));
    let maximum = lower(now.maximum, maximum);
    let current = lower(now.current, current).min(maximum);
    Ok(setrlimit(resource, Rlimit { current, maximum })?)
}

/// Bytes of address space that the program uses before it does anything.
#[cfg(all(unix, not(any(target_os = "macos", target_os = "openbsd"))))]
fn mapped() -> u64 {
    use crate::input::{self, Origin};

    const UNKNOWN: u64 = 4 * 1024 * 1024 * 1024;
    /// Most bytes of the system's output, which has one or two thousand.
    const LONGEST: u64 = 64 * 1024;
    let status = input::text("/proc/self/status", Origin::Own, LONGEST).unwrap_or_default();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kibibytes = size.and_then(|size| size.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map_or(UNKNOWN, |kibibytes| kibibytes * 1024)
}
