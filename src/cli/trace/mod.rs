//! The path of one event, from its time to its row or its dead letter.

mod find;
mod log;

use camino::Utf8PathBuf;
use clap::Args;
use jiff::Timestamp;
use processor::config::Config;
use processor::json::Json;
use processor::row::{EVENT_ID, MESSAGE_ID};

use super::reporter::Reporter;
use super::{Global, Outcome, runtime, spec};
use crate::deploy::{Session, quoted};
use crate::diagnostic::Exit;
use crate::operate::{DeadLetter, Hop, Invocation, StoredRow, of_dead_letter, of_row, root_of};
use crate::report::{Console, EventTrace, Format, trace_json, trace_text};
use crate::spec::Spec;
use crate::validate::processor_config;
use find::Found;

/// Show the path of one event, with the milliseconds of each hop, from its row, the processor's log or its
/// dead letter.
///
/// Without `--key`, the dead-letter queues are searched, which hides their messages from others for a moment.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// The id of an event, or of its message in the queue.
    #[arg(value_name = "ID")]
    id: String,
    /// The key of its row: a value of the partition key and, after a comma, one of the sort key. Write a comma
    /// within a value as `\,`.
    #[arg(long, value_name = "PARTITION[,SORT]", conflicts_with = "scan")]
    key: Option<String>,
    /// Search the table for the event, up to a gigabyte. This uses the capacity, and costs the money, of reading
    /// that much.
    #[arg(long)]
    scan: bool,
}

/// What is needed to trace an event.
struct Tracing<'a> {
    arguments: &'a Arguments,
    session: &'a Session,
    spec: &'a Spec,
    config: Config,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let spec = checked.spec();
    let config = processor_config(spec);
    if let Some(key) = &arguments.key {
        super::query::row_key(spec, &config.event, key)?;
    }
    runtime::run(global, async {
        let mut session = runtime::session(global, &arguments.spec, spec, console).await?;
        let stack = session.pipeline().await?;
        session.use_deployed_names(&stack, &mut Reporter::new(console)).await?;
        let tracing = Tracing { arguments, session: &session, spec, config };
        let (event_trace, next) = match tracing.find(console).await? {
            Found::Row { row, by } => tracing.of_row(&row, by).await?,
            Found::DeadLetter { dead_letter, is_undelivered } => {
                tracing.of_dead_letter(&dead_letter, is_undelivered).await?
            }
        };
        match console.format {
            Format::Human => console.data(&trace_text(&event_trace, console.width()))?,
            Format::Json => console.data(&trace_json(&event_trace).to_string())?,
        }
        console.note(&format!("\n  next: {next}"));
        Ok(Exit::Done)
    })
}

impl Tracing<'_> {
    async fn of_row(&self, row: &StoredRow, by: String) -> Result<(EventTrace, String), super::Stop> {
        let text = |name: &str| row.get(name).and_then(Json::as_text).map(str::to_owned);
        let message_id = text(MESSAGE_ID);
        let known = of_row(&self.config, row, &Err(String::new()));
        let (invocation, log) = self.invocation(&known, message_id.as_deref()).await?;
        let hops = of_row(&self.config, row, &invocation);
        let filter = invocation.as_ref().ok().map(|invocation| invocation.request_id.clone());
        let next = self.logs(&hops, filter.or_else(|| message_id.clone()));
        let event_trace = EventTrace {
            id: self.arguments.id.clone(),
            event_id: text(EVENT_ID),
            message_id,
            found: "row",
            location: format!("the row in {}, {by}", self.session.names.table),
            hops,
            log,
            trace: self.trace(&invocation),
        };
        Ok((event_trace, next))
    }

    async fn of_dead_letter(
        &self,
        dead_letter: &DeadLetter,
        is_undelivered: bool,
    ) -> Result<(EventTrace, String), super::Stop> {
        let names = &self.session.names;
        let (found, queue, flag) = match is_undelivered {
            true => ("undelivered", &names.undelivered_queue, " --undelivered"),
            false => ("dead_letter", &names.dead_letter_queue, ""),
        };
        let hops = of_dead_letter(dead_letter, is_undelivered);
        let log = match is_undelivered {
            true => Err("the processor never received it".to_owned()),
            false => self.lines_of(&hops, dead_letter.origin()).await?,
        };
        let traced = dead_letter.trace_header.as_deref().and_then(root_of).map(str::to_owned);
        let none = || Err(self.no_xray().unwrap_or_else(|| "the message has no trace header".to_owned()));
        let noted =
            dead_letter.death.as_ref().map(|death| death.event_id.clone()).filter(|id| !id.is_empty());
        let event_id = noted.unwrap_or_else(|| processor::death::event_id(&dead_letter.body));
        let event_trace = EventTrace {
            id: self.arguments.id.clone(),
            event_id: Some(event_id).filter(|id| !id.is_empty()),
            message_id: Some(dead_letter.origin().to_owned()),
            found,
            location: format!("a message in {queue}"),
            hops,
            log,
            trace: traced.map_or_else(none, |id| Ok((id.clone(), self.session.trace_page(&id)))),
        };
        let show = format!("{}{flag}", quoted(dead_letter.origin()));
        Ok((event_trace, self.session.command("dlq show", &show)))
    }

    /// Why the pipeline has no traces in X-Ray.
    fn no_xray(&self) -> Option<String> {
        if self.session.is_local() {
            return Some("the local cloud has no X-Ray".to_owned());
        }
        (!self.spec.processor.tracing).then(|| "`processor.tracing` is off".to_owned())
    }

    fn trace(&self, invocation: &Result<Invocation, String>) -> Result<(String, String), String> {
        if let Some(why) = self.no_xray() {
            return Err(why);
        }
        let Ok(invocation) = invocation else {
            return Err("the invocation that wrote the row is unknown".to_owned());
        };
        let id = invocation.trace_id.clone();
        let id = id.ok_or("Lambda's report of the invocation has no trace: X-Ray did not sample it")?;
        let page = self.session.trace_page(&id);
        Ok((id, page))
    }

    /// The command that shows the log around the event.
    fn logs(&self, hops: &[Hop], filter: Option<String>) -> String {
        let first = hops.iter().filter_map(|hop| hop.at.as_ref().ok().copied()).min();
        let first = first.and_then(|at| Timestamp::from_millisecond(at).ok());
        let since = first.map(|at| format!("--since {at:.0}"));
        let filter = filter.map(|text| format!("--filter {}", quoted(&text)));
        let flags: Vec<String> = filter.into_iter().chain(since).collect();
        self.session.command("logs", &flags.join(" "))
    }
}
