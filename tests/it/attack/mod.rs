//! Attacks on pipectl: hostile input and hostile environments. This includes cases that failed once, and cases that did
//! not.

mod account;
mod any_answer;
mod any_dead_letter;
mod any_frames;
mod any_plan;
mod confined;
mod credentials;
mod damaged;
mod data;
mod editor;
mod endpoints;
mod files;
mod floods;
mod hints;
mod local_cloud;
mod local_state;
mod lost_events;
mod reads;
mod references;
mod refused_stacks;
mod servers;
mod signals;
mod templates;
mod terminal;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cloud::Run;

/// Runs a command that may hang: after `longest` it is killed, and the test fails.
fn within(longest: Duration, mut command: Command) -> Run {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pipectl runs");
    // Its output fits into its pipes.
    while child.try_wait().expect("a child").is_none() {
        if begun.elapsed() > longest {
            child.kill().expect("a child");
            panic!("{command:?} did not end within {longest:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Run::of(child.wait_with_output().expect("a child"))
}

/// Runs the command through a shell line in which `"$@"` is the command; its input is empty.
fn through(shell: &str, line: &str, command: &Command) -> Command {
    let mut outer = Command::new(shell);
    outer.args(["-c", line, shell]).arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        outer.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}

/// The same command with a limit on file sizes, in blocks of 512 bytes: the effect of a full disk, without filling one.
#[cfg(unix)]
fn with_file_limit(blocks: u32, command: &Command) -> Command {
    through("sh", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), command)
}
