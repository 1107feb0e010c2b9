//! Several applies at once, and what each is doing.

use std::process::Stdio;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::Global;
use super::apply_arguments::Arguments;
use crate::diagnostic::{Exit, Failure, codes};
use crate::interrupt::{Requests, Signal, in_order};
use crate::report::{Activity, Console, Format, RunState, SpecRun, printable, runs_text};

/// Concurrent applies: each polls CloudFormation, which allows an account about five calls a second.
const AT_ONCE: usize = 5;
const FRAME: Duration = Duration::from_millis(500);
/// For the slowest of them.
const PATIENCE: Duration = Duration::from_secs(20);

enum Heard {
    Line { index: usize, line: String },
    End { index: usize, exit: i32, seconds: u64, words: String },
}

/// One apply for each of several specs, in parallel. Each is a pipectl process of its own.
pub(super) struct Board<'a> {
    pub(super) runs: Vec<SpecRun>,
    /// How many run.
    pub(super) live: usize,
    /// The index of each run, and its process id.
    pub(super) started: Vec<(usize, u32)>,
    pub(super) arguments: &'a Arguments,
    pub(super) global: &'a Global,
}

impl Board<'_> {
    pub(super) async fn run(&mut self, console: &mut Console) {
        let (sender, mut heard) = unbounded_channel();
        let activity = console.picture("stacks");
        let mut interrupted = false;
        let _end = in_order(PATIENCE);
        let mut requests = Requests::new();
        loop {
            self.start(interrupted, &sender);
            if self.live == 0 {
                break;
            }
            self.draw(&activity, console);
            tokio::select! {
                heard = heard.recv() => if let Some(heard) = heard { self.take(heard, console) },
                // Each apply reports what continues without it.
                request = requests.next() => {
                    interrupted = true;
                    self.pass_on(request.signal);
                }
                () = tokio::time::sleep(FRAME) => {}
            }
        }
        activity.clear();
    }

    /// Starts as many as may run at once.
    fn start(&mut self, interrupted: bool, sender: &UnboundedSender<Heard>) {
        let failed = self.runs.iter().any(|run| matches!(run.state, RunState::Failed { .. }));
        let stops = interrupted || (failed && self.arguments.fail_fast);
        for index in 0..self.runs.len() {
            if !matches!(self.runs[index].state, RunState::Waiting) || self.live >= AT_ONCE {
                continue;
            }
            if stops {
                self.runs[index].state = RunState::Skipped;
                continue;
            }
            self.runs[index].state = RunState::Running("begins".to_owned());
            match self.spawn(&self.runs[index].spec) {
                Ok(child) => {
                    self.live += 1;
                    self.started.extend(child.id().map(|pid| (index, pid)));
                    tokio::spawn(listen(index, child, sender.clone()));
                }
                // The others continue, and are followed to their ends.
                Err(failure) => {
                    let first = failure.diagnostics.into_iter().next();
                    let (message, help) = first.map(|one| (one.message, one.help)).unwrap_or_default();
                    self.runs[index].state = RunState::Failed { exit: 1, message, help };
                }
            }
        }
    }

    fn spawn(&self, spec: &Utf8Path) -> Result<Child, Failure> {
        let program = std::env::current_exe();
        program.and_then(|program| self.command(Command::new(program), spec).spawn()).map_err(|error| {
            let message = format!("pipectl cannot be started again for `{spec}`: {error}");
            Failure::failed(codes::APPLY_NOT_STARTED, message, "apply the spec by itself")
        })
    }

    fn command(&self, mut command: Command, spec: &Utf8Path) -> Command {
        command.args(["apply", spec.as_str(), "--yes", "--quiet", "--format", "json"]);
        let Global { local, profile, region, endpoint_url, deadline, .. } = self.global;
        for (flag, value) in [("--profile", profile), ("--region", region), ("--endpoint-url", endpoint_url)]
        {
            if let Some(value) = value {
                command.args([flag, value]);
            }
        }
        if let Some(deadline) = deadline {
            command.arg(format!("--deadline={}ms", deadline.as_millis()));
        }
        let Arguments { express, verify, .. } = self.arguments;
        for (flag, _) in
            [("--local", local), ("--express", express), ("--verify", verify)].iter().filter(|(_, on)| **on)
        {
            command.arg(flag);
        }
        for accepted in &self.arguments.answers.accept {
            command.arg(format!("--accept={accepted}"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Sends a signal to the applies. A terminal sends Ctrl-C to all of its processes by itself.
    fn pass_on(&self, signal: Signal) {
        if signal != Signal::Interrupt {
            self.started.iter().for_each(|(_, pid)| signal.send(*pid));
        }
    }

    fn take(&mut self, heard: Heard, console: &mut Console) {
        match heard {
            Heard::Line { index, line } => {
                let Ok(mut value) = serde_json::from_str::<Value>(&line) else { return };
                let run = &mut self.runs[index];
                run.see(&value);
                if console.format == Format::Json {
                    value["spec"] = run.spec.as_str().into();
                    console.line(&value.to_string());
                }
            }
            Heard::End { index, exit, seconds, words } => {
                self.live -= 1;
                self.started.retain(|(started, _)| *started != index);
                let run = &mut self.runs[index];
                run.end(exit, seconds, &words);
                // On a terminal, the screen and the final table show it.
                if !console.is_live() {
                    console.note(&runs_text(std::slice::from_ref(run)));
                }
            }
        }
    }

    fn draw(&self, activity: &Activity, console: &Console) {
        let width = console.picture_width().saturating_sub(20).max(20);
        let waiting = self.runs.iter().filter(|run| matches!(run.state, RunState::Waiting)).count();
        let ended = self.runs.len() - self.live - waiting;
        let mut lines = vec![format!("{ended} of {} done", self.runs.len())];
        for run in &self.runs {
            if let RunState::Running(doing) = &run.state {
                let line = format!("    {:<28} {:>3} resources, {doing}", printable(&run.stack), run.done);
                lines.push(line.chars().take(width).collect());
            }
        }
        activity.draw(&lines);
    }

    /// 0 if all succeeded; the common exit code if all failures have the same; else 1.
    pub(super) fn exit(&self) -> Exit {
        let mut codes: Vec<i32> = self
            .runs
            .iter()
            .filter_map(|run| match run.state {
                RunState::Failed { exit, .. } => Some(exit),
                _ => None,
            })
            .collect();
        codes.dedup();
        match codes.as_slice() {
            [] => Exit::Done,
            [3] => Exit::InvalidSpec,
            [4] => Exit::Refused,
            [5] => Exit::Busy,
            [129] => Exit::HungUp,
            [130] => Exit::Interrupted,
            [143] => Exit::Terminated,
            _ => Exit::Failed,
        }
    }
}

/// Passes on the output of a started apply, and its end.
async fn listen(index: usize, mut child: Child, sender: UnboundedSender<Heard>) {
    let begun = Instant::now();
    if let Some(out) = child.stdout.take() {
        let mut lines = BufReader::new(out).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let _ = sender.send(Heard::Line { index, line });
        }
    }
    let mut words = String::new();
    if let Some(mut error) = child.stderr.take() {
        let _ = error.read_to_string(&mut words).await;
    }
    let exit = child.wait().await.ok().and_then(|status| status.code()).unwrap_or(1);
    let _ = sender.send(Heard::End { index, exit, seconds: begun.elapsed().as_secs(), words });
}
