use clap::Args;
use serde_json::{Value, json};

use super::Selection;
use super::explain::{Explained, NOT_CHECKED, STORABLE, explain};
use super::run::Run;
use crate::cli::Outcome;
use crate::deploy::Session;
use crate::diagnostic::Exit;
use crate::operate::read_letters;
use crate::report::{Console, Format, letters_text};
use crate::spec::Spec;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Show the messages themselves. They may hold personal data.
    #[arg(long)]
    show_payload: bool,
}

pub(super) async fn list(
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
    let letters = letters?;
    let hidden = run.hidden();
    let mut found = explain(session, spec, letters).await?;
    found.retain(|explained| selection.has(explained));
    found
        .sort_by(|left, right| (left.reason, left.letter.sent_at).cmp(&(right.reason, right.letter.sent_at)));
    if hidden.count > 0 {
        console.complain(&format!("  warning: {}", hidden.words()));
    }
    let unread = found.iter().filter(|one| one.reason == NOT_CHECKED).count();
    if unread > 0 {
        console.complain(&format!(
            "  warning: {unread} are not checked: the table is too busy; list them again later"
        ));
    }
    if console.format == Format::Json {
        let messages: Vec<Value> = found.iter().map(|one| entry(one, arguments.show_payload)).collect();
        let document = json!({
            "version": 1, "messages": messages, "total": found.len(), "hidden": hidden.count,
            "hidden_until": hidden.until(),
        });
        console.data(&document.to_string())?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        console.note(&format!("  no dead letters in {queue}"));
        return Ok(Exit::Done);
    }
    let lines: Vec<_> = found.iter().map(|one| one.line(arguments.show_payload)).collect();
    console.data(&letters_text(&lines, console.width()))?;
    let storable = found.iter().filter(|one| one.reason == STORABLE).count();
    let next = if storable > 0 {
        let redrive = session.command("dlq redrive", "");
        format!("{redrive} sends the {storable} back that would be stored now")
    } else {
        let purge = session.command("dlq purge", "--save letters.jsonl");
        format!("fix their senders; {purge} keeps them in a file and removes them")
    };
    console.note(&format!("\n  next: {next}"));
    Ok(Exit::Done)
}

fn entry(one: &Explained, payload: bool) -> Value {
    let mut entry = json!({
        "message_id": one.letter.message_id,
        "reason": one.reason,
        "explanation": one.explanation,
        "sent_at": one.sent_at(),
        "receive_count": one.letter.receive_count,
        "preview": one.preview(),
    });
    if payload {
        entry["body"] = one.letter.body.as_str().into();
    }
    entry
}
