use camino::Utf8PathBuf;
use clap::Args;
use serde_json::{Value, json};

use super::rollback::warn_of_skipped;
use super::{Global, Outcome, runtime, spec};
use crate::deploy::{Deed, Record, newest_of_all};
use crate::diagnostic::Exit;
use crate::report::{Console, Format, HistoryLine, history_text};

/// Show who applied what and when, who changed code alone, and who sent back, edited or removed dead letters.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// How many, the newest first.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        let (records, skipped, deeds) = newest_of_all(&session, arguments.limit.into()).await?;
        warn_of_skipped(&skipped, console);
        if console.format == Format::Json {
            let applies: Vec<Value> = records
                .iter()
                .enumerate()
                .map(|(back, record)| {
                    json!({
                        "back": back, "at": record.at, "by": record.by, "spec": record.spec,
                        "result": record.result, "changes": record.changes, "pipectl": record.pipectl,
                        "artifact": record.content.parameters.get("ArtifactKey"),
                    })
                })
                .collect();
            let skipped: Vec<Value> = skipped
                .iter()
                .map(|one| json!({"key": one.key, "version": one.version, "damaged": one.restore.is_some()}))
                .collect();
            let document = json!({
                "version": 1, "stack": session.names.stack, "applies": applies, "operations": deeds, "skipped": skipped,
            });
            console.data(&document.to_string())?;
            return Ok(Exit::Done);
        }
        if records.is_empty() && deeds.is_empty() {
            let apply = session.command("apply", "");
            console.note(&format!("  nothing was applied of {} yet\n\n  next: {apply}", session.names.stack));
            return Ok(Exit::Done);
        }
        console.data(&history_text(&lines(&records, &deeds, arguments.limit.into())))?;
        if records.len() > 1 {
            let rollback = session.command("rollback", "--to 1");
            console.note(&format!("\n  next: {rollback} goes back to the version before"));
        }
        Ok(Exit::Done)
    })
}

/// Both kinds by time, the newest first.
fn lines(records: &[Record], deeds: &[Deed], most: usize) -> Vec<HistoryLine> {
    let applies = records.iter().enumerate().map(|(back, record)| {
        let what = format!("{}: {}", record.result, record.changes);
        let line = HistoryLine { back: Some(back), at: record.moment(), by: record.by.clone(), what };
        (record.at.clone(), line)
    });
    let deeds = deeds.iter().map(|deed| {
        let line = HistoryLine { back: None, at: deed.moment(), by: deed.by.clone(), what: what(deed) };
        (deed.at.clone(), line)
    });
    let mut all: Vec<(String, HistoryLine)> = applies.chain(deeds).collect();
    all.sort_by(|(one, _), (other, _)| other.cmp(one));
    all.into_iter().map(|(_, line)| line).take(most).collect()
}

fn what(deed: &Deed) -> String {
    let Deed { operation, queue, chosen, sent, deleted, .. } = deed;
    if operation == "code-only" {
        let ended = if deed.complete { "" } else { ", which did not end" };
        return format!("code alone: {chosen} in {queue}{ended}");
    }
    let chosen = if chosen.is_empty() { String::new() } else { format!(" {chosen}") };
    let ended = match (&deed.ended, deed.complete) {
        (None, _) => ", which did not end",
        (Some(_), false) => ", not all that was meant",
        (Some(_), true) => "",
    };
    if operation == "replay" {
        return format!("replay{chosen}: {sent} messages processed, from {queue}{ended}");
    }
    let command = if operation == "erase" { "" } else { "dlq " };
    format!("{command}{operation}{chosen}: {sent} sent, {deleted} removed from {queue}{ended}")
}
