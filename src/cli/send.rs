use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use processor::mapping::Mapping;
use tokio::time::Instant;

use super::outgoing::{Outgoing, To, put};
use super::reporter::Reporter;
use super::unstored::{unmatched, unstored};
use super::{Global, Outcome, Stop, forecast, runtime, spec};
use crate::deploy::{Session, command_line};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::interrupt::{Requests, in_order};
use crate::operate::{self, Followed, KeyNames, Places, Sent, Tally, Watch};
use crate::report::{Console, Format, Lost, Sending, harmless, sending_text, unstored_lines};
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
    let unmatched =
        if arguments.to == To::Bus { unmatched(&session, spec, &outgoing) } else { BTreeMap::new() };
    if let Some(reason) = unmatched.values().next() {
        let matched = format!(
            "{} of {count} match no pattern, and end on the bus: {}",
            unmatched.len(),
            harmless(reason)
        );
        console.complain(&format!("  {:<14}{matched}", "not matched"));
    }
    let (sent, bodies) = put(arguments.to, &session, spec, &config, &outgoing, pause, console).await?;
    let (mut rejected, mut watched, mut by_id) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (index, (sent, body)) in sent.iter().zip(&bodies).enumerate() {
        match sent {
            Sent::Rejected { reason } => rejected.push(reason.clone()),
            Sent::Taken { event_id } if !unmatched.contains_key(&index) => {
                watched.push(forecast::watch(&config, body, event_id));
                by_id.insert(event_id.as_str(), body.as_str());
            }
            Sent::Taken { .. } => {}
        }
    }
    let mut followed =
        Followed { tally: Tally { open: watched.len(), ..Tally::default() }, ..Followed::default() };
    if arguments.wait {
        let deadline = begun + Duration::from_secs(arguments.timeout);
        followed = wait(&session, spec, &config.event, watched, deadline, console).await?;
    }
    let Followed { tally, dead, open } = followed;
    let reasons = unstored(&config, &unmatched, &rejected, &dead, &open, &by_id);
    let report = Sending {
        version: 1,
        sent: count,
        rows: tally.rows,
        duplicates: tally.duplicates,
        superseded: tally.superseded,
        dead_letters: tally.dead_letters,
        rejected_by_bus: if arguments.to == To::Bus { rejected.len() } else { 0 },
        rejected_by_queue: (arguments.to == To::Queue).then_some(rejected.len()),
        open: tally.open + unmatched.len(),
        seconds: (begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        reasons,
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
) -> Result<Followed, Stop> {
    let total = watched.len();
    let activity = console.counter("rows", total);
    let names = &session.names;
    let places = Places {
        table: &names.table,
        key_names: KeyNames::of(mapping),
        dead_letters: [&names.dead_letter_queue, &names.undelivered_queue],
    };
    let interval = if session.is_local() { Duration::from_millis(200) } else { Duration::from_secs(2) };
    let followed = operate::follow(&session.clients, places, watched, interval, deadline, &mut |tally| {
        activity.advance_to(total - tally.open);
        activity.update(&open_words(spec, tally));
    })
    .await;
    activity.clear();
    Ok(followed?)
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
    for line in unstored_lines(&report.reasons) {
        console.complain(&line);
    }
    let refused = report.rejected_by_bus + report.rejected_by_queue.unwrap_or_default();
    let count =
        |what| report.reasons.iter().filter(|one| one.what == what).map(|one| one.count).sum::<usize>();
    let unmatched = count(Lost::NotMatched);
    let unseen = if arguments.wait { report.open - unmatched } else { 0 };
    let lost = report.dead_letters + refused + if arguments.wait { report.open } else { 0 };
    if lost == 0 {
        console.note(&format!("\n  next: {}", session.command("status", "")));
        return Ok(Exit::Done);
    }
    let undelivered = count(Lost::NotDelivered);
    let parts = [
        (report.dead_letters - undelivered, "in the dead-letter queue".to_owned()),
        (undelivered, "not delivered to the queue".to_owned()),
        (refused, format!("refused by the {}", arguments.to.noun())),
        (unmatched, "matched by no pattern".to_owned()),
        (unseen, format!("not seen within {} s", arguments.timeout)),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}"));
    let next = match (report.dead_letters - undelivered, undelivered, unseen, unmatched) {
        (1.., ..) => session.command("dlq list", ""),
        (0, 1.., ..) => session.command("dlq list", "--undelivered"),
        (0, 0, 0, 1..) => "pipectl explain bus.pattern".to_owned(),
        _ => session.command("status", ""),
    };
    Err(Stop::Failure(Failure::failed(
        codes::SEND_INCOMPLETE,
        format!("{lost} of {} events are not rows: {}", report.sent, parts.collect::<Vec<_>>().join(", ")),
        format!("see more with `{next}`"),
    )))
}
