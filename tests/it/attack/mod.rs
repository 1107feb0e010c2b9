//! Attacks on pipectl: hostile input and hostile surroundings. What did not hold once is kept here, and so is what did.

mod account;
mod any_answer;
mod any_frames;
mod any_letter;
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
    // What it says fits into its pipes.
    while child.try_wait().expect("a child").is_none() {
        if begun.elapsed() > longest {
            child.kill().expect("a child");
            panic!("{command:?} did not end within {longest:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Run::of(child.wait_with_output().expect("a child"))
}

/// The command by way of a line of a shell, in which `"$@"` is the command; it reads nothing.
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

/// The same command where no file can have more than so many blocks of 512 bytes: what a full disk does to a program, without a
/// disk to fill.
#[cfg(unix)]
fn with_file_limit(blocks: u32, command: &Command) -> Command {
    through("sh", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), command)
}
