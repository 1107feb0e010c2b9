//! Erasing all data of one key from a pipeline.

mod carry_out;
mod found;

use std::cell::Cell;

use camino::Utf8PathBuf;
use clap::Args;
use jiff::{Timestamp, ToSpan as _};

use self::carry_out::carry_out;
use super::dlq::{MARGIN, PATIENCE, stopped};
use super::own_code::deciding;
use super::reporter::Reporter;
use super::{Global, Outcome, Stop, query, runtime, spec};
use crate::deploy::Acceptance;
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::interrupt::{Requests, Signal, asked, in_order};
use crate::operate::{Erasure, retention};
use crate::report::Console;

/// Erase one key: delete its rows and dead letters, and write marks so that a redrive or replay cannot
/// restore them.
///
/// `explain SPEC retention` shows where else data of a key is stored. The search for dead letters hides
/// messages from other readers until it ends; if it is killed, they are hidden for up to 5 minutes. Events
/// that arrive after the erasure are new data and are stored.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// The key: a value of the table's partition key, to erase all its rows, or with a comma and a sort key, to
    /// erase one row. Write a comma within a value as `\,`.
    #[arg(long, value_name = "PARTITION[,SORT]")]
    key: String,
    /// Only show what would be erased.
    #[arg(long)]
    dry_run: bool,
    /// Answer the question with yes. `--local` never asks.
    #[arg(long, short)]
    yes: bool,
    /// Accept the loss of the rows and dead letters: `data-loss:EventsTable`.
    #[arg(long, value_name = "WHAT")]
    accept: Vec<Acceptance>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load_with_code(&arguments.spec, console)?;
    let config = deciding(checked.spec(), console)?;
    let key = query::row_key(checked.spec(), &config.event, &arguments.key)?;
    let retention = retention(checked.spec());
    runtime::run(global, async {
        let mut session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        let stack = session.pipeline().await?;
        session.use_deployed_names(&stack, &mut Reporter::new(console)).await?;
        let erased_at = Timestamp::now();
        let expires_at = retention.comes_back.map(|days| erased_at.as_second() + i64::from(days) * DAY);
        let erasure =
            Erasure { table: &session.names.table, mapping: &config.event, key, erased_at, expires_at };
        let stops = Cell::new(false);
        let _end = in_order(PATIENCE + MARGIN);
        let mut requests = Requests::new();
        let work = carry_out(arguments, &session, &config, &erasure, &retention, &stops, console);
        let outcome = tokio::select! {
            outcome = work => outcome,
            signal = stopped(&stops, &mut requests) => return Err(stop(signal)),
        };
        if let (true, Some(signal)) = (stops.get(), asked()) {
            return Err(stop(signal));
        }
        outcome
    })
}

const DAY: i64 = 86_400;

fn stop(signal: Signal) -> Stop {
    let message = "stopped; what is already erased remains erased, and the rest is unchanged";
    let diagnostic = Diagnostic::error(codes::DLQ_STOPPED, message)
        .help("run the same command again: it continues with what remains");
    Stop::Failure(Failure::new(signal.exit(), diagnostic))
}

/// The day this many days after an instant, for people and programs.
fn day_after(at: Timestamp, days: u32) -> Option<String> {
    let at = at.checked_add((i64::from(days) * 24).hours()).ok()?;
    Some(at.strftime("%Y-%m-%d").to_string())
}
