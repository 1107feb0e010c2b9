use camino::Utf8PathBuf;
use clap::Args;

use super::command_line::command_line;
use super::follower::Follower;
use super::session::{self, Session};
use super::{Global, Outcome, Stop, ask, spec};
use crate::apply::{Event, Outcome as Ended, Recovery, Remedy, failed_resources, recover, remedy};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::{Console, harmless};
use crate::spec::Spec;
use crate::stack::{Deletion, Stack, StackApi as _, StackEvent};

/// What may be given up only where nothing is lost by it.
const HOLD_DATA: [&str; 4] = ["Archive", "DeadLetterQueue", "EventsTable", "Queue"];

/// Get a stack out of a state in which no apply can change it: says what is wrong and what it does about it, asks, and
/// follows.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Answer the question with yes. `--local` never asks.
    #[arg(long, short)]
    yes: bool,
    /// Give up rolling back this resource, by its logical id, and take it for rolled back.
    #[arg(long, value_name = "LOGICAL_ID")]
    skip: Vec<String>,
    /// Leave this resource where it is while the stack is deleted, by its logical id.
    #[arg(long, value_name = "LOGICAL_ID")]
    retain: Vec<String>,
    /// Delete the stack whatever of it cannot be deleted; what is left costs on and is in nobody's hands.
    #[arg(long, conflicts_with = "retain")]
    force: bool,
    /// Accept the loss of what a skipped resource holds, such as `data-loss:EventsTable`.
    #[arg(long, value_name = "data-loss:LOGICAL_ID", value_parser = super::apply::data_loss)]
    accept: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    session::run(global, async {
        let session = Session::open(global, checked.spec(), console).await?;
        let outcome = lead_out(arguments, &session, checked.spec(), console).await;
        outcome.map_err(|stop| spec::placed(stop, &checked))
    })
}

async fn lead_out(arguments: &Arguments, session: &Session, spec: &Spec, console: &mut Console) -> Outcome {
    let apply = command_line("apply", &arguments.spec, session.local, "");
    let Some(stack) = session.stack().await? else {
        console
            .note(&format!("  nothing to do: there is no stack {}\n\n  next: {apply}", session.names.stack));
        return Ok(Exit::Done);
    };
    let remedy = remedy(&stack);
    let events = session.clients.recent_events(&stack.id).await?;
    let failed = failed_resources(&events);
    console.note(&format!("  stack  {} is in state {}", stack.name, harmless(stack.status.as_str())));
    if remedy == Remedy::None {
        console.note(&format!("  nothing to do: it is in order\n\n  next: {apply}"));
        return Ok(Exit::Done);
    }
    if let Some(reason) = stack.reason.as_deref() {
        console.note(&format!("         {}", harmless(reason)));
    }
    for event in &failed {
        let reason = event.reason.as_deref().unwrap_or("no reason given");
        console.note(&format!("  ✗ {} ({}): {}", event.logical_id, event.resource_type, harmless(reason)));
    }
    guard(arguments, remedy, &stack, &failed)?;
    let what = words(arguments, remedy);
    console.note(&format!("\n  remedy  {what}\n"));
    let asks = !session.local && !arguments.yes && remedy != Remedy::Follow;
    if asks {
        let region = session.region();
        ask::yes(&format!("do so in account {}, {region}?", session.account), "--yes", console)?;
    }
    let recovery = Recovery {
        stack: &stack,
        remedy,
        skip: arguments.skip.clone(),
        deletion: Deletion { retain: arguments.retain.clone(), force: arguments.force },
        token: session::token("recover", &stack.name),
        role_arn: spec.deploy.role_arn.as_deref(),
    };
    let follower = Follower::new(std::collections::BTreeMap::new(), console);
    let mut tell = |event: Event| follower.tell(&event);
    let running = recover(&session.clients, &recovery, session.clock, &mut tell);
    let ended = follower.wait(running).await;
    let ended = ended.unwrap_or_else(|| Err(super::apply::interrupted(&stack.name)));
    let ended = ended.map_err(|failure| Stop::Failure(next_step(failure, arguments, session, remedy)));
    match &ended {
        Err(Stop::Failure(failure)) => follower.failed(failure),
        Ok(now) => follower.tell(&Event::Outcome(Ended {
            stack: stack.name.clone(),
            result: "recovered",
            state: now.as_ref().map_or("DELETE_COMPLETE", |stack| stack.status.as_str()).to_owned(),
            outputs: now.as_ref().map(|stack| stack.outputs.clone()).unwrap_or_default(),
        })),
        Err(Stop::Output(_)) => {}
    }
    follower.end()?;
    match ended? {
        Some(stack) => console.note(&format!("\n  {} is in state {}", stack.name, stack.status)),
        None => console.note(&format!("\n  {} is gone; what it retained is there still", stack.name)),
    }
    console.note(&format!("\n  next: {apply}"));
    Ok(Exit::Done)
}

/// Concessions are for the failure at hand, and none of them may cost data unsaid.
fn guard(arguments: &Arguments, remedy: Remedy, stack: &Stack, failed: &[&StackEvent]) -> Result<(), Stop> {
    let wrong = |message: String, help: &str| {
        let diagnostic = Diagnostic::error(codes::STACK_STUCK, message).help(help);
        Stop::Failure(Failure::new(Exit::Usage, diagnostic))
    };
    if !arguments.skip.is_empty() && remedy != Remedy::ContinueRollback {
        let message = format!("nothing can be skipped: stack `{}` has no failed rollback", stack.name);
        return Err(wrong(message, "leave out `--skip`"));
    }
    let again = stack.status.as_str() == "DELETE_FAILED";
    if (!arguments.retain.is_empty() || arguments.force) && !again {
        let message = "CloudFormation takes `--retain` and `--force` only after a deletion has failed";
        return Err(wrong(message.to_owned(), "leave them out; if the deletion fails, give them then"));
    }
    let known = |id: &&String| failed.is_empty() || failed.iter().any(|event| event.logical_id == **id);
    if let Some(stranger) = arguments.skip.iter().find(|id| !known(id)) {
        let names: Vec<String> = failed.iter().map(|event| format!("`{}`", event.logical_id)).collect();
        let message = format!("`{stranger}` did not fail");
        return Err(wrong(message, &format!("skip only what failed: {}", names.join(", "))));
    }
    let unaccepted =
        arguments.skip.iter().find(|id| HOLD_DATA.contains(&id.as_str()) && !arguments.accept.contains(id));
    if let Some(id) = unaccepted {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_DATA_LOSS,
            format!("`{id}` holds data, and CloudFormation would no longer know its true state"),
            format!("mend its cause and recover without `--skip {id}`; or add `--accept data-loss:{id}`"),
        )));
    }
    if arguments.force && !arguments.accept.iter().any(|id| id == "EventsTable") {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_DATA_LOSS,
            "a forced deletion leaves what it cannot delete in nobody's hands",
            "name what stays with `--retain LOGICAL_ID` instead, or add `--accept data-loss:EventsTable`",
        )));
    }
    Ok(())
}

fn words(arguments: &Arguments, remedy: Remedy) -> String {
    let list = |ids: &[String]| ids.join(", ");
    match remedy {
        Remedy::None => "none".to_owned(),
        Remedy::Follow => "an operation runs: follow it to its end".to_owned(),
        Remedy::ContinueRollback if arguments.skip.is_empty() => "try the rollback again".to_owned(),
        Remedy::ContinueRollback => format!("roll back all but {}", list(&arguments.skip)),
        Remedy::Rollback => "roll the failed update back".to_owned(),
        Remedy::DropShell => "drop the change set that was never executed, and the empty stack".to_owned(),
        Remedy::Delete if arguments.force => "delete the stack, whatever cannot be deleted".to_owned(),
        Remedy::Delete if !arguments.retain.is_empty() => {
            format!("delete the stack and leave {} where they are", list(&arguments.retain))
        }
        Remedy::Delete => "delete what is left of the stack; what it retains stays".to_owned(),
    }
}

/// What to try next where the remedy failed too.
fn next_step(mut failure: Failure, arguments: &Arguments, session: &Session, remedy: Remedy) -> Failure {
    let flag = match remedy {
        Remedy::ContinueRollback | Remedy::Rollback => "--skip LOGICAL_ID",
        Remedy::Delete => "--retain LOGICAL_ID",
        _ => return failure,
    };
    let command = command_line("recover", &arguments.spec, session.local, flag);
    for diagnostic in &mut failure.diagnostics {
        if diagnostic.code == codes::STACK_OPERATION_FAILED {
            diagnostic.help =
                Some(format!("mend the cause and run it again; or give the resource up with `{command}`"));
        }
    }
    failure
}
