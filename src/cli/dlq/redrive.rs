use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::time::Instant;

use super::Selection;
use super::explain::{Explained, STORABLE, body, explain};
use crate::cli::{Outcome, Stop};
use crate::deploy::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{RowKey, TableApi as _, Way, move_letters, read_letters};
use crate::report::{Console, Format};
use crate::spec::Spec;
use crate::stack::CallError;
use crate::validate::processor_config;

/// Keys of one look into the table (DynamoDB's BatchGetItem).
const KEYS: usize = 100;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// At most so many messages a second.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,
    /// Also those that would die again.
    #[arg(long)]
    force: bool,
    /// Only say what would be sent back.
    #[arg(long)]
    dry_run: bool,
    /// Wait until they are rows.
    #[arg(long)]
    wait: bool,
    /// Seconds to wait at most.
    #[arg(long, default_value_t = 600, requires = "wait", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

impl Arguments {
    fn chooses(&self, one: &Explained) -> bool {
        self.selection.has(one) && (self.force || one.reason == STORABLE)
    }
}

pub(super) async fn redrive(
    arguments: &Arguments,
    session: &Session,
    spec: &Spec,
    console: &mut Console,
) -> Outcome {
    let selection = &arguments.selection;
    let queue = selection.queue(session);
    if arguments.dry_run {
        let letters = read_letters(&session.clients, queue, selection.most(), &mut |_| {}).await;
        let found = explain(session, spec, letters?).await?;
        let chosen = found.iter().filter(|one| arguments.chooses(one)).count();
        told(chosen, 0, found.len() - chosen, 0, true, console);
        return Ok(Exit::Done);
    }
    let mut keys = Vec::new();
    let mut stopped = None;
    // A call takes up to 10 messages, so a rate is held by a pause of ten messages' time.
    let pause = arguments.rate.map_or(Duration::ZERO, |rate| Duration::from_secs(10) / rate);
    let way = Way { from: queue, to: Some(&session.names.queue), pause };
    let config = processor_config(spec);
    let activity = console.activity("redrive");
    let choose = async |letters: &mut [crate::operate::Letter]| -> Result<Vec<bool>, CallError> {
        match explain(session, spec, letters.to_vec()).await {
            Ok(found) => {
                let chosen: Vec<bool> = found.iter().map(|one| arguments.chooses(one)).collect();
                let going = found.iter().zip(&chosen).filter(|(_, goes)| **goes);
                keys = going.filter_map(|(one, _)| one.key.clone()).collect();
                for letter in letters {
                    letter.body = body(&config, &letter.body);
                }
                Ok(chosen)
            }
            Err(stop) => {
                let none = vec![false; letters.len()];
                stopped = Some(stop);
                Ok(none)
            }
        }
    };
    let mut tell = |count: usize| activity.update(&format!("{count} sent back"));
    let moved = move_letters(&session.clients, way, selection.most(), choose, &mut tell).await;
    activity.clear();
    let moved = moved?;
    if let Some(stop) = stopped {
        return Err(stop);
    }
    let waits = arguments.wait && !moved.letters.is_empty();
    let rows = if waits { wait(arguments, session, spec, &keys, console).await? } else { 0 };
    told(moved.letters.len(), rows, moved.kept, moved.left, false, console);
    if moved.left > 0 {
        let message = format!("{} messages were not taken and are dead letters still", moved.left);
        let help = "run the same command again".to_owned();
        return Err(Stop::Failure(Failure::failed(codes::SEND_INCOMPLETE, message, help)));
    }
    if waits && rows < keys.len() {
        let message =
            format!("{} of {} are not rows after {} s", keys.len() - rows, keys.len(), arguments.timeout);
        let help = format!("see why with `{}`", session.command("dlq list", ""));
        return Err(Stop::Failure(Failure::new(
            Exit::Failed,
            Diagnostic::error(codes::SEND_INCOMPLETE, message).help(help),
        )));
    }
    let status = session.command("status", "");
    console.note(&format!("\n  next: {status}"));
    Ok(Exit::Done)
}

/// How many of the keys have rows at the end.
async fn wait(
    arguments: &Arguments,
    session: &Session,
    spec: &Spec,
    keys: &[RowKey],
    console: &mut Console,
) -> Result<usize, Stop> {
    let names = (spec.event.partition_key.as_str(), spec.event.sort_key.as_str());
    let deadline = Instant::now() + Duration::from_secs(arguments.timeout);
    let activity = console.counter("rows", keys.len());
    loop {
        let mut found = 0;
        for page in keys.chunks(KEYS) {
            match session.clients.rows(&session.names.table, names, page).await {
                Ok(rows) => found += rows.len(),
                Err(error) if error.is_passing() => {}
                Err(error) => return Err(error.into()),
            }
        }
        activity.advance_to(found);
        if found >= keys.len() || Instant::now() >= deadline {
            activity.clear();
            return Ok(found);
        }
        tokio::time::sleep(session.interval()).await;
    }
}

fn told(sent: usize, rows: usize, kept: usize, left: usize, dry: bool, console: &mut Console) {
    if console.format == Format::Json {
        let document =
            json!({"version": 1, "sent": sent, "rows": rows, "kept": kept, "left": left, "dry_run": dry});
        console.outcome(&document.to_string());
        return;
    }
    let verb = if dry { "would be sent back" } else { "sent back" };
    let mut text = format!("  {sent} {verb}");
    if rows > 0 {
        text.push_str(&format!(", {rows} are rows"));
    }
    if kept > 0 {
        text.push_str(&format!(", {kept} stay: they would die again, or were not chosen"));
    }
    console.outcome(&text);
}
