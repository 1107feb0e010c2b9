use clap::Args;
use serde_json::{Value, json};

use super::Selection;
use super::explain::{Explaining, NOT_CHECKED, STORABLE};
use super::explained::Explained;
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
    let mut explaining = Explaining::new(spec, arguments.show_payload);
    let read = read_letters(&session.clients, queue, selection.most(), &mut run, |letter| {
        if selection.names(letter.origin()) {
            explaining.see(&letter);
        }
    });
    let read = read.await;
    run.clear();
    read?;
    let hidden = run.hidden();
    let mut found = explaining.done(session).await?;
    found.retain(|explained| selection.has(explained));
    found.sort_by_key(Explained::rank);
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
        let messages: Vec<Value> = found.into_iter().map(Explained::entry).collect();
        let document = json!({
            "version": 1, "total": messages.len(), "messages": messages, "hidden": hidden.count,
            "hidden_until": hidden.until(),
        });
        console.data(&document.to_string())?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        console.note(&format!("  no dead letters in {queue}"));
        return Ok(Exit::Done);
    }
    let storable = found.iter().filter(|one| one.reason == STORABLE).count();
    let lines: Vec<_> = found.into_iter().map(Explained::line).collect();
    console.data(&letters_text(&lines, console.width()))?;
    let next = if storable > 0 {
        let redrive = selection.command(session, "redrive", "");
        format!("{redrive} sends the {storable} back that would be stored now")
    } else {
        let purge = selection.command(session, "purge", "--save letters.jsonl");
        format!("fix their senders; {purge} keeps them in a file and removes them")
    };
    console.note(&format!("\n  next: {next}"));
    Ok(Exit::Done)
}
