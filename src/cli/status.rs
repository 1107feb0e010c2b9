use camino::Utf8PathBuf;
use clap::Args;

use super::reporter::Reporter;
use super::{Global, Outcome, runtime, spec};
use crate::diagnostic::Exit;
use crate::operate::status;
use crate::report::{Console, Format, status_text};
use crate::stack::Phase;

/// Show stack, queues, processor, table and alarms at a glance.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let mut session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        let stack = session.existing_stack().await?;
        // What is left without a stack has the spec's names.
        let alarms = match stack.status.has_resources() {
            true => session.goes_by(&stack, &mut Reporter::new(console)).await?,
            false => None,
        };
        let alarms = alarms.unwrap_or_else(|| checked.spec().alarm_names());
        let status = status(&session.clients, &stack, &session.names, &alarms).await?;
        match console.format {
            Format::Human => console.data(&status_text(&status))?,
            Format::Json => console.data(&serde_json::to_string(&status).unwrap_or_default())?,
        }
        // A pipeline whose stack is stuck works on, and no apply can change it.
        if !status.has_pipeline || stack.status.phase() == Phase::Stuck {
            console.note(&format!("\n  next: {}", session.command("recover", "")));
        }
        Ok(Exit::Done)
    })
}
