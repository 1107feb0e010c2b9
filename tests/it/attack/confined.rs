//! Runs of pipectl with ten times the resources they need: the kernel ends one that takes more.

use std::io::{Read as _, Write as _};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::through;
use crate::cloud::Run;

/// Kilobytes of address space. A command of a debug build needs 150,000.
const MEMORY: u32 = 1_500_000;
/// Seconds of CPU time. The slowest command needs three.
const PROCESSOR: u32 = 30;
/// Only catches a command that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The same command with limits, which apply on Linux; elsewhere the shell may support only some.
fn confined(command: &Command) -> Command {
    let limits = format!("ulimit -v {MEMORY} 2>/dev/null; ulimit -t {PROCESSOR}; exec \"$@\"");
    through("sh", &limits, command)
}

/// Runs it to its end with these bytes as stdin, which is then closed.
#[track_caller]
pub(super) fn fed(command: &Command, bytes: &[u8]) -> Run {
    let mut child = confined(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut input = child.stdin.take().expect("its input");
    let bytes = bytes.to_vec();
    // A command that has read enough closes the pipe.
    let feeder = thread::spawn(move || drop(input.write_all(&bytes)));
    let mut streams = [
        Box::new(child.stdout.take().expect("its output")) as Box<dyn std::io::Read + Send>,
        Box::new(child.stderr.take().expect("its errors")),
    ]
    .map(|mut stream| {
        thread::spawn(move || {
            let mut text = Vec::new();
            let _ended = stream.read_to_end(&mut text);
            text
        })
    })
    .into_iter();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a state") {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().expect("an end");
            panic!("it hangs: {command:?}");
        }
        thread::sleep(Duration::from_millis(20));
    };
    let mut text = || streams.next().expect("a stream").join().expect("a text");
    let (stdout, stderr) = (text(), text());
    drop(feeder);
    Run::of(Output { status, stdout, stderr })
}

/// Runs it to its end with empty input.
#[track_caller]
pub(super) fn run(command: &Command) -> Run {
    fed(command, b"")
}

/// A shell line in which `"$@"` is the command: for pipes, redirections and open files.
#[track_caller]
pub(super) fn shell(line: &str, command: &Command) -> Run {
    run(&through("bash", line, command))
}
