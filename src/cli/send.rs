use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use processor::mapping::Mapping;
use tokio::time::Instant;

use super::outgoing::{Outgoing, To, put, watched};
use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::{Session, command_line};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::interrupt::{Requests, in_order};
use crate::operate::{self, KeyNames, Places, Tally, Watch};
use crate::report::{Console, Format, Sending, harmless, sending_text};
use crate::spec::Spec;
use crate::validate::processor_config;

/// Put events on the bus or into the queue, and with `--wait` follow them until they are rows.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// How many events to invent; with `--event`, how often to send each.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// Send these events instead: a file, or `-` for stdin, with one event in JSON, one a line or a list; each a whole
    /// envelope, a `detail` alone or an entry of PutEvents.
    #[arg(long, value_name = "FILE")]
    event: Option<Utf8PathBuf>,
    /// Where to put them. The bus gives each event an id of its own; into the queue it goes with the file's id and time.
    #[arg(long, value_enum, default_value_t)]
    to: To,
    /// At most so many events a second.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,
    /// Follow the events until each is a row or a dead letter.
    #[arg(long)]
    wait: bool,
    /// Seconds to wait at most.
    #[arg(long, default_value_t = 600, requires = "wait", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let _end = in_order(Duration::from_secs(2));
        let mut requests = Requests::new();
        let work = send(arguments, global, checked.spec(), console);
        tokio::select! {
            outcome = work => outcome,
            request = requests.next() => {
                let status = command_line("status", &arguments.spec, &global.target(), "");
                let diagnostic = Diagnostic::error(codes::SEND_INCOMPLETE, "stopped; events already on the bus go their way")
                    .help(format!("see what became of them with `{status}`"));
                Err(Stop::Failure(Failure::new(request.signal.exit(), diagnostic)))
            }
        }
    })
}

async fn send(arguments: &Arguments, global: &Global, spec: &Spec, console: &mut Console) -> Outcome {
    let config = processor_config(spec);
    let outgoing = Outgoing::read(arguments.event.as_deref(), arguments.count, spec, &config)?;
    let count = outgoing.events.len();
    let mut session = runtime::session(global, &arguments.spec, spec, console).await?;
    let stack = session.pipeline().await?;
    session.goes_by(&stack, &mut Reporter::new(console)).await?;
    let begun = Instant::now();
    // A call takes up to 10 events, so a rate is held by a pause of ten events' time.
    let pause = arguments.rate.map_or(Duration::ZERO, |rate| Duration::from_secs(10) / rate);
    let (sent, bodies) = put(arguments.to, &session, spec, &config, &outgoing, pause, console).await?;
    let (watched, rejected) = watched(&config, &sent, &bodies);
    for reason in rejected.iter().take(3) {
        console.complain(&format!("  refused by the {}: {}", arguments.to.noun(), harmless(reason)));
    }
    let mut tally = Tally { open: watched.len(), ..Tally::default() };
    if arguments.wait {
        let deadline = begun + Duration::from_secs(arguments.timeout);
        tally = wait(&session, spec, &config.event, watched, deadline, console).await?;
    }
    let report = Sending {
        version: 1,
        sent: count,
        rows: tally.rows,
        duplicates: tally.duplicates,
        superseded: tally.superseded,
        dead_letters: tally.dead_letters,
        rejected_by_bus: if arguments.to == To::Bus { rejected.len() } else { 0 },
        rejected_by_queue: (arguments.to == To::Queue).then_some(rejected.len()),
        open: tally.open,
        seconds: (begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
    };
    conclude(arguments, &session, &report, console)
}

async fn wait(
    session: &Session,
    spec: &Spec,
    mapping: &Mapping,
    watched: Vec<Watch>,
    deadline: Instant,
    console: &mut Console,
) -> Result<Tally, Stop> {
    let total = watched.len();
    let activity = console.counter("rows", total);
    let names = &session.names;
    let places = Places {
        table: &names.table,
        key_names: KeyNames::of(mapping),
        dead_letters: [&names.dead_letter_queue, &names.undelivered_queue],
    };
    let interval = if session.is_local() { Duration::from_millis(200) } else { Duration::from_secs(2) };
    let tally = operate::follow(&session.clients, places, watched, interval, deadline, &mut |tally| {
        activity.advance_to(total - tally.open);
        activity.update(&open_words(spec, tally));
    })
    .await;
    activity.clear();
    Ok(tally?)
}

/// Why one still waits: an invalid event is tried to the end before it counts as dead.
fn open_words(spec: &Spec, tally: Tally) -> String {
    let seen = tally.rows + tally.duplicates + tally.superseded + tally.dead_letters;
    if tally.open == 0 || seen == 0 && tally.open > 10 {
        return String::new();
    }
    let when = spec.queue.time_of_death(&spec.processor);
    format!("{} open; a refused event is a dead letter {when}", tally.open)
}

fn conclude(arguments: &Arguments, session: &Session, report: &Sending, console: &mut Console) -> Outcome {
    match console.format {
        Format::Json => console.outcome(&serde_json::to_string(report).unwrap_or_default()),
        Format::Human if arguments.wait => console.outcome(&sending_text(report)),
        Format::Human => {}
    }
    let refused = report.rejected_by_bus + report.rejected_by_queue.unwrap_or_default();
    let lost = report.dead_letters + refused + if arguments.wait { report.open } else { 0 };
    let status = session.command("status", "");
    if lost == 0 {
        console.note(&format!("\n  next: {status}"));
        return Ok(Exit::Done);
    }
    let mut reasons = Vec::new();
    if report.dead_letters > 0 {
        reasons.push(format!("{} in the dead-letter queue", report.dead_letters));
    }
    if refused > 0 {
        reasons.push(format!("{refused} refused by the {}", arguments.to.noun()));
    }
    if arguments.wait && report.open > 0 {
        reasons.push(format!("{} not seen within {} s", report.open, arguments.timeout));
    }
    Err(Stop::Failure(Failure::failed(
        codes::SEND_INCOMPLETE,
        format!("{lost} of {} events are not rows: {}", report.sent, reasons.join(", ")),
        format!(
            "`{status}` shows the queues; the processor's log names each refused message with its reason"
        ),
    )))
}
