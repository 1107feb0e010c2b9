use camino::Utf8PathBuf;
use clap::Args;
use serde_json::{Value, json};

use super::rollback::warn_of_skipped;
use super::{Global, Outcome, runtime, spec};
use crate::deploy::newest_records;
use crate::diagnostic::Exit;
use crate::report::{Console, Format, HistoryLine, history_text};

/// Show who applied what and when.
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
        let (records, skipped) = newest_records(&session, arguments.limit.into()).await?;
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
                "version": 1, "stack": session.names.stack, "applies": applies, "skipped": skipped,
            });
            console.data(&document.to_string())?;
            return Ok(Exit::Done);
        }
        if records.is_empty() {
            let apply = session.command("apply", "");
            console.note(&format!("  nothing was applied of {} yet\n\n  next: {apply}", session.names.stack));
            return Ok(Exit::Done);
        }
        let lines = records.iter().map(|record| HistoryLine {
            at: record.moment(),
            by: record.by.clone(),
            what: format!("{}: {}", record.result, record.changes),
        });
        console.data(&history_text(&lines.collect::<Vec<_>>()))?;
        if records.len() > 1 {
            let rollback = session.command("rollback", "--to 1");
            console.note(&format!("\n  next: {rollback} goes back to the version before"));
        }
        Ok(Exit::Done)
    })
}
