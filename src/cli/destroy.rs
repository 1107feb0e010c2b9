use camino::Utf8PathBuf;
use clap::Args;

use super::command_line::command_line;
use super::session::{self, Session, gone};
use super::{Global, Outcome, Stop, ask, bridge, kept, spec};
use crate::apply::{Event, destroy, standing};
use crate::diagnostic::{Exit, Failure, codes};
use crate::report::{Console, Format, event_json, event_line, harmless};
use crate::spec::Spec;
use crate::stack::{Phase, Stack};

/// Remove the stack. Says what it retains; the table stays with its rows where `table.retain` says so.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Answer the question with yes. `--local` never asks.
    #[arg(long, short)]
    yes: bool,
    /// Accept the loss of what a resource holds, by its logical id, such as `data-loss:EventsTable`.
    #[arg(long, value_name = "data-loss:LOGICAL_ID", value_parser = super::apply::data_loss)]
    accept: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    session::runtime()?.block_on(remove(arguments, global, checked.spec(), console))
}

async fn remove(arguments: &Arguments, global: &Global, spec: &Spec, console: &mut Console) -> Outcome {
    let session = Session::open(global, spec, console).await?;
    let Some(stack) = session.stack().await?.filter(|stack| stack.status.phase() != Phase::Deleted) else {
        console.note(&format!("  nothing to do: there is no stack {}", session.names.stack));
        return Ok(Exit::Done);
    };
    guard(arguments, &session, spec, &stack, console)?;
    // Before the stack goes, and with it the note of what there is.
    bridge::retire(&bridge::former(&session, &stack).await?, &[], &session).await?;
    let token = session::token("destroy", &stack.name);
    let json = console.format == Format::Json;
    let mut broken = None;
    let mut tell = |event: Event| {
        if json {
            broken = broken.take().or(console.data(&event_json(&event, jiff::Timestamp::now())).err());
        } else if let Some(line) = event_line(&event) {
            console.note(&line);
        }
    };
    let role = spec.deploy.role_arn.as_deref();
    let destroyed = destroy(&session.clients, &stack, &token, role, session.clock, &mut tell)
        .await
        .map_err(|failure| gone(failure, session.local))?;
    if let Some(error) = broken {
        return Err(Stop::Output(error));
    }
    kept::forget(&session);
    console.note(&format!("\n  destroyed {}", stack.name));
    for (logical_id, resource_type, name) in &destroyed.retained {
        let then = match resource_type.as_str() {
            // It has no name of the spec's, by which it could be found again.
            "AWS::KMS::Key" => {
                "what it encrypts is read with it, and it costs on; the next apply makes another"
            }
            _ => "it keeps its data and its cost; the next apply adopts it",
        };
        console.note(&format!("  retained  {} ({logical_id}, {resource_type}): {then}", harmless(name)));
    }
    let apply = command_line("apply", &arguments.spec, session.local, "");
    console.note(&format!("\n  next: {apply} makes the pipeline anew"));
    Ok(Exit::Done)
}

fn guard(
    arguments: &Arguments,
    session: &Session,
    spec: &Spec,
    stack: &Stack,
    console: &mut Console,
) -> Result<(), Stop> {
    if stack.termination_protection {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_DECLINED,
            format!("stack `{}` is protected from termination", stack.name),
            "set `deploy.production: false`, apply, take the protection off in the console, and run this again",
        )));
    }
    if stack.status.phase() == Phase::Running {
        // Only for its refusal: a busy stack is left alone.
        standing(Some(stack.clone()))?;
    }
    let protected = spec.table.deletion_protection.unwrap_or(spec.deploy.production);
    if protected && !spec.table.retain {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_DECLINED,
            format!(
                "table `{}` is protected from deletion, and the spec does not retain it",
                session.names.table
            ),
            "set `table.deletion_protection: false` and apply, or set `table.retain: true`",
        )));
    }
    let accepted = arguments.accept.iter().any(|id| id == "EventsTable");
    if !spec.table.retain && !accepted {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_DATA_LOSS,
            format!(
                "table `{}` and its rows go with the stack: `table.retain` is false",
                session.names.table
            ),
            "if that is meant, add `--accept data-loss:EventsTable`",
        )));
    }
    if session.local || arguments.yes {
        return Ok(());
    }
    let kept = if spec.table.retain {
        format!("; table {} is retained", session.names.table)
    } else {
        String::new()
    };
    let question =
        format!("destroy {} in account {}, {}{kept}", stack.name, session.account, session.region());
    ask::word(&stack.name, &question, "--yes", console)
}
