use camino::Utf8PathBuf;
use clap::Args;

use super::accept::Answers;
use super::reporter::Reporter;
use super::{Global, Outcome, runtime, spec};
use crate::deploy::{Session, destroy, leaving};
use crate::diagnostic::Exit;
use crate::report::{Console, leaving_text, printable};
use crate::spec::Spec;
use crate::stack::Phase;

/// Delete the stack. Shows what is retained: with `table.retain`, the table and its rows.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    #[command(flatten)]
    answers: Answers,
    /// Switch off the stack's termination protection, which is on in production.
    #[arg(long)]
    lift_protection: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, remove(arguments, global, checked.spec(), console))
}

async fn remove(arguments: &Arguments, global: &Global, spec: &Spec, console: &mut Console) -> Outcome {
    let session = runtime::session(global, &arguments.spec, spec, console).await?;
    let Some(stack) = session.stack().await?.filter(|stack| stack.status.phase() != Phase::Deleted) else {
        Reporter::new(console).unchanged(&session.names.stack, None);
        console.note(&format!("  nothing to do: there is no stack {}", session.names.stack));
        return Ok(Exit::Done);
    };
    let name = stack.name.clone();
    let leaving = leaving(&session, &stack).await?;
    console.note(&leaving_text(&name, &leaving));
    let consent = arguments.answers.consent();
    let lifts = arguments.lift_protection;
    let mut reporter = Reporter::new(console);
    let destroyed = destroy(&session, spec, stack, leaving, lifts, &consent, &mut reporter).await?;
    console.note(&format!("\n  destroyed {name}"));
    for (logical_id, resource_type, name) in &destroyed.retained {
        console.note(&format!(
            "  retained  {} ({logical_id}, {resource_type}): {}",
            printable(name),
            retained(resource_type)
        ));
    }
    next(&session, console);
    Ok(Exit::Done)
}

fn retained(resource_type: &str) -> &'static str {
    match resource_type {
        // The spec has no name for it, by which it could be found again.
        "AWS::KMS::Key" => {
            "it is still needed to decrypt what it encrypted, and is still billed; the next apply creates another"
        }
        _ => "its data is retained and still billed; the next apply adopts it",
    }
}

fn next(session: &Session, console: &mut Console) {
    console.note(&format!("\n  next: {}  # creates the pipeline again", session.command("apply", "")));
}
