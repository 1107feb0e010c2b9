use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::explain::Explainer;
use super::explained::Explained;
use super::run::QueueRun;
use super::selection::Selection;
use crate::cli::reporter::Reporter;
use crate::cli::{Outcome, Stop, ask, output_file};
use crate::deploy::{Acceptance, Ledger, require};
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::{DeadLetter, SAVED, Transfer, move_dead_letters, saved};
use crate::report::{Console, Format, printable};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// First save the messages to this file, one JSON object per line. Appends to a file of earlier purges; only
    /// the owner can read a new file.
    #[arg(long, value_name = "FILE.jsonl")]
    save: Option<Utf8PathBuf>,
    /// Answer the question with yes. `--local` never asks.
    #[arg(long, short)]
    yes: bool,
    /// Accept the loss of messages that are not saved: `data-loss:DeadLetterQueue`; with `--undelivered`,
    /// `data-loss:UndeliveredQueue`.
    #[arg(long, value_name = "WHAT")]
    accept: Vec<Acceptance>,
}

pub(super) async fn purge(
    arguments: &Arguments,
    explainer: &Explainer<'_>,
    mut run: QueueRun<'_>,
    console: &mut Console,
) -> Outcome {
    let (selection, session) = (&arguments.selection, explainer.session);
    let queue = selection.queue.name(session);
    let collected = explainer.collect(selection, &mut run).await?;
    let hidden = run.hidden();
    let next = selection.command(session, "purge", "");
    let found = collected.all;
    if found.is_empty() || run.is_stopped() {
        console.note(&format!("  nothing to remove from {queue}"));
        if console.format == Format::Json && hidden.count == 0 {
            let nothing = json!({"version": 1, "removed": 0, "left": 0, "hidden": 0, "hidden_until": null});
            console.outcome(&nothing.to_string());
        }
        return if hidden.count > 0 { Err(hidden.failure(&next)) } else { Ok(Exit::Done) };
    }
    let id = if selection.queue.undelivered { "UndeliveredQueue" } else { "DeadLetterQueue" };
    if arguments.save.is_none() {
        let save = selection.command(session, "purge", "--save letters.jsonl");
        let message = format!("{} messages would be deleted without a copy", found.len());
        require(&arguments.accept, &Acceptance::data_loss(id), message, format!("save them with `{save}`"))?;
    }
    if !session.is_local() && !arguments.yes {
        let question = format!("remove {} messages from {queue} in account {}", found.len(), session.account);
        ask::word(queue, &question, "--yes", console)?;
    }
    // Exactly those that were shown: others may have arrived meanwhile.
    let found: BTreeMap<String, Explained> =
        found.into_iter().map(|one| (one.message_id.clone(), one)).collect();
    let enough = found.values().map(|one| one.copies).sum();
    let transfer = Transfer { from: queue, to: None, pause: Duration::ZERO, enough };
    let mut ledger = Ledger::new(session, "purge", queue, selection.flags());
    let mut saved_ids = BTreeSet::new();
    let choose = async |dead_letters: &mut [DeadLetter]| -> Result<Vec<bool>, Stop> {
        let chosen: Vec<Option<&Explained>> =
            dead_letters.iter().map(|dead_letter| found.get(dead_letter.origin())).collect();
        if let Some(path) = &arguments.save {
            // They are on the disk before the first of them is deleted.
            let lines = dead_letters.iter().zip(&chosen).filter_map(|(dead_letter, one)| {
                let one = (*one)?;
                let line = || saved(dead_letter, one.reason, one.sent_at().as_deref());
                saved_ids.insert(dead_letter.origin().to_owned()).then(line)
            });
            let lines: Vec<String> = lines.collect();
            if !lines.is_empty() {
                output_file::add(path, &lines, SAVED)?;
            }
        }
        let is_chosen: Vec<bool> = chosen.iter().map(Option::is_some).collect();
        if is_chosen.contains(&true) {
            ledger.begin().await;
        }
        Ok(is_chosen)
    };
    let (moved, end) = move_dead_letters(&session.clients, transfer, choose, &mut run).await;
    let removed = moved.ids.len();
    let left = found.len().saturating_sub(removed).max(moved.left);
    ledger.end(0, moved.count.deleted, end.is_ok() && left == 0, &mut Reporter::new(console)).await;
    if end.is_ok() || removed > 0 {
        if let Some(path) = &arguments.save {
            console.note(&format!("  wrote  {path}"));
        }
        console.outcome(&match console.format {
            Format::Json => {
                let (hidden, until) = (hidden.count, hidden.until());
                json!({"version": 1, "removed": removed, "left": left, "hidden": hidden, "hidden_until": until})
                    .to_string()
            }
            Format::Human => format!("  {removed} removed"),
        });
    }
    end?;
    if left > 0 {
        let reason = moved.reason.map_or_else(String::new, |reason| format!(": {}", printable(&reason)));
        let message = format!("{left} messages were not found again or not removed{reason}");
        let help =
            "run the same command again in a few minutes; it saves already saved messages a second time";
        return Err(Stop::Failure(Failure::failed(codes::SEND_INCOMPLETE, message, help)));
    }
    if hidden.count > 0 {
        return Err(hidden.failure(&next));
    }
    Ok(Exit::Done)
}
