use std::time::Instant;

use camino::Utf8PathBuf;
use clap::Args;

use super::accept::Answers;
use super::apply::report;
use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::{
    Options, Record, Session, Skipped, apply, newest_records, observe, planned, wanted_again,
};
use crate::diagnostic::{Exit, Failure, codes};
use crate::report::{Console, printable};

/// Go back to an earlier apply: its template, settings and code, with the same plan, questions and guards as
/// an apply.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// How many applies to go back, as `pipectl history` counts them.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    to: u16,
    #[command(flatten)]
    answers: Answers,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let begun = Instant::now();
        let session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        session.existing_stack().await?;
        let former = former(&session, arguments.to.into(), console).await?;
        console.note(&format!("  {:<14}to what was applied at {}", "back", former.moment()));
        let mut wanted = wanted_again(&session, checked.spec(), former.content).await?;
        let deployed_state = observe(&session).await?;
        let mut reporter = Reporter::new(console);
        let plan = planned(&session, &mut wanted, &deployed_state, None, &mut reporter).await?;
        let consent = arguments.answers.consent();
        let options = Options { express: false, rolls_back: true };
        let applied =
            apply(&session, &wanted, &deployed_state, plan, &consent, &options, &mut reporter).await?;
        report(&session, &wanted, &applied, begun, console);
        console.note(&format!(
            "  the spec still describes the newer version: revert {} too, or the next apply deploys it again",
            arguments.spec
        ));
        Ok(Exit::Done)
    })
}

/// The record of the apply this many applies ago.
async fn former(session: &Session, back: usize, console: &mut Console) -> Result<Record, Stop> {
    let (mut records, skipped) = newest_records(session, back + 1).await?;
    warn_of_skipped(&skipped, console);
    if records.len() <= back {
        let message = match records.len() {
            0 => format!("no apply of stack `{}` is recorded", session.names.stack),
            count => format!("only {count} applies of stack `{}` are recorded", session.names.stack),
        };
        let help = format!("see them with `{}`", session.command("history", ""));
        return Err(Stop::Failure(Failure::failed(codes::STACK_MISSING, message, help)));
    }
    Ok(records.swap_remove(back))
}

/// Warns of records that a newer pipectl wrote in another format, and of damaged ones.
pub(super) fn warn_of_skipped(skipped: &[Skipped], console: &mut Console) {
    for Skipped { key, version, restore } in skipped {
        let version = version.as_ref().map_or_else(String::new, |version| format!(", version `{version}`,"));
        let line = match restore {
            None => format!("the record `{key}` was written by a newer pipectl and is skipped"),
            Some(restore) => format!(
                "the record `{key}`{version} is damaged and is skipped; `{restore}` lists its earlier versions, one of which may be intact"
            ),
        };
        console.complain(&format!("  warning: {}", printable(&line)));
    }
}
