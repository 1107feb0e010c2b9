use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use super::explain::Explainer;
use super::explained::{Collected, Explained, NOT_CHECKED, STORABLE};
use super::grouped::{Groups, entry};
use super::run::QueueRun;
use super::selection::Selection;
use crate::cli::Outcome;
use crate::deploy::Session;
use crate::diagnostic::Exit;
use crate::report::{Console, DeadLetterGroup, Format, dead_letters_text, groups_text};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// List each message, not only the number of messages per reason.
    #[arg(long)]
    all: bool,
    /// Show each message with its body. Bodies may contain personal data.
    #[arg(long)]
    pub(super) show_payload: bool,
}

pub(super) async fn list(
    arguments: &Arguments,
    explainer: &Explainer<'_>,
    mut run: QueueRun<'_>,
    console: &mut Console,
) -> Outcome {
    let (selection, session) = (&arguments.selection, explainer.session);
    let queue = selection.queue.name(session);
    let begun = Instant::now();
    let is_each = arguments.all || arguments.show_payload;
    let (mut groups, mut found) = (Groups::default(), Vec::new());
    let add = |collected: &mut Collected| {
        for one in collected.take() {
            groups.add(&one);
            if is_each || console.format == Format::Json {
                found.push(one);
            }
        }
    };
    let seen = explainer.collect_in_portions(selection, &mut run, add).await?.seen();
    let took = begun.elapsed();
    let hidden = run.hidden();
    found.sort_by_key(Explained::rank);
    if hidden.count > 0 {
        console.complain(&format!("  warning: {}", hidden.words()));
    }
    let (unread, storable, total) = (groups.count(NOT_CHECKED), groups.count(STORABLE), groups.total());
    if unread > 0 {
        console.complain(&format!(
            "  warning: {unread} were not checked: the table is too busy; list them again later"
        ));
    }
    let groups = groups.into_list();
    if console.format == Format::Json {
        let reasons: Vec<Value> = groups.iter().map(entry).collect();
        let messages: Vec<Value> = found.iter().map(Explained::entry).collect();
        let document = json!({
            "version": 1, "total": total, "looked_at": seen, "reasons": reasons, "messages": messages,
            "hidden": hidden.count, "hidden_until": hidden.until(),
        });
        console.data(&document.to_string())?;
        return Ok(Exit::Done);
    }
    if total == 0 {
        console.note(&match seen {
            0 => format!("  no dead letters in {queue}"),
            seen => format!(
                "  none match: {seen} dead letters are in {queue}\n\n  next: {}",
                selection.queue.command(session, "list", "")
            ),
        });
        return Ok(Exit::Done);
    }
    console.data(&if is_each {
        let lines: Vec<_> = found.iter().map(Explained::line).collect();
        dead_letters_text(&lines, console.width())
    } else {
        groups_text(&groups, console.width())
    })?;
    console.note(&looked(took));
    if total == selection.most() {
        console.note("  there may be more: raise `--limit` to list them");
    }
    console.note(&format!("\n  next: {}", next(storable, &groups, selection, session)));
    Ok(Exit::Done)
}

/// What reading did to the messages.
pub(super) fn looked(took: Duration) -> String {
    format!(
        "\n  listing hid them from other readers for {:.1} s; if it is killed, they are hidden\n  for up to 5 minutes",
        took.as_secs_f64()
    )
}

fn next(storable: usize, groups: &[DeadLetterGroup], selection: &Selection, session: &Session) -> String {
    if storable > 0 {
        let redrive = selection.command(session, "redrive", "");
        return format!("{redrive}  # redrives the {storable} that would be stored now");
    }
    let newest = groups.first().map(|group| group.newest.message_id.as_str()).unwrap_or_default();
    let show = selection.queue.command(session, "show", &crate::deploy::quoted(newest));
    let purge = selection.command(session, "purge", "--save letters.jsonl");
    format!(
        "{show}  # shows what is wrong in the newest\n        {purge}  # saves them to a file and removes them"
    )
}
