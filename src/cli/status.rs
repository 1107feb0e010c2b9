use camino::Utf8PathBuf;
use clap::Args;

use super::{Global, Outcome, runtime, spec};
use crate::diagnostic::Exit;
use crate::operate::status;
use crate::report::{Console, Format, status_text};
use crate::spec::{ResolvedNames, Spec};

/// Show stack, queues, processor, table and alarms at a glance.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        let stack = session.existing_stack().await?;
        let alarms = alarm_names(checked.spec(), &session.names);
        let status = status(&session.clients, &stack, &session.names, &alarms).await?;
        match console.format {
            Format::Human => console.data(&status_text(&status))?,
            Format::Json => console.data(&serde_json::to_string(&status).unwrap_or_default())?,
        }
        if !status.has_pipeline {
            console.note(&format!("\n  next: {}", session.command("recover", "")));
        }
        Ok(Exit::Done)
    })
}

/// The names of the alarms that are on.
fn alarm_names(spec: &Spec, names: &ResolvedNames) -> Vec<String> {
    let (alarms, names) = (&spec.alarms, &names.alarms);
    let all = [
        (alarms.queue_depth.settings().is_some(), &names.queue_depth),
        (alarms.dead_letters.settings().is_some(), &names.dead_letters),
        (alarms.dead_letters.settings().is_some(), &names.undelivered),
        (alarms.oldest_message.settings().is_some(), &names.oldest_message),
        (alarms.processor_errors.settings().is_some(), &names.processor_errors),
        (alarms.processor_throttles.settings().is_some(), &names.processor_throttles),
        (alarms.write_throttles.settings().is_some(), &names.write_throttles),
        (alarms.write_throttles.settings().is_some(), &names.index_throttles),
        (alarms.conflicts.settings().is_some(), &names.conflicts),
    ];
    all.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.clone()).collect()
}
