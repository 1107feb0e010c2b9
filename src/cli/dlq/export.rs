use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::explain::Explainer;
use super::run::QueueRun;
use super::selection::Selection;
use crate::cli::{Outcome, Stop, output_file};
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::{DeadLetter, SAVED, saved};
use crate::report::{Console, Format};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// A new file that only its owner can read, or `-` for stdout. Messages may contain personal data.
    #[arg(value_name = "FILE.jsonl")]
    file: Utf8PathBuf,
}

pub(super) async fn export(
    arguments: &Arguments,
    explainer: &Explainer<'_>,
    mut run: QueueRun<'_>,
    console: &mut Console,
) -> Outcome {
    let (Arguments { selection, file }, session) = (arguments, explainer.session);
    let to_stdout = file == "-";
    if !to_stdout && output_file::is_there(file) {
        let message = format!("`{file}` already exists, and an export replaces no file");
        let failure =
            Failure::refused(codes::SOURCE_UNWRITABLE, message, "name another file, or `-` for stdout");
        return Err(Stop::Failure(failure));
    }
    if to_stdout {
        // The progress line would mix with the output.
        run.clear();
    }
    let mut known: BTreeSet<String> = BTreeSet::new();
    let queue = selection.queue.name(session);
    let mut count = 0;
    let see = async |dead_letters: Vec<DeadLetter>| -> Result<usize, Stop> {
        let mut lines = Vec::new();
        for one in explainer.explain(&dead_letters).await?.iter().filter(|one| selection.has(one)) {
            let dead_letter = dead_letters.iter().find(|dead_letter| dead_letter.origin() == one.message_id);
            let Some(dead_letter) = dead_letter.filter(|_| count + lines.len() < selection.most()) else {
                continue;
            };
            if known.insert(one.message_id.clone()) {
                lines.push(saved(dead_letter, one.reason, one.sent_at().as_deref()));
            }
        }
        count += lines.len();
        if to_stdout {
            lines.iter().try_for_each(|line| console.json(line))?;
        } else if !lines.is_empty() {
            output_file::add(file, &lines, SAVED)?;
        }
        Ok(selection.wants(count))
    };
    let read = run.look_through(session, queue, selection.wants(0), see).await;
    if let Err(stop) = read {
        if count > 0 && !to_stdout {
            console.complain(&format!("  {count} messages are in {file}; the others were not exported"));
        }
        return Err(stop);
    }
    let hidden = run.hidden();
    if count > 0 && !to_stdout {
        console.note(&format!("  wrote  {file}"));
    }
    let summary = format!("  {count} exported; they remain in {queue}");
    match (to_stdout, console.format) {
        (false, Format::Json) => console.outcome(
            &json!({"version": 1, "exported": count, "hidden": hidden.count, "hidden_until": hidden.until()})
                .to_string(),
        ),
        (false, Format::Human) => console.outcome(&summary),
        (true, _) => console.note(&summary),
    }
    if hidden.count > 0 {
        return Err(hidden.failure(&selection.command(session, "export", file.as_str())));
    }
    Ok(Exit::Done)
}
