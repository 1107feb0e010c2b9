use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use tokio::time::Instant;

use super::global::duration;
use super::invented::Invention;
use super::outgoing::{MOST, Outgoing, To, put};
use super::own_code::deciding;
use super::reporter::Reporter;
use super::sent::{Ending, died};
use super::sightings::{Sightings, sightings, wait};
use super::unstored::{unmatched, unstored};
use super::{Global, Outcome, Stop, ask, runtime, spec};
use crate::deploy::command_line;
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::interrupt::{Requests, in_order};
use crate::operate::{Followed, Tally};
use crate::report::{Console, Sending, printable};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Send events to the bus or the queue, and with `--wait` follow them until they are rows.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// How many events to generate; with `--event`, how often to send each.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// Send these events instead: a file, or `-` for stdin, with one JSON event, one per line, or a list. Each is
    /// a whole envelope, only a `detail`, or an entry of PutEvents.
    #[arg(long, value_name = "FILE")]
    event: Option<Utf8PathBuf>,
    /// Where to send them. The bus gives each event a new id; the queue gets it with the id and time in the file.
    #[arg(long, value_enum, default_value_t)]
    to: To,
    /// The most events a second.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,
    /// Send at this rate for this duration, such as `90s` or `10m`, instead of a count.
    #[arg(long, requires = "rate", conflicts_with_all = ["count", "event"], value_parser = duration)]
    duration: Option<Duration>,
    #[command(flatten)]
    invention: Invention,
    /// Send to production without asking.
    #[arg(long)]
    yes: bool,
    /// Follow the events until each is a row or a dead letter.
    #[arg(long)]
    wait: bool,
    /// The most seconds to wait.
    #[arg(long, default_value_t = 600, requires = "wait", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let (checked, tree) = spec::load_with_tree(&arguments.spec, console)?;
    checked.require_code()?;
    runtime::run(global, async {
        let _end = in_order(Duration::from_secs(2));
        let mut requests = Requests::new();
        let work = send(arguments, global, (checked.spec(), &tree), console);
        tokio::select! {
            outcome = work => outcome,
            request = requests.next() => {
                let status = command_line("status", &arguments.spec, &global.target(), "");
                let diagnostic = Diagnostic::error(codes::SEND_INCOMPLETE, "stopped; events already on the bus are still processed")
                    .help(format!("see what became of them with `{status}`"));
                Err(Stop::Failure(Failure::new(request.signal.exit(), diagnostic)))
            }
        }
    })
}

async fn send(
    arguments: &Arguments,
    global: &Global,
    (spec, tree): (&Spec, &SpecTree),
    console: &mut Console,
) -> Outcome {
    let config = deciding(spec, console)?;
    arguments.invention.check(arguments.to == To::Bus, &config)?;
    let outgoing = match &arguments.event {
        Some(file) => Outgoing::read(file, arguments.count, spec)?,
        None => Outgoing::invented(arguments.invention.events(arguments.invented()?, spec, tree, &config)?),
    };
    let count = outgoing.events.len();
    let mut session = runtime::session(global, &arguments.spec, spec, console).await?;
    let stack = session.pipeline().await?;
    session.use_deployed_names(&stack, &mut Reporter::new(console)).await?;
    if spec.deploy.production && !session.is_local() && !arguments.yes {
        let question =
            format!("{} is production: send {count} events to its {}?", stack.name, arguments.to.noun());
        ask::yes(&question, "--yes", console)?;
    }
    let begun = Instant::now();
    // A call takes up to 10 events, so the pause between calls is the time of ten events.
    let pause = arguments.rate.map_or(Duration::ZERO, |rate| Duration::from_secs(10) / rate);
    let unmatched =
        if arguments.to == To::Bus { unmatched(&session, spec, &outgoing) } else { BTreeMap::new() };
    if let Some(reason) = unmatched.values().next() {
        let matched = format!(
            "{} of {count} match no pattern, so no rule sends them to the queue: {}",
            unmatched.len(),
            printable(reason)
        );
        console.complain(&format!("  {:<14}{matched}", "not matched"));
    }
    let (sent, bodies) = put(arguments.to, &session, spec, &config, &outgoing, pause, console).await?;
    let Sightings { rejected, watched, spoiled, bodies } =
        sightings(arguments.to, &config, &outgoing, &unmatched, &sent, bodies);
    let mut followed =
        Followed { tally: Tally { open: watched.len(), ..Tally::default() }, ..Followed::default() };
    if arguments.wait {
        let deadline = begun + Duration::from_secs(arguments.timeout);
        followed = wait(&session, spec, &config.event, watched, deadline, console).await?;
    }
    let Followed { tally, dead, open } = followed;
    let (poison, dead) = died(&spoiled, dead);
    let report = Sending {
        version: 1,
        sent: count,
        rows: tally.rows,
        duplicates: tally.duplicates,
        superseded: tally.superseded,
        erased: tally.erased,
        dead_letters: tally.dead_letters,
        rejected_by_bus: if arguments.to == To::Bus { rejected.len() } else { 0 },
        rejected_by_queue: (arguments.to == To::Queue).then_some(rejected.len()),
        open: tally.open + unmatched.len(),
        seconds: (begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        sent_twice: outgoing.sent_twice(),
        poison,
        reasons: unstored(&config, &unmatched, &rejected, &dead, &open, &bodies),
    };
    let waited = arguments.wait.then_some(arguments.timeout);
    Ending { session: &session, to: arguments.to, waited }.conclude(&report, console)
}

impl Arguments {
    /// How many events to generate.
    fn invented(&self) -> Result<u64, Stop> {
        let Some((duration, rate)) = self.duration.zip(self.rate) else { return Ok(self.count) };
        let count = (duration.as_secs_f64() * f64::from(rate)).round().max(1.0) as u64;
        if count <= MOST as u64 {
            return Ok(count);
        }
        Err(Stop::Failure(Failure::failed(
            codes::SEND_INVALID_EVENT,
            format!("this would send {count} events, and one run sends {MOST} at most"),
            "use a shorter `--duration`, or a lower `--rate`",
        )))
    }
}
