use camino::Utf8PathBuf;
use clap::Args;

use super::deployment::{Deployment, package_processor};
use super::session::{self, Session};
use super::{Global, Outcome, spec};
use crate::diagnostic::Exit;
use crate::plan::StackAction;
use crate::report::{Console, Format, plan_text};

/// Show what an apply would change, and whether data is at risk. Changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Exit with 2 where there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    session::runtime()?.block_on(async {
        let session = Session::open(global, checked.spec(), console).await?;
        let artifact = package_processor(checked.spec(), session.local, console)?;
        let plan = Deployment::work_out(&session, &checked, artifact, session.stack().await?).await?.plan;
        match console.format {
            Format::Human => console.data(&plan_text(&plan))?,
            Format::Json => console.data(&serde_json::to_string(&plan).unwrap_or_default())?,
        }
        let changes = plan.action != StackAction::None;
        Ok(if changes && arguments.detailed_exitcode { Exit::Changes } else { Exit::Done })
    })
}
