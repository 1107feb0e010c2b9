use camino::Utf8PathBuf;
use clap::Args;

use super::session::{self, Session};
use super::{Global, Outcome, spec};
use crate::diagnostic::Exit;
use crate::operate::status;
use crate::report::{Console, Format, status_text};

/// Show stack, queues, processor, table and alarms at a glance.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    session::run(global, async {
        let session = Session::open(global, checked.spec(), console).await?;
        let stack = session.existing_stack(&arguments.spec).await?;
        let alarms = checked.spec().alarm_names();
        let status = status(&session.clients, &stack, &session.names, &alarms).await?;
        match console.format {
            Format::Human => console.data(&status_text(&status))?,
            Format::Json => console.data(&serde_json::to_string(&status).unwrap_or_default())?,
        }
        Ok(Exit::Done)
    })
}
