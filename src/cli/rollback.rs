use std::time::Instant;

use camino::Utf8PathBuf;
use clap::Args;

use super::session::{self, Session};
use super::{Global, Outcome, Stop, apply, command_line::command_line, record, spec};
use crate::diagnostic::{Exit, Failure, codes};
use crate::report::Console;

/// Make the pipeline what it was before: template, settings and code of a former apply, through the same plan,
/// questions and guards.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// How many applies back, as `pipectl history` counts them.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    to: u16,
    /// Answer the ordinary question with yes. `--local` never asks.
    #[arg(long, short)]
    yes: bool,
    /// Accept the loss of what a resource holds, by its logical id, such as `data-loss:EventsTable`.
    #[arg(long, value_name = "data-loss:LOGICAL_ID", value_parser = apply::data_loss)]
    accept: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    session::run(global, async {
        let begun = Instant::now();
        let session = Session::open(global, checked.spec(), console).await?;
        session.existing_stack(&arguments.spec).await?;
        let back = usize::from(arguments.to);
        let mut records = record::newest(&session, back + 1).await?;
        if records.len() <= back {
            let message = match records.len() {
                0 => format!("no apply of stack `{}` is recorded", session.names.stack),
                count => format!("only {count} applies of stack `{}` are recorded", session.names.stack),
            };
            let help =
                format!("see them with `{}`", command_line("history", &arguments.spec, session.local, ""));
            return Err(Stop::Failure(Failure::failed(codes::STACK_MISSING, message, help)));
        }
        let former = records.swap_remove(back);
        let at = former.moment();
        console.note(&format!("  {:<14}to what was applied at {at}", "back"));
        let deployment = record::deployment(&session, checked.spec(), former).await?;
        let as_apply = apply::Arguments::of(&arguments.spec, arguments.yes, &arguments.accept);
        let exit = apply::apply(&as_apply, &session, deployment, begun, console).await?;
        if exit == Exit::Done {
            console.note(&format!(
                "  the spec says the newer version still: bring {} back too, or the next apply goes forward again",
                arguments.spec
            ));
        }
        Ok(exit)
    })
}
