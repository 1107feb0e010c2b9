use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::Value;

use super::apply::interrupted;
use super::command_line::command_line;
use super::deployment::busy;
use super::follower::Follower;
use super::session::{self, Session};
use super::{Global, Outcome, Stop, ask, bridge, kept, spec};
use crate::apply::{Event, destroy};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::status;
use crate::render;
use crate::report::{Console, harmless};
use crate::spec::Spec;
use crate::stack::{Phase, Stack, StackApi as _};

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
    /// Lift the stack's protection from termination, which production has.
    #[arg(long)]
    lift_protection: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    session::run(global, remove(arguments, global, checked.spec(), console))
}

async fn remove(arguments: &Arguments, global: &Global, spec: &Spec, console: &mut Console) -> Outcome {
    let session = Session::open(global, spec, console).await?;
    let Some(stack) = session.stack().await?.filter(|stack| stack.status.phase() != Phase::Deleted) else {
        console.note(&format!("  nothing to do: there is no stack {}", session.names.stack));
        return Ok(Exit::Done);
    };
    let goes = Goes::read(&session, &stack).await?;
    console.note(&goes.text(&session));
    guard(arguments, &session, spec, &stack, &goes, console)?;
    if stack.termination_protection {
        let lifted = session.clients.protect_from_termination(&stack.name, false).await;
        lifted?;
    }
    // Before the stack goes, and with it the note of what there is.
    bridge::retire(&bridge::former(&session, &stack).await?, &[], &session).await?;
    let token = session::token("destroy", &stack.name);
    let role = spec.deploy.role_arn.as_deref();
    let follower = Follower::new(BTreeMap::new(), console);
    let mut tell = |event: Event| follower.tell(&event);
    let removing = destroy(&session.clients, &stack, &token, role, session.clock, &mut tell);
    let destroyed = follower.wait(removing).await;
    let destroyed = destroyed.unwrap_or_else(|| Err(interrupted(&stack.name)));
    if let Err(failure) = &destroyed {
        follower.failed(failure);
    }
    let told = follower.end();
    let destroyed = destroyed?;
    told?;
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

/// The template a deletion goes by: the deployed one, not what the spec says by now.
pub(super) async fn deployed(session: &Session, stack: &Stack) -> Result<Value, Stop> {
    // The shell of a review has no template of its own.
    if stack.status.phase() == Phase::Reviewed {
        return Ok(Value::Null);
    }
    let text = session.clients.template(&stack.name).await;
    let text = text?;
    Ok(render::parse(&text).unwrap_or_default())
}

/// What a destroy takes away and what it leaves.
struct Goes {
    /// Resources that go.
    count: usize,
    /// Logical ids of those that stay.
    stay: Vec<String>,
    /// Messages in each queue, with its logical id.
    messages: Vec<(&'static str, u64)>,
    rows: Option<u64>,
    archive: bool,
}

impl Goes {
    async fn read(session: &Session, stack: &Stack) -> Result<Self, Stop> {
        let template = deployed(session, stack).await?;
        let resources = template["Resources"].as_object().cloned().unwrap_or_default();
        let stays = |resource: &Value| {
            resource["DeletionPolicy"].as_str().is_some_and(|policy| policy.starts_with("Retain"))
        };
        let stay: Vec<String> =
            resources.iter().filter(|(_, resource)| stays(resource)).map(|(id, _)| id.clone()).collect();
        let found = status(&session.clients, stack, &session.names, &[]).await?;
        Ok(Self {
            count: resources.len() - stay.len(),
            messages: vec![
                ("Queue", found.queue.visible + found.queue.in_flight),
                ("DeadLetterQueue", found.dead_letters.visible),
                ("UndeliveredQueue", found.undelivered.visible),
            ],
            rows: found.table.rows,
            archive: resources.contains_key("Archive") && !stay.contains(&"Archive".to_owned()),
            stay,
        })
    }

    /// The queues that hold messages now.
    fn filled(&self) -> impl Iterator<Item = &(&'static str, u64)> {
        self.messages.iter().filter(|(_, count)| *count > 0)
    }

    fn text(&self, session: &Session) -> String {
        let mut text = format!("  {} resources of {} go", self.count, session.names.stack);
        for (id, count) in self.filled() {
            text.push_str(&format!("\n  - {id:<18} with {count} messages in it"));
        }
        if self.archive {
            text.push_str("\n  - Archive            with all events in it: they can no longer be replayed");
        }
        if !self.stay.contains(&"EventsTable".to_owned()) {
            let rows = self.rows.map_or_else(String::new, |rows| format!(" with {rows} rows"));
            text.push_str(&format!("\n  - EventsTable       {rows}"));
        }
        for id in &self.stay {
            let rows = self.rows.filter(|_| id == "EventsTable");
            let rows = rows.map_or_else(String::new, |rows| format!(" with its {rows} rows"));
            text.push_str(&format!("\n  ○ {id:<18} stays{rows}, and costs on"));
        }
        text + "\n"
    }
}

fn guard(
    arguments: &Arguments,
    session: &Session,
    spec: &Spec,
    stack: &Stack,
    goes: &Goes,
    console: &mut Console,
) -> Result<(), Stop> {
    let refused = |code, message, help: &str| Err(Stop::Failure(Failure::refused(code, message, help)));
    if stack.status.phase() == Phase::Running {
        return Err(Stop::Failure(busy(stack)));
    }
    if stack.termination_protection && !arguments.lift_protection {
        let message = format!("stack `{}` is protected from termination", stack.name);
        return refused(
            codes::GUARD_DECLINED,
            message,
            "if it shall go all the same, add `--lift-protection`",
        );
    }
    let protected = spec.table.deletion_protection.unwrap_or(spec.deploy.production);
    if protected && !spec.table.retain {
        let message = format!(
            "table `{}` is protected from deletion, and the spec does not retain it",
            session.names.table
        );
        let help = "set `table.deletion_protection: false` and apply, or set `table.retain: true`";
        return refused(codes::GUARD_DECLINED, message, help);
    }
    let accepted = |id: &str| arguments.accept.iter().any(|accepted| accepted == id);
    let mut lost = Vec::new();
    if !spec.table.retain {
        let message = format!(
            "table `{}` and its rows go with the stack: `table.retain` is false",
            session.names.table
        );
        lost.push(("EventsTable", message));
    }
    // What waits on a laptop is worth nothing.
    for (id, count) in goes.filled().filter(|_| !session.local) {
        lost.push((id, format!("{count} messages in `{id}` go with it")));
    }
    lost.retain(|(id, _)| !accepted(id));
    if !lost.is_empty() {
        let told = lost.into_iter().map(|(id, message)| {
            let help = format!("if that is meant, add `--accept data-loss:{id}`");
            Diagnostic::error(codes::GUARD_DATA_LOSS, message).help(help)
        });
        let diagnostics = told.collect();
        return Err(Stop::Failure(Failure { exit: Exit::Refused, diagnostics, sources: Vec::new() }));
    }
    if session.local || arguments.yes {
        return Ok(());
    }
    let question = format!("destroy {} in account {}, {}", stack.name, session.account, session.region());
    ask::word(&stack.name, &question, "--yes", console)
}
