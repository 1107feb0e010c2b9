//! One apply for each of several specs, side by side: each is this program again, so that none can disturb another.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::apply::Arguments;
use super::deployment::package_processor;
use super::{Global, Outcome, Stop, local, session, spec};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::{Activity, Console, Format, Run, RunState, harmless, runs_text};
use crate::spec::{Architecture, Spec};

/// Applies at a time: each polls CloudFormation, which allows an account about five calls a second.
const AT_ONCE: usize = 5;
const FRAME: Duration = Duration::from_millis(500);

enum Told {
    Line { index: usize, line: String },
    End { index: usize, exit: i32, seconds: u64, words: String },
}

pub(super) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let mut specs = Vec::new();
    for path in &arguments.specs {
        specs.push(spec::load(path, console)?.spec().clone());
    }
    refuse_twice(&arguments.specs, &specs)?;
    if !global.local && !arguments.yes {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_NEEDS_ANSWER,
            "several specs at once cannot be asked about one by one",
            "look at each with `pipectl plan`, then add `--yes`",
        )));
    }
    if global.local {
        local::ensure_up(console)?;
    }
    // Once for all, instead of each waiting for the other's compiler.
    let mut built: Vec<&Architecture> = Vec::new();
    for spec in &specs {
        let architecture = &spec.processor.architecture;
        if !built.contains(&architecture) {
            package_processor(spec, global.local, console)?;
            built.push(architecture);
        }
    }
    let runs = arguments.specs.iter().zip(&specs).map(|(path, spec)| Run {
        spec: path.clone(),
        stack: spec.resolved_names().stack,
        state: RunState::Waiting,
        done: 0,
    });
    let mut board = Board { runs: runs.collect(), live: 0, arguments, global };
    // Each apply has its own deadline: cut off here, they would go on unheard.
    session::runtime()?.block_on(board.run(console))?;
    if console.format == Format::Human {
        console.data(&runs_text(&board.runs))?;
    }
    Ok(board.exit())
}

/// Two specs of one stack would undo each other.
fn refuse_twice(paths: &[Utf8PathBuf], specs: &[Spec]) -> Result<(), Stop> {
    let mut known: BTreeMap<(String, Option<&str>, Option<&str>), &Utf8Path> = BTreeMap::new();
    for (path, spec) in paths.iter().zip(specs) {
        let deploy = &spec.deploy;
        let target = (spec.resolved_names().stack, deploy.account.as_deref(), deploy.region.as_deref());
        let stack = target.0.clone();
        if let Some(other) = known.insert(target, path) {
            let message = format!("`{other}` and `{path}` are both of the stack `{stack}`");
            let diagnostic = Diagnostic::error(codes::SPEC_NAME_TAKEN_TWICE, message)
                .help("give them different `environment`s, or apply one of them");
            return Err(Stop::Failure(Failure::new(Exit::InvalidSpec, diagnostic)));
        }
    }
    Ok(())
}

struct Board<'a> {
    runs: Vec<Run>,
    /// Those that run.
    live: usize,
    arguments: &'a Arguments,
    global: &'a Global,
}

impl Board<'_> {
    async fn run(&mut self, console: &mut Console) -> Result<(), Stop> {
        let (sender, mut told) = unbounded_channel();
        let activity = console.picture("stacks");
        let mut interrupted = false;
        loop {
            self.start(interrupted, &sender)?;
            if self.live == 0 {
                break;
            }
            self.draw(&activity, console);
            tokio::select! {
                told = told.recv() => if let Some(told) = told { self.take(told, console)? },
                // Each of the others hears it too, and says what goes on without it.
                _ = tokio::signal::ctrl_c() => interrupted = true,
                () = tokio::time::sleep(FRAME) => {}
            }
        }
        activity.clear();
        Ok(())
    }

    /// Starts as many as may run.
    fn start(&mut self, interrupted: bool, sender: &UnboundedSender<Told>) -> Result<(), Stop> {
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
            let mut child = self.command(&self.runs[index].spec)?.spawn()?;
            self.live += 1;
            let sender = sender.clone();
            tokio::spawn(async move {
                let begun = Instant::now();
                if let Some(out) = child.stdout.take() {
                    let mut lines = BufReader::new(out).lines();
                    while let Ok(Some(line)) = lines.next_line().await {
                        let _ = sender.send(Told::Line { index, line });
                    }
                }
                let mut words = String::new();
                if let Some(mut error) = child.stderr.take() {
                    let _ = error.read_to_string(&mut words).await;
                }
                let exit = child.wait().await.ok().and_then(|status| status.code()).unwrap_or(1);
                let _ = sender.send(Told::End { index, exit, seconds: begun.elapsed().as_secs(), words });
            });
        }
        Ok(())
    }

    fn command(&self, spec: &Utf8Path) -> Result<Command, Stop> {
        let mut command = Command::new(std::env::current_exe()?);
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
        if *local {
            command.arg("--local");
        }
        if self.arguments.express {
            command.arg("--express");
        }
        for id in &self.arguments.accept {
            command.arg(format!("--accept=data-loss:{id}"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    fn take(&mut self, told: Told, console: &mut Console) -> Result<(), Stop> {
        match told {
            Told::Line { index, line } => {
                let Ok(mut value) = serde_json::from_str::<Value>(&line) else { return Ok(()) };
                let run = &mut self.runs[index];
                run.see(&value);
                if console.format == Format::Json {
                    value["spec"] = run.spec.as_str().into();
                    console.data(&value.to_string())?;
                }
            }
            Told::End { index, exit, seconds, words } => {
                self.live -= 1;
                let run = &mut self.runs[index];
                run.end(exit, seconds, &words);
                // On a terminal the picture tells, and the table at the end.
                if !console.is_live() {
                    console.note(&runs_text(std::slice::from_ref(run)));
                }
            }
        }
        Ok(())
    }

    fn draw(&self, activity: &Activity, console: &Console) {
        let width = console.width().saturating_sub(20).max(20);
        let waiting = self.runs.iter().filter(|run| matches!(run.state, RunState::Waiting)).count();
        let ended = self.runs.len() - self.live - waiting;
        let mut lines = vec![format!("{ended} of {} done", self.runs.len())];
        for run in &self.runs {
            if let RunState::Running(doing) = &run.state {
                let line = format!("    {:<28} {:>3} resources, {doing}", harmless(&run.stack), run.done);
                lines.push(line.chars().take(width).collect());
            }
        }
        activity.draw(&lines);
    }

    /// 0 where all are done; the exit code they share where all that failed share one; else 1.
    fn exit(&self) -> Exit {
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
            [130] => Exit::Interrupted,
            _ => Exit::Failed,
        }
    }
}
