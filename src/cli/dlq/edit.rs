use std::collections::BTreeMap;

use clap::Args;

use super::assignment::{Assignment, assignment, is_bare, same_id, with_all};
use super::editor::{Edited, edited, editor};
use super::explain::Explainer;
use super::run::QueueRun;
use super::selection::Selection;
use super::sending::{How, Sending};
use crate::cli::forecast::refusal;
use crate::cli::{Outcome, Stop};
use crate::deploy::quoted;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{DeadLetter, queued};
use crate::report::Console;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// The message's id, as `dlq list` shows it; or select messages with `--reason`.
    #[arg(value_name = "MESSAGE_ID")]
    id: Option<String>,
    /// Set a value without opening an editor. Can be repeated. PATH is a path as in a spec (`$.detail.order_id`),
    /// or the name of a field of the detail. VALUE is JSON; anything else is taken as a string.
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    set: Vec<Assignment>,
    #[command(flatten)]
    pub(super) how: How,
}

impl Arguments {
    /// The selection of the command, including its id.
    pub(super) fn chosen(&self) -> Selection {
        let mut selection = self.selection.clone();
        selection.message.extend(self.id.clone());
        selection
    }

    pub(super) fn check(&self) -> Result<(), Stop> {
        if self.chosen().is_narrow() {
            return self.selection.check();
        }
        let message = "no messages are selected";
        let diagnostic = Diagnostic::error(codes::DLQ_NOT_FOUND, message)
            .help("name one by its id, or select all with one reason by `--reason CODE`");
        Err(Stop::Failure(Failure::new(Exit::Usage, diagnostic)))
    }
}

pub(super) async fn edit(
    arguments: &Arguments,
    explainer: &Explainer<'_>,
    mut run: QueueRun<'_>,
    console: &mut Console,
) -> Outcome {
    let selection = &arguments.chosen();
    let config = &explainer.config;
    let (mut flags, mut recorded) = (arguments.selection.flags(), selection.flags());
    flags = [arguments.id.as_deref().map(quoted).unwrap_or_default(), flags].join(" ").trim().to_owned();
    let mut edits: BTreeMap<String, Edited> = BTreeMap::new();
    if arguments.set.is_empty() {
        let editor = editor()?;
        let dead_letters = dead_letters(selection, explainer, &mut run).await?;
        for dead_letter in dead_letters {
            let body = queued(config, &dead_letter.body);
            let refused = |body: &str| if arguments.how.force { None } else { refusal(config, body) };
            match edited(&editor, dead_letter.origin(), &body, refused, console) {
                Ok(edit) => edits.extend(edit.map(|edit| (dead_letter.origin().to_owned(), edit))),
                Err(stop) => {
                    edits.into_values().for_each(|edit| edit.keep(console));
                    return Err(stop);
                }
            }
        }
        if edits.is_empty() {
            console.note("  nothing was changed, so nothing is sent");
            return Ok(Exit::Done);
        }
        run.resume(console);
    } else {
        for set in &arguments.set {
            flags.push_str(&format!(" --set {}", quoted(&set.to_string())));
            // The history does not record the value, which may be personal.
            recorded.push_str(&format!(" --set {}", set.path));
        }
    }
    let change = Box::new(|dead_letter: &DeadLetter| -> Result<Option<String>, String> {
        if !arguments.set.is_empty() {
            return with_all(config, &dead_letter.body, &arguments.set).map(Some);
        }
        let Some(Edited { body, .. }) = edits.get(dead_letter.origin()) else { return Ok(None) };
        same_id(&dead_letter.body, body, is_bare(config, &dead_letter.body))?;
        Ok(Some(body.clone()))
    });
    let sending =
        Sending { verb: "edit", selection, how: &arguments.how, change: Some(change), flags, recorded };
    let outcome = sending.carry_out(explainer, run, console).await;
    if outcome.is_err() {
        edits.into_values().for_each(|edit| edit.keep(console));
    }
    outcome
}

/// The selected messages. They are visible in the queue while the user edits them.
async fn dead_letters(
    selection: &Selection,
    explainer: &Explainer<'_>,
    run: &mut QueueRun<'_>,
) -> Result<Vec<DeadLetter>, Stop> {
    let session = explainer.session;
    let queue = selection.queue.name(session);
    let mut found: BTreeMap<String, DeadLetter> = BTreeMap::new();
    let see = async |dead_letters: Vec<DeadLetter>| -> Result<usize, Stop> {
        for one in explainer.explain(&dead_letters).await?.iter().filter(|one| selection.has(one)) {
            let dead_letter = dead_letters.iter().find(|dead_letter| dead_letter.origin() == one.message_id);
            if found.len() < selection.most() {
                found.extend(dead_letter.map(|dead_letter| (one.message_id.clone(), dead_letter.clone())));
            }
        }
        Ok(selection.wants(found.len()))
    };
    run.look_through(session, queue, usize::MAX, see).await?;
    if found.is_empty() {
        let list = selection.queue.command(session, "list", "--all");
        let help = format!("list the messages with `{list}`");
        let failure = Failure::failed(codes::DLQ_NOT_FOUND, format!("no message in {queue} matches"), help);
        return Err(Stop::Failure(failure));
    }
    Ok(found.into_values().collect())
}
