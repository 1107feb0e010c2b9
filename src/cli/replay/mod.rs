//! Replays events of the archive, only to the pipeline's own rules.

mod cancel;
mod follow;
mod preview;
mod refusal;
mod span;

use std::cell::RefCell;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use jiff::Timestamp;

use super::reporter::Reporter;
use super::{Global, Outcome, Stop, ask, runtime, spec};
use crate::deploy::{Ledger, Session, command_line};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::interrupt::{Requests, in_order};
use crate::operate::{ArchiveState, Replay, ReplayApi as _, Span};
use crate::report::{Console, Format, Replaying, printable, replay_preview};
use crate::spec::Spec;
use crate::stack::CallErrorKind;
use cancel::cancel;
use follow::{Followed, follow};
use preview::{Given, preview, request};
use refusal::{busy, no_archive, none, runs};

/// Send archived events again, only to this pipeline's rules, and follow them until they are rows. Events
/// that are already rows are duplicates and change nothing.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Replay events with this `time` or later: `2h`, `30m`, `7d` before now, or an RFC 3339 time.
    #[arg(long, value_name = "TIME", required_unless_present_any = ["follow", "cancel"])]
    from: Option<String>,
    /// Replay events before this time; same formats as `--from`. An event may reach the archive ten minutes after
    /// the bus.
    #[arg(long, value_name = "TIME", required_unless_present_any = ["follow", "cancel"])]
    to: Option<String>,
    /// Only show what would be replayed.
    #[arg(long, conflicts_with_all = ["follow", "cancel"])]
    dry_run: bool,
    /// Follow the running replay, even if somebody else started it.
    #[arg(long, conflicts_with_all = ["from", "to", "cancel"])]
    follow: bool,
    /// Cancel the running replay. Events that it already sent are not recalled.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    cancel: bool,
    /// Replay to production without asking.
    #[arg(long)]
    yes: bool,
    /// The most seconds to wait after the replay until the queue is empty.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    timeout: u64,
}

/// The name of the replay that continues without pipectl.
type Begun = RefCell<Option<String>>;

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let now = Timestamp::now();
    let span = arguments.span(now)?;
    runtime::run(global, async {
        let begun = Begun::default();
        let _end = in_order(Duration::from_secs(2));
        let mut requests = Requests::new();
        let work = carry_out(arguments, global, (checked.spec(), span), &begun, console);
        tokio::select! {
            outcome = work => outcome,
            request = requests.next() => {
                let command = |flag: &str| command_line("replay", &arguments.spec, &global.target(), flag);
                let (message, help) = match begun.take() {
                    Some(name) => (
                        format!("stopped; the replay `{name}` continues in AWS"),
                        format!("follow it again with `{}`, or cancel it with `{}`", command("--follow"), command("--cancel")),
                    ),
                    None => ("stopped; no replay was started".to_owned(), "run the same command again".to_owned()),
                };
                let diagnostic = Diagnostic::error(codes::INTERRUPTED, message).help(help);
                Err(Stop::Failure(Failure::new(request.signal.exit(), diagnostic)))
            }
        }
    })
}

async fn carry_out(
    arguments: &Arguments,
    global: &Global,
    (spec, span): (&Spec, Option<Span>),
    begun: &Begun,
    console: &mut Console,
) -> Outcome {
    if spec.bus.archive.settings().is_none() {
        let message = "the bus has no archive: the spec says `bus.archive: off`".to_owned();
        return Err(no_archive(message, "write `archive: {retention_days: 7}` under `bus`, and apply"));
    }
    let mut session = runtime::session(global, &arguments.spec, spec, console).await?;
    let stack = session.pipeline().await?;
    session.use_deployed_names(&stack, &mut Reporter::new(console)).await?;
    let archive = archive(&session).await?;
    let running = running(&session, &archive).await?;
    if arguments.cancel {
        return cancel(&session, running, console).await;
    }
    let given = Given { session: &session, spec, archive: &archive, stack: &stack };
    let replaying = match (span, running) {
        (Some(span), running) if arguments.dry_run => {
            if let Some(replay) = running {
                console.note(&runs(&replay));
            }
            preview(given, span, true, console).await?
        }
        (Some(span), Some(replay)) if replay.span != Some(span) => return Err(busy(&session, &replay, span)),
        (None, None) => return Err(none(&session)),
        (_, Some(replay)) => {
            console.note(&format!(
                "  {:<14}{}, which is already running",
                "follows",
                printable(&replay.name)
            ));
            given.followed(replay)
        }
        (Some(span), None) => preview(given, span, false, console).await?,
    };
    let timeout = Duration::from_secs(arguments.timeout);
    if replaying.replay.is_some() {
        begun.replace(replaying.replay.as_ref().map(|replay| replay.name.clone()));
        return follow(&session, spec, replaying, timeout, console).await?.conclude(&session, console);
    }
    if console.format == Format::Human {
        console.data(&replay_preview(&replaying))?;
    }
    if arguments.dry_run {
        if console.format == Format::Json {
            console.data(&serde_json::to_string(&replaying).unwrap_or_default())?;
        }
        return Ok(Exit::Done);
    }
    if spec.deploy.production && !session.is_local() && !arguments.yes {
        let question = format!("{} is production: replay these events to it?", stack.name);
        ask::yes(&question, "--yes", console)?;
    }
    start(given, replaying, timeout, begun, console).await
}

/// Starts a replay, follows it, and records both in the history.
async fn start(
    given: Given<'_>,
    mut replaying: Replaying,
    timeout: Duration,
    begun: &Begun,
    console: &mut Console,
) -> Outcome {
    let session = given.session;
    let request = request(&given, replaying.span, Timestamp::now());
    let chosen = format!("--from {} --to {}", replaying.from, replaying.to);
    let mut ledger = Ledger::new(session, "replay", &session.names.archive, chosen);
    ledger.begin().await;
    // Set even if the answer is lost.
    begun.replace(Some(request.name.clone()));
    if let Err(error) = session.clients.start_replay(&request).await {
        // Without an answer, it is unknown whether the replay was started, so the record stays open.
        if !error.is_unreachable() {
            begun.take();
            ledger.end(0, 0, false, &mut Reporter::new(console)).await;
        }
        return Err(error.into());
    }
    replaying.replay = Some(Replay {
        name: request.name,
        state: "STARTING".to_owned(),
        span: Some(request.span),
        ..Replay::default()
    });
    let followed: Followed = follow(session, given.spec, replaying, timeout, console).await?;
    let (sent, complete) = followed.for_history();
    ledger.end(sent, 0, complete, &mut Reporter::new(console)).await;
    followed.conclude(session, console)
}

async fn archive(session: &Session) -> Result<ArchiveState, Stop> {
    let name = &session.names.archive;
    match session.clients.archive(name).await {
        Ok(archive) => Ok(archive),
        Err(error) if error.kind == CallErrorKind::NotFound => {
            let help = format!("see what else is missing with `{}`", session.command("drift", ""));
            Err(no_archive(format!("there is no archive `{name}`, but the spec has one"), &help))
        }
        Err(error) => Err(error.into()),
    }
}

async fn running(session: &Session, archive: &ArchiveState) -> Result<Option<Replay>, Stop> {
    let names = session.clients.running_replays(&archive.arn).await?;
    let Some(name) = names.first() else { return Ok(None) };
    Ok(Some(session.clients.replay(name).await?).filter(|replay| !replay.is_over()))
}
