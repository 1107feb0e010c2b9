//! Decisions of the user's own code: that program makes them, by `bootstrap --decide`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use camino::Utf8Path;
use processor::code::Code;
use processor::config::Config;
use processor::environment::PIPELINE_CONFIG;
use processor::event::Event;
use processor::json::Json;
use processor::offline::DECIDE;
use processor::parse::parse;
use processor::reason::{Location, Reason, Rejection};
use serde_json::Value;

use crate::child::{self, Live};
use crate::diagnostic::{Failure, codes};
use crate::package::own_here;
use crate::spec::Spec;
use crate::validate::processor_config;

/// The most time for one event; Lambda gives this to a whole batch, and twice by default.
const PATIENCE: Duration = Duration::from_secs(30);

/// A configuration of a spec that decides with the user's code. The code runs on this machine as long as the
/// configuration is in use.
///
/// # Errors
/// The code cannot be built, has another contract, or cannot run on this machine.
pub fn deciding(spec: &Spec, report: &mut dyn FnMut(&str)) -> Result<Config, Failure> {
    let config = processor_config(spec);
    let Some(path) = &spec.processor.code_path else { return Ok(config) };
    let program = own_here(path, &mut |progress| report(&progress.0))?;
    let running = Running::start(&program, &config).map_err(|error| {
        let message = format!("`{path}` decides what becomes of an event, and cannot run here: {error}");
        let help = "name the folder of its Cargo package under `processor.code`: pipectl then builds it for this machine, too";
        Failure::failed(codes::PACKAGE_NOT_HERE, message, help)
    })?;
    let running = Mutex::new(running);
    let decide = move |event: Event| running.lock().unwrap_or_else(PoisonError::into_inner).decide(event);
    Ok(Config { code: Code::new(decide), ..config })
}

/// A configuration without decisions, because the code cannot run here: each event is rejected with that as the reason.
#[must_use]
pub fn undecided(spec: &Spec) -> Config {
    let rejection =
        rejected(Reason::Unexpected, "not decided: the code under `processor.code` does not run here");
    Config { code: Code::new(move |_| Err(rejection.clone())), ..processor_config(spec) }
}

/// The running program that decides.
struct Running {
    child: Child,
    live: Option<Live>,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl Running {
    /// Starts it with its environment in Lambda, without credentials. The schema is checked here: with it, the
    /// configuration may exceed the limit of an environment.
    fn start(program: &Utf8Path, config: &Config) -> std::io::Result<Self> {
        let mut plain = config.clone();
        plain.event.schema = None;
        let mut command = Command::new(program);
        command.arg(DECIDE).env_clear().env(PIPELINE_CONFIG, plain.to_json());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let (mut child, live) = child::start(&mut command)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                Ok(Self { child, live: Some(live), input, answers: lines(output) })
            }
            _ => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// The event that the code returns. The mapping is applied here, to that event.
    fn decide(&mut self, event: Event) -> Result<Event, Rejection> {
        let asked = writeln!(self.input, "{}", event.to_body()).and_then(|()| self.input.flush());
        let answer = asked.ok().and_then(|()| self.answers.recv_timeout(PATIENCE).ok());
        let Some(answer) = answer else {
            self.end();
            let message = "the code under `processor.code` ended or gave no answer in 30 s";
            return Err(rejected(Reason::Panic, message));
        };
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        if let Some(body) = answer["body"].as_str() {
            return match parse(body)? {
                Json::Map(body) => Ok(event.with_body(body)),
                _ => Err(rejected(Reason::NotAnObject, "the code under `processor.code` gave no object")),
            };
        }
        let rejection = &answer["rejection"];
        let reason = rejection["reason"].as_str().and_then(Reason::of_code).unwrap_or(Reason::Unexpected);
        let location = rejection["pointer"].as_str().map(|pointer| Location::Pointer(pointer.to_owned()));
        let message = rejection["message"].as_str().unwrap_or("the code gave no decision");
        Err(Rejection { location, ..rejected(reason, message) })
    }

    fn end(&mut self) {
        if let Some(live) = self.live.take() {
            live.end();
            let _reaped = self.child.wait();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn rejected(reason: Reason, message: &str) -> Rejection {
    Rejection { reason, message: message.to_owned(), location: None }
}

/// The program's answers, read by another thread: a program that hangs must not block pipectl.
fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, answers) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    answers
}
