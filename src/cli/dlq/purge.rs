use std::collections::BTreeSet;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::Selection;
use super::explain::{Explained, explain};
use super::run::Run;
use crate::cli::{Outcome, Stop, ask, written};
use crate::deploy::{Acceptance, Session, require};
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::{Letter, Way, move_letters, read_letters};
use crate::report::{Console, Format, harmless};
use crate::spec::Spec;
use crate::stack::CallError;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Keep the messages in this file first, one JSON object a line. Adds to what earlier purges kept there; a new file is
    /// readable by its owner alone.
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
    mut run: Run<'_>,
    console: &mut Console,
) -> Outcome {
    let selection = &arguments.selection;
    let queue = selection.queue(session);
    let letters = read_letters(&session.clients, queue, selection.most(), &mut run).await;
    run.clear();
    let hidden = run.hidden();
    let next = session.command("dlq purge", "");
    let mut found = explain(session, spec, letters?).await?;
    found.retain(|one| selection.has(one));
    if found.is_empty() || run.is_stopped() {
        console.note(&format!("  nothing to remove from {queue}"));
        return if hidden.count > 0 { Err(hidden.failure(&next)) } else { Ok(Exit::Done) };
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
        // They are on the disk before the first of them is deleted.
        written::add(path, &found.iter().map(saved).collect::<Vec<_>>(), SAVED)?;
        console.note(&format!("  wrote  {path}"));
    }
    // Exactly those that were told, and kept: others may have died meanwhile.
    let ids: BTreeSet<String> = found.into_iter().map(|one| one.letter.message_id).collect();
    let way = Way { from: queue, to: None, pause: Duration::ZERO, most: usize::MAX, enough: ids.len() };
    let choose = async |letters: &mut [Letter]| -> Result<Vec<bool>, CallError> {
        Ok(letters.iter().map(|letter| ids.contains(&letter.message_id)).collect())
    };
    let (moved, end) = move_letters(&session.clients, way, choose, &mut run).await;
    let (removed, left) = (moved.gone.len(), ids.len() - moved.gone.len());
    console.outcome(&match console.format {
        Format::Json => {
            let (hidden, until) = (hidden.count, hidden.until());
            json!({"version": 1, "removed": removed, "left": left, "hidden": hidden, "hidden_until": until})
                .to_string()
        }
        Format::Human => format!("  {removed} removed"),
    });
    end?;
    if left > 0 {
        let reason = moved.reason.map_or_else(String::new, |reason| format!(": {}", harmless(&reason)));
        let message = format!("{left} messages were not seen again or not removed{reason}");
        let help =
            "run the same command again in a few minutes; those that are saved are saved once more then";
        return Err(Stop::Failure(Failure::failed(codes::SEND_INCOMPLETE, message, help)));
    }
    if hidden.count > 0 {
        return Err(hidden.failure(&next));
    }
    Ok(Exit::Done)
}

/// What a file of saved messages can begin with.
const SAVED: &[&str] = &["{\"body\":", "{\"message_id\":"];

fn saved(one: &Explained) -> String {
    json!({
        "message_id": one.letter.message_id, "reason": one.reason, "sent_at": one.sent_at(),
        "receive_count": one.letter.receive_count, "group": one.letter.group, "body": one.letter.body,
    })
    .to_string()
}
