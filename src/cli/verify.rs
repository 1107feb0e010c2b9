use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;

use super::invented::samples;
use super::reporter::Reporter;
use super::verified::{TIMEOUT, Trial};
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::{Console, Format, Verification, verification_text};

/// Compare what is deployed with its template, hop by hop, then send a canary event through it and delete its
/// row. If a hop is broken, it is named and the exit code is 6.
///
/// The processor's own metrics do not count the canary; AWS's metrics do. Other rules on a shared bus and
/// readers of the table's stream see it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Send a canary to production without asking.
    #[arg(long)]
    yes: bool,
    /// The most seconds to wait for the canary's row.
    #[arg(long, default_value_t = TIMEOUT, value_parser = clap::value_parser!(u64).range(1..=840))]
    timeout: u64,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let (checked, tree) = spec::load_with_tree(&arguments.spec, console)?;
    runtime::run(global, async {
        let spec = checked.spec();
        let mut session = runtime::session(global, &arguments.spec, spec, console).await?;
        let stack = session.pipeline().await?;
        session.use_deployed_names(&stack, &mut Reporter::new(console)).await?;
        let trial = Trial {
            session: &session,
            spec,
            samples: &samples(&tree),
            timeout: Duration::from_secs(arguments.timeout),
            yes: arguments.yes,
        };
        let found = trial.run(&stack, console).await?;
        show(&found, console);
        conclude(&found, &session, console)
    })
}

/// Prints the result, as a document or as a page.
fn show(found: &Verification, console: &mut Console) {
    match console.format {
        Format::Human => console.outcome(&verification_text(found, false)),
        Format::Json => console.outcome(&serde_json::to_string(found).unwrap_or_default()),
    }
}

fn conclude(found: &Verification, session: &Session, console: &mut Console) -> Outcome {
    let Some(failure) = broken(found, session) else {
        console.note(&format!("\n  next: {}", session.command("status", "")));
        return Ok(Exit::Done);
    };
    Err(Stop::Failure(failure))
}

/// The failure that names the broken hops; `None` if there are none.
pub(super) fn broken(found: &Verification, session: &Session) -> Option<Failure> {
    let faults = found.faults();
    let (hop, what) = faults.first()?;
    let more = match faults.len() - 1 {
        0 => String::new(),
        1 => ", and 1 more".to_owned(),
        count => format!(", and {count} more"),
    };
    let message = format!("{} is broken at `{}`: {what}{more}", found.stack, hop.name());
    let repairs = found.checks.iter().find_map(|line| line.repair.clone());
    let help = match repairs {
        Some(repair) => format!("fix it: {repair}"),
        None => format!("see the processor's log with `{}`", session.command("logs", "--since 15m")),
    };
    let diagnostic = Diagnostic::error(codes::VERIFY_BROKEN, message).help(help);
    Some(Failure::new(Exit::NotVerified, diagnostic))
}
