use camino::Utf8PathBuf;
use clap::Args;

use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::apply::{Drift, DriftState};
use crate::deploy::{Acceptance, Consent, Session, look_for_drift, revert};
use crate::diagnostic::Exit;
use crate::report::{Console, Format, drift_text};

/// Show what was changed outside of CloudFormation: deleted resources and changed properties.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Revert everything to what was deployed.
    #[arg(long)]
    revert: bool,
    /// With `--revert`: answer the question with yes. `--local` never asks.
    #[arg(long, short, requires = "revert")]
    yes: bool,
    /// With `--revert`: accept the loss of the data in a resource, such as `data-loss:EventsTable`.
    #[arg(long, value_name = "WHAT", requires = "revert")]
    accept: Vec<Acceptance>,
    /// Exit with 2 when something was changed.
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        let look = look_for_drift(&session, &mut Reporter::new(console)).await?;
        print(arguments, &look.drift, console)?;
        if arguments.revert && look.drift.state == DriftState::Drifted {
            let consent = Consent { yes: arguments.yes, accepted: arguments.accept.clone() };
            revert(&session, checked.spec(), &look, &consent, &mut Reporter::new(console)).await?;
            console.note(&format!("\n  {} is again what was deployed", session.names.stack));
            return Ok(Exit::Done);
        }
        match look.drift.state {
            DriftState::InSync => Ok(Exit::Done),
            DriftState::Unknown => Ok(Exit::Failed),
            DriftState::Drifted => {
                next(&session, &look.drift, console);
                Ok(if arguments.detailed_exitcode { Exit::Changes } else { Exit::Done })
            }
        }
    })
}

/// With `--revert` the command changes resources, and their events follow: one object per line, as for every operation.
fn print(arguments: &Arguments, drift: &Drift, console: &mut Console) -> Result<(), Stop> {
    let text = match console.format {
        Format::Human => drift_text(drift),
        Format::Json => serde_json::to_string(drift).unwrap_or_default(),
    };
    if arguments.revert {
        console.line(&text)
    } else {
        console.data(&text)?
    }
    Ok(())
}

fn next(session: &Session, drift: &Drift, console: &mut Console) {
    // The local cloud has no change sets that compare with the actual resources.
    if session.is_local() && drift.needs_change_set() {
        let destroy = session.command("destroy", "");
        console.note(&format!("\n  next: {destroy}  # then apply again, or revert each property yourself"));
        return;
    }
    console.note(&format!("\n  next: {}  # reverts it", session.command("drift", "--revert")));
}
