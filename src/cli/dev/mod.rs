//! `pipectl dev`: the edit loop of a pipeline on the local cloud.

mod events;
mod leave;
mod observe;
mod turn;
mod view;
mod watch;

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::chosen::names_aws;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::child;
use crate::deploy::{Acceptance, Target, command_line, local_error};
use crate::diagnostic::{Exit, Failure, codes};
use crate::interrupt::{self, Requests, Signal, in_order};
use crate::local::{self, Folders};
use crate::report::{Console, DevEvent};
use turn::Work;
use watch::Change;

/// Develop a pipeline on the local cloud: apply the spec and send its samples, again at every save, and show
/// results and log.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// What remains after Ctrl-C.
    #[arg(long, value_enum, default_value_t)]
    keep: Keep,
    /// Accept a risk by name, such as `data-loss:EventsTable`, at every save.
    #[arg(long, value_name = "WHAT")]
    accept: Vec<Acceptance>,
    /// Apply and send the samples once, and exit when each has its result.
    #[arg(long)]
    once: bool,
}

/// What remains at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Keep {
    /// The pipeline with its rows, and the running local cloud.
    #[default]
    All,
    /// The running local cloud, without the pipeline. What the spec retains remains in it.
    Cloud,
    /// As `cloud`, but the local cloud is stopped, unless it ran before.
    Nothing,
}

impl Keep {
    /// How long an orderly end may take.
    fn patience(self) -> Duration {
        Duration::from_secs(if self == Self::All { 5 } else { 120 })
    }
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    refuse_aws(arguments, global)?;
    let (checked, tree) = spec::load_with_tree(&arguments.spec, console)?;
    checked.require_code()?;
    let ran = local::status(&Folders::from_environment().map_err(local_error)?).running;
    let target = Target { local: true, ..global.target() };
    let mut work = Work::new(arguments, target, ran);
    runtime::run(global, async {
        let _end = in_order(arguments.keep.patience());
        let mut requests = Requests::new();
        let ended = tokio::select! {
            // An operation in progress handles the request, too, and has a better message.
            biased;
            ended = work.go((checked, tree), console) => ended.map(|()| None),
            request = requests.next() => Ok(Some(request.signal)),
        };
        let signal = match (ended, interrupt::asked()) {
            (Ok(signal), _) => signal,
            (Err(_), Some(signal)) => Some(signal),
            (Err(stop), None) => return Err(stop),
        };
        // A compiler that runs in the background.
        child::end_all();
        interrupt::answered();
        work.leave(console).await?;
        Ok(signal.map_or(Exit::Done, Signal::exit))
    })
}

/// Refuses AWS: `dev` changes the pipeline at every save and sends events, without asking.
fn refuse_aws(arguments: &Arguments, global: &Global) -> Result<(), Stop> {
    let Some(flag) = names_aws() else { return Ok(()) };
    let message = format!(
        "`dev` applies every save without asking and sends samples: it works only on the local cloud, but `{flag}` means AWS"
    );
    let apply = command_line("apply", &arguments.spec, &global.target(), "");
    let help =
        format!("leave out `{flag}`; on AWS run `{apply}`, with `--code-only` for only the processor's code");
    Err(Stop::Failure(Failure::refused(codes::GUARD_DEV_LOCAL, message, help)))
}

impl Work<'_> {
    /// Runs until a request to end; with `--once`, until all samples have results.
    async fn go(&mut self, loaded: turn::Loaded, console: &mut Console) -> Result<(), Stop> {
        self.attempt = turn::attempt(&Ok(&loaded));
        self.turn(loaded, Change::default(), console).await?;
        while let Some(change) = self.observe(console).await? {
            let turned = match self.load(change, console) {
                Ok(Some(loaded)) => {
                    let turned = self.turn(loaded, change, console).await;
                    // Another attempt with the same files may succeed.
                    turned.inspect_err(|_| self.attempt.clear())
                }
                Ok(None) => continue,
                Err(stop) => Err(stop),
            };
            match turned {
                Ok(()) => {}
                Err(stop) if interrupt::asked().is_some() => return Err(stop),
                Err(stop) => {
                    view::complain(stop, console)?;
                    view::show_event(&DevEvent::Retained, console);
                }
            }
        }
        Ok(())
    }
}
