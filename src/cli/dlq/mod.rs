//! The dead-letter queue: the reasons of its messages, and how to redrive or remove them.

mod assignment;
mod chooser;
mod edit;
mod editor;
mod explain;
mod explained;
mod export;
mod found;
mod from_page;
mod grouped;
mod import;
mod list;
mod purge;
mod redrive;
mod redriven;
mod run;
mod selection;
mod sending;
mod show;

use std::cell::Cell;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::own_code::{deciding, deciding_if_it_can};
use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::{HiddenRecord, Session};
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::interrupt::{Requests, Signal, asked, in_order};
use crate::report::Console;
use crate::spec::Spec;
pub(super) use found::{Looked, look_for};

use explain::Explainer;
pub(super) use from_page::{Wanted, redrive as redrive_from_page};
pub(super) use run::{Hidden, QueueRun};
use selection::Queue;

/// The time that a run has to release its messages when asked to end.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// And to report it.
pub(super) const MARGIN: Duration = Duration::from_secs(2);

/// Dead letters: list them with their reasons, then edit, redrive, export or remove them.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Count dead letters by reason, with the newest of each. Removes none.
    ///
    /// Listing hides the messages from other readers until the list is complete. If it is killed, they are hidden
    /// for up to 5 minutes.
    List(list::Arguments),
    /// Show one dead letter and mark what is wrong in it.
    Show(show::Arguments),
    /// Change dead letters in an editor, or with `--set`, and redrive them with their ids unchanged.
    ///
    /// Messages that the processor would reject again remain. A dead letter is removed only after SQS has
    /// accepted the changed message.
    Edit(edit::Arguments),
    /// Send dead letters to the queue again: those that would become rows now.
    Redrive(redrive::Arguments),
    /// Write dead letters to a file, one JSON object per line. Removes none.
    Export(export::Arguments),
    /// Put exported or purged messages from a file into the dead-letter queue again, unchanged.
    Import(import::Arguments),
    /// Remove dead letters for good.
    Purge(purge::Arguments),
}

impl Verb {
    fn queue(&self) -> &Queue {
        match self {
            Self::List(list) => &list.selection.queue,
            Self::Show(show) => &show.queue,
            Self::Edit(edit) => &edit.selection.queue,
            Self::Redrive(redrive) => &redrive.selection.queue,
            Self::Export(export) => &export.selection.queue,
            Self::Import(import) => &import.queue,
            Self::Purge(purge) => &purge.selection.queue,
        }
    }

    /// Whether it sends only what would become a row: then nothing is done where that cannot be decided.
    fn decides(&self) -> bool {
        match self {
            Self::Edit(edit) => !edit.how.force,
            Self::Redrive(redrive) => !redrive.how.force,
            Self::List(_) | Self::Show(_) | Self::Export(_) | Self::Import(_) | Self::Purge(_) => false,
        }
    }

    fn check(&self) -> Result<(), Stop> {
        match self {
            Self::List(list) => list.selection.check(),
            Self::Edit(edit) => edit.check(),
            Self::Redrive(redrive) => redrive.selection.check(),
            Self::Export(export) => export.selection.check(),
            Self::Purge(purge) => purge.selection.check(),
            Self::Show(_) | Self::Import(_) => Ok(()),
        }
    }
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let verb = &arguments.verb;
    verb.check()?;
    let queue = verb.queue();
    let checked = spec::load(&queue.spec, console)?;
    if verb.decides() {
        checked.require_code()?;
    }
    runtime::run(global, async {
        let mut session = runtime::session(global, &queue.spec, checked.spec(), console).await?;
        let stack = session.pipeline().await?;
        session.use_deployed_names(&stack, &mut Reporter::new(console)).await?;
        let stops = Cell::new(false);
        let _end = in_order(PATIENCE + MARGIN);
        let mut requests = Requests::new();
        let work = carry_out(verb, &session, checked.spec(), &stops, console);
        let outcome = tokio::select! {
            outcome = work => outcome,
            signal = stopped(&stops, &mut requests) => {
                let until = HiddenRecord::open(&session, queue.name(&session)).former();
                return Err(stop(signal, verb, &in_hand(until)));
            }
        };
        if let (true, Some(signal)) = (stops.get(), asked()) {
            return Err(stop(
                signal,
                verb,
                "stopped; no message is lost, and all received messages were made visible again",
            ));
        }
        outcome
    })
}

/// The message of a run that ended before it released its messages.
pub(in crate::cli) fn in_hand(until: Option<Timestamp>) -> String {
    let until = until.map_or_else(|| "in a few minutes".to_owned(), |until| format!("by {until:.0}"));
    format!("stopped; no message is lost, and the received messages become visible again {until}")
}

/// Waits for a request to end. The first lets the run end in order; after a time, a call that does not return is
/// abandoned.
pub(super) async fn stopped(stops: &Cell<bool>, requests: &mut Requests) -> Signal {
    let request = requests.next().await;
    stops.set(true);
    tokio::time::sleep(PATIENCE).await;
    request.signal
}

fn stop(signal: Signal, verb: &Verb, message: &str) -> Stop {
    let (message, help) = match verb {
        Verb::Import(_) => (
            "stopped; the rest of the file was not imported",
            "import only the remaining lines: a message that is imported twice may be in the queue twice",
        ),
        _ => (message, "run the same command again"),
    };
    let diagnostic = Diagnostic::error(codes::DLQ_STOPPED, message).help(help);
    Stop::Failure(Failure::new(signal.exit(), diagnostic))
}

async fn carry_out(
    verb: &Verb,
    session: &Session,
    spec: &Spec,
    stops: &Cell<bool>,
    console: &mut Console,
) -> Outcome {
    if let Verb::Import(arguments) = verb {
        return import::import(arguments, session, console).await;
    }
    let queue = verb.queue();
    let config = if verb.decides() { deciding(spec, console)? } else { deciding_if_it_can(spec, console) };
    let run = QueueRun::begin(session, queue.name(session), stops, console).await?;
    let shows = matches!(verb, Verb::List(arguments) if arguments.show_payload);
    let explainer = &Explainer::new(session, (spec, config), queue.undelivered).with_payload(shows);
    match verb {
        Verb::List(arguments) => list::list(arguments, explainer, run, console).await,
        Verb::Show(arguments) => show::show(arguments, explainer, run, console).await,
        Verb::Edit(arguments) => edit::edit(arguments, explainer, run, console).await,
        Verb::Redrive(arguments) => redrive::redrive(arguments, explainer, run, console).await,
        Verb::Export(arguments) => export::export(arguments, explainer, run, console).await,
        Verb::Purge(arguments) => purge::purge(arguments, explainer, run, console).await,
        Verb::Import(arguments) => import::import(arguments, session, console).await,
    }
}
