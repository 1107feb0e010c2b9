//! If the system does not enforce a process's memory limit, its parent checks the memory.

use std::process::{Command, Stdio};

/// Bytes of a process's memory, from `ps`, which every Unix has. `None` if it fails.
pub(super) fn resident(pid: u32) -> Option<u64> {
    let output = Command::new("ps")
        .args(["-o", "rss=", "-p", &pid.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(all(test, unix))]
mod tests {
    #[test]
    fn a_process_has_some_memory_and_one_that_is_not_there_has_none() {
        let own = super::resident(std::process::id()).expect("ps");
        assert!((1_000_000..10_000_000_000).contains(&own), "{own}");
        assert_eq!(super::resident(u32::MAX >> 1), None);
    }
}
