use camino::Utf8PathBuf;
use clap::Args;

use super::accept::Answers;
use super::reporter::Reporter;
use super::{Global, Outcome, runtime, spec};
use crate::apply::Remedy;
use crate::deploy::{Concessions, Session, diagnose, recover};
use crate::diagnostic::Exit;
use crate::report::{Console, printable};
use crate::spec::Spec;

/// Repair a stack in a state that no apply can change: shows the cause and the remedy, asks, and follows the
/// operation.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    #[command(flatten)]
    answers: Answers,
    /// Skip the rollback of this resource, by its logical id; CloudFormation then treats it as rolled back.
    #[arg(long, value_name = "LOGICAL_ID")]
    skip: Vec<String>,
    /// Retain this resource, by its logical id, when the stack is deleted.
    #[arg(long, value_name = "LOGICAL_ID")]
    retain: Vec<String>,
    /// Delete the stack even if some resources cannot be deleted. These are still billed, and orphaned: no stack
    /// manages them.
    #[arg(long, conflicts_with = "retain")]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        let outcome = lead_out(arguments, &session, checked.spec(), console).await;
        outcome.map_err(|stop| spec::with_spec_locations(stop, &checked))
    })
}

async fn lead_out(arguments: &Arguments, session: &Session, spec: &Spec, console: &mut Console) -> Outcome {
    let apply = session.command("apply", "");
    let Some(diagnosis) = diagnose(session).await? else {
        let stack = &session.names.stack;
        Reporter::new(console).unchanged(stack, None);
        console.note(&format!("  nothing to do: there is no stack {stack}\n\n  next: {apply}"));
        return Ok(Exit::Done);
    };
    let stack = &diagnosis.stack;
    console.note(&format!("  stack  {} is in state {}", stack.name, printable(stack.status.as_str())));
    if diagnosis.remedy == Remedy::None {
        Reporter::new(console).unchanged(&stack.name, Some(stack));
        console.note(&format!("  nothing to do: the stack is fine\n\n  next: {apply}"));
        return Ok(Exit::Done);
    }
    if let Some(reason) = stack.reason.as_deref() {
        console.note(&format!("         {}", printable(reason)));
    }
    for event in &diagnosis.failed {
        let reason = event.reason.as_deref().unwrap_or("no reason given");
        console.note(&format!("  ✗ {} ({}): {}", event.logical_id, event.resource_type, printable(reason)));
    }
    let concessions = Concessions {
        skip: arguments.skip.clone(),
        retain: arguments.retain.clone(),
        force: arguments.force,
    };
    console.note(&format!("\n  remedy  {}\n", words(&concessions, diagnosis.remedy)));
    let consent = arguments.answers.consent();
    let mut reporter = Reporter::new(console);
    match recover(session, spec, &diagnosis, concessions, &consent, &mut reporter).await? {
        Some(stack) => console.note(&format!("\n  {} is in state {}", stack.name, stack.status)),
        None => console.note(&format!("\n  {} is deleted; what it retained still exists", stack.name)),
    }
    console.note(&format!("\n  next: {apply}"));
    Ok(Exit::Done)
}

fn words(concessions: &Concessions, remedy: Remedy) -> String {
    let Concessions { skip, retain, force } = concessions;
    match remedy {
        Remedy::None => "none".to_owned(),
        Remedy::Follow => "an operation is running: follow it to its end".to_owned(),
        Remedy::ContinueRollback if skip.is_empty() => "try the rollback again".to_owned(),
        Remedy::ContinueRollback => format!("roll back all but {}", skip.join(", ")),
        Remedy::Rollback => "roll back the failed update".to_owned(),
        Remedy::DropShell => "delete the change set that was never executed, and the empty stack".to_owned(),
        Remedy::Delete if *force => "delete the stack, and orphan what cannot be deleted".to_owned(),
        Remedy::Delete if !retain.is_empty() => {
            format!("delete the stack and retain {}", retain.join(", "))
        }
        Remedy::Delete => "delete what is left of the stack; what it retains remains".to_owned(),
    }
}
