//! The dead-letter queue: why each message died, the way back, and the way out.

mod explain;
mod explained;
mod list;
mod purge;
mod redrive;
mod redriven;
mod run;

use std::cell::Cell;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};

use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::{HiddenRecord, Session, quoted};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::interrupt::{Requests, Signal, asked, in_order};
use crate::report::Console;
use crate::spec::Spec;
use explained::Explained;
use run::Run;

/// How long a run that is to end may take to give back what it holds.
const PATIENCE: Duration = Duration::from_secs(10);
/// And to say so.
const MARGIN: Duration = Duration::from_secs(2);
/// Messages that are looked at where nobody says how many.
const LIMIT: u32 = 10_000;

/// See why events died, send them back to the queue, or remove them.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the dead letters with the reason each died for. Takes none out.
    List(list::Arguments),
    /// Send dead letters back to the queue: those that would become rows now.
    Redrive(redrive::Arguments),
    /// Remove dead letters for good.
    Purge(purge::Arguments),
}

/// Which messages.
#[derive(Debug, Args)]
struct Selection {
    /// The spec.
    spec: Utf8PathBuf,
    /// Those EventBridge could not deliver, instead of those the processor could not store.
    #[arg(long)]
    undelivered: bool,
    /// Only messages that died for this reason, such as `missing-field`, `conflict`, `storable` or `stored`.
    #[arg(long, value_name = "CODE")]
    reason: Vec<String>,
    /// Only this message, by its id.
    #[arg(long, value_name = "MESSAGE_ID")]
    message: Vec<String>,
    /// At most so many messages are looked at.
    #[arg(long, default_value_t = LIMIT, value_parser = clap::value_parser!(u32).range(1..=120_000))]
    limit: u32,
}

impl Selection {
    fn has(&self, explained: &Explained) -> bool {
        let reason = self.reason.is_empty() || self.reason.iter().any(|reason| explained.is_of(reason));
        reason && self.names(&explained.message_id)
    }

    /// Whether the ids that are asked for, if any, have this one.
    fn names(&self, message_id: &str) -> bool {
        self.message.is_empty() || self.message.iter().any(|id| id == message_id)
    }

    /// A command about the same messages to type next.
    fn command(&self, session: &Session, verb: &str, more: &str) -> String {
        let chosen = [("--reason", &self.reason), ("--message", &self.message)];
        let chosen = chosen.iter().flat_map(|(flag, values)| values.iter().map(move |value| (flag, value)));
        let mut flags: Vec<String> =
            chosen.map(|(flag, value)| format!("{flag} {}", quoted(value))).collect();
        if self.limit != LIMIT {
            flags.push(format!("--limit {}", self.limit));
        }
        flags.extend((!more.is_empty()).then(|| more.to_owned()));
        self.of_queue(session, verb, &flags.join(" "))
    }

    /// A command about the same queue to type next.
    fn of_queue(&self, session: &Session, verb: &str, more: &str) -> String {
        let undelivered = self.undelivered.then_some("--undelivered");
        let flags: Vec<&str> = undelivered.into_iter().chain((!more.is_empty()).then_some(more)).collect();
        session.command(&format!("dlq {verb}"), &flags.join(" "))
    }

    fn queue<'a>(&self, session: &'a Session) -> &'a str {
        if self.undelivered { &session.names.undelivered_queue } else { &session.names.dead_letter_queue }
    }

    fn most(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// A reason nobody dies of is a mistyped one.
    fn check(&self) -> Result<(), Stop> {
        let known: Vec<&str> = processor::reason::Reason::ALL
            .iter()
            .map(|reason| reason.as_str())
            .chain([explain::STORABLE, explain::STORED, explain::NOT_CHECKED])
            .collect();
        let Some(wrong) = self.reason.iter().find(|reason| !known.contains(&reason.as_str())) else {
            return Ok(());
        };
        let help = match crate::validate::nearest(wrong, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("reasons are {}", known.join(", ")),
        };
        let diagnostic =
            Diagnostic::error(codes::DLQ_UNKNOWN_REASON, format!("there is no reason `{wrong}`"));
        Err(Stop::Failure(Failure::new(Exit::Usage, diagnostic.help(help))))
    }
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let selection = match &arguments.verb {
        Verb::List(list) => &list.selection,
        Verb::Redrive(redrive) => &redrive.selection,
        Verb::Purge(purge) => &purge.selection,
    };
    selection.check()?;
    let checked = spec::load(&selection.spec, console)?;
    runtime::run(global, async {
        let mut session = runtime::session(global, &selection.spec, checked.spec(), console).await?;
        let stack = session.pipeline().await?;
        session.goes_by(&stack, &mut Reporter::new(console)).await?;
        let stops = Cell::new(false);
        let _end = in_order(PATIENCE + MARGIN);
        let mut requests = Requests::new();
        let work = carry_out(&arguments.verb, &session, checked.spec(), &stops, console);
        let outcome = tokio::select! {
            outcome = work => outcome,
            signal = stopped(&stops, &mut requests) => {
                let until = HiddenRecord::open(&session, selection.queue(&session)).former();
                let until = until.map_or_else(|| "in a few minutes".to_owned(), |until| format!("by {until:.0}"));
                let message = format!("stopped; no message is lost, and those in hand show themselves again {until}");
                return Err(stop(signal, &message));
            }
        };
        if let (true, Some(signal)) = (stops.get(), asked()) {
            return Err(stop(signal, "stopped; no message is lost, and those in hand were given back"));
        }
        outcome
    })
}

/// A request to end ends a run in order; a call that does not come back ends it at once.
async fn stopped(stops: &Cell<bool>, requests: &mut Requests) -> Signal {
    let request = requests.next().await;
    stops.set(true);
    tokio::time::sleep(PATIENCE).await;
    request.signal
}

fn stop(signal: Signal, message: &str) -> Stop {
    let diagnostic = Diagnostic::error(codes::DLQ_STOPPED, message).help("run the same command again");
    Stop::Failure(Failure::new(signal.exit(), diagnostic))
}

async fn carry_out(
    verb: &Verb,
    session: &Session,
    spec: &Spec,
    stops: &Cell<bool>,
    console: &mut Console,
) -> Outcome {
    let (Verb::List(list::Arguments { selection, .. })
    | Verb::Redrive(redrive::Arguments { selection, .. })
    | Verb::Purge(purge::Arguments { selection, .. })) = verb;
    let run = Run::begin(session, selection.queue(session), stops, console).await?;
    match verb {
        Verb::List(arguments) => list::list(arguments, session, spec, run, console).await,
        Verb::Redrive(arguments) => redrive::redrive(arguments, session, spec, run, console).await,
        Verb::Purge(arguments) => purge::purge(arguments, session, spec, run, console).await,
    }
}
