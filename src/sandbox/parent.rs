//! The program that starts it: waits for the answer, and ends it where it takes too long.

use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::ending::ending;
use super::{ARGUMENT, limits, memory};
use crate::render::{End, SandboxRun};

/// The interval at which a child is checked.
const LOOK: Duration = Duration::from_millis(50);
/// The interval at which a child is checked that has finished its output, until it has exited.
const LEAVES: Duration = Duration::from_millis(1);
/// Most bytes of stderr that are stored.
const WORDS: usize = 4096;

/// Runs one child for one request, to its end. No child outlives the call.
pub(super) fn run(request: &str, served: bool) -> SandboxRun {
    let not_started = |reason: String| SandboxRun { written: String::new(), end: End::NotStarted(reason) };
    if !served {
        return not_started("this program does not support it".to_owned());
    }
    let mut child = match start() {
        Ok(child) => child,
        Err(error) => return not_started(error.to_string()),
    };
    follow(&mut child, request).unwrap_or_else(|error| {
        let _ended_before = child.kill();
        let _ended = child.wait();
        not_started(error.to_string())
    })
}

fn start() -> io::Result<Child> {
    let mut command = Command::new(program()?);
    command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // It does not need the environment, which may contain credentials.
        command.env_clear().arg0("pipectl");
    }
    command.spawn()
}

/// This program. On Linux it also works if its file was replaced or removed since: the link points to the running file.
fn program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        Ok(running.to_owned())
    } else {
        std::env::current_exe()
    }
}

fn follow(child: &mut Child, request: &str) -> io::Result<SandboxRun> {
    let started = Instant::now();
    let missing = || io::Error::other("a pipe is missing");
    let mut stdin = child.stdin.take().ok_or_else(missing)?;
    let (stdout, stderr) =
        (child.stdout.take().ok_or_else(missing)?, child.stderr.take().ok_or_else(missing)?);
    let request = request.to_owned();
    // A child that does not read exits, or is killed, and then this thread ends too.
    beside(move || drop(stdin.write_all(request.as_bytes())))?;
    let words = beside(move || first_words(stderr))?;
    let (sender, receiver) = mpsc::channel();
    beside(move || {
        let mut written = Vec::new();
        let _ended = stdout.take(limits::OUTPUT + 1).read_to_end(&mut written);
        drop(sender.send(written));
    })?;
    let over = |words: &str| Some(End::Over(words.to_owned()));
    let mut ended = None;
    let written = loop {
        match receiver.recv_timeout(LOOK) {
            Ok(written) => break written,
            Err(RecvTimeoutError::Disconnected) => break Vec::new(),
            Err(RecvTimeoutError::Timeout) if started.elapsed() > limits::CLOCK => {
                ended = over(limits::CLOCK_WORDS);
            }
            Err(RecvTimeoutError::Timeout) if is_too_large(child) => ended = over(limits::MEMORY_WORDS),
            Err(RecvTimeoutError::Timeout) => continue,
        }
        // Its pipe is closed by this.
        child.kill()?;
    };
    if written.len() as u64 > limits::OUTPUT {
        ended = over(limits::OUTPUT_WORDS);
        child.kill()?;
    }
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if started.elapsed() > limits::CLOCK => {
                ended = ended.or_else(|| over(limits::CLOCK_WORDS));
                child.kill()?;
                break child.wait()?;
            }
            None => thread::sleep(LEAVES),
        }
    };
    let words = words.join().unwrap_or_default();
    let written = String::from_utf8_lossy(&written).into_owned();
    Ok(SandboxRun { written, end: ended.unwrap_or_else(|| ending(status, &words)) })
}

/// Starts a thread, or returns the system's reason why it cannot.
fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<thread::JoinHandle<T>> {
    thread::Builder::new().spawn(work)
}

/// If the system enforces the child's limit, no check is needed.
fn is_too_large(child: &Child) -> bool {
    !cfg!(target_os = "linux")
        && cfg!(unix)
        && memory::resident(child.id()).is_some_and(|bytes| bytes > limits::MEMORY)
}

/// The beginning of the output; the remaining text is read and dropped, so that the child does not block.
fn first_words(mut stderr: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ended = stderr.by_ref().take(WORDS as u64).read_to_end(&mut bytes);
    let _dropped = io::copy(&mut stderr, &mut io::sink());
    String::from_utf8_lossy(&bytes).into_owned()
}
