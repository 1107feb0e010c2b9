use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::Selection;
use super::explain::explain;
use crate::cli::{Outcome, Stop, ask, written};
use crate::deploy::{Acceptance, Session, require};
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::{Letter, Way, move_letters, read_letters};
use crate::report::{Console, Format};
use crate::spec::Spec;
use crate::stack::CallError;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Keep the messages in this file first, one JSON object a line, readable by its owner alone.
    #[arg(long, value_name = "FILE.jsonl")]
    save: Option<Utf8PathBuf>,
    /// Answer the question with yes. `--local` never asks.
    #[arg(long, short)]
    yes: bool,
    /// Accept the loss of messages that are kept nowhere: `data-loss:DeadLetterQueue`.
    #[arg(long, value_name = "WHAT")]
    accept: Vec<Acceptance>,
}

pub(super) async fn purge(
    arguments: &Arguments,
    session: &Session,
    spec: &Spec,
    console: &mut Console,
) -> Outcome {
    let selection = &arguments.selection;
    let queue = selection.queue(session);
    let letters = read_letters(&session.clients, queue, selection.most(), &mut |_| {}).await;
    let mut found = explain(session, spec, letters?).await?;
    found.retain(|one| selection.has(one));
    if found.is_empty() {
        console.note(&format!("  nothing to remove from {queue}"));
        return Ok(Exit::Done);
    }
    let id = if selection.undelivered { "UndeliveredQueue" } else { "DeadLetterQueue" };
    if arguments.save.is_none() {
        let save = session.command("dlq purge", "--save letters.jsonl");
        let message = format!("{} messages would be kept nowhere", found.len());
        require(&arguments.accept, &Acceptance::data_loss(id), message, format!("keep them with `{save}`"))?;
    }
    if !session.is_local() && !arguments.yes {
        let question = format!("remove {} messages from {queue} in account {}", found.len(), session.account);
        ask::word(queue, &question, "--yes", console)?;
    }
    if let Some(path) = &arguments.save {
        let lines: Vec<String> = found
            .iter()
            .map(|one| {
                json!({
                    "message_id": one.letter.message_id, "reason": one.reason, "sent_at": one.sent_at(),
                    "receive_count": one.letter.receive_count, "group": one.letter.group,
                    "body": one.letter.body,
                })
                .to_string()
            })
            .collect();
        written::replace(path, lines.join("\n") + "\n")?;
        console.note(&format!("  wrote  {path}"));
    }
    // Exactly those that were told, and kept: others may have died meanwhile.
    let ids: Vec<String> = found.into_iter().map(|one| one.letter.message_id).collect();
    let way = Way { from: queue, to: None, pause: Duration::ZERO };
    let choose = async |letters: &mut [Letter]| -> Result<Vec<bool>, CallError> {
        Ok(letters.iter().map(|letter| ids.contains(&letter.message_id)).collect())
    };
    let moved = move_letters(&session.clients, way, usize::MAX, choose, &mut |_| {}).await?;
    let (removed, left) = (moved.letters.len(), ids.len() - moved.letters.len());
    console.outcome(&match console.format {
        Format::Json => json!({"version": 1, "removed": removed, "left": left}).to_string(),
        Format::Human => format!("  {removed} removed"),
    });
    if left > 0 {
        let message = format!("{left} messages were not seen again or not removed");
        let help = "run the same command again in two minutes";
        return Err(Stop::Failure(Failure::failed(codes::SEND_INCOMPLETE, message, help)));
    }
    Ok(Exit::Done)
}
