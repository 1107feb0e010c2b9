use std::time::Instant;

use camino::Utf8PathBuf;
use clap::Args;

use super::command_line::command_line;
use super::deployment::{Deployment, package_processor};
use super::session::{self, Session, gone};
use super::{Global, Outcome, Stop, ask, bridge, kept, saved, spec};
use crate::apply::{self, Event, Prepared, Standing, abandon, execute, prepare};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::plan::{Action, Plan, StackAction};
use crate::report::{Console, Format, event_activity, event_json, event_line, pairs, plan_text};
use crate::stack::{ChangeSetRequest, Stack, StackApi as _};

/// Make the pipeline what its spec says: build, upload, show the changes, ask, execute and follow.
#[derive(Debug, Clone, Args)]
pub(crate) struct Arguments {
    /// The spec, or a plan saved with `pipectl plan --out`.
    spec: Utf8PathBuf,
    /// Answer the ordinary question with yes. `--local` never asks.
    #[arg(long, short)]
    yes: bool,
    /// Accept the loss of what a resource holds, by its logical id, such as `data-loss:EventsTable`.
    #[arg(long, value_name = "data-loss:LOGICAL_ID", value_parser = data_loss)]
    accept: Vec<String>,
}

/// `data-loss:EventsTable` → `EventsTable`.
pub(super) fn data_loss(text: &str) -> Result<String, String> {
    match text.strip_prefix("data-loss:") {
        Some(id) if !id.is_empty() => Ok(id.to_owned()),
        _ => Err("write `data-loss:` and the resource's logical id".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    session::runtime()?.block_on(async {
        let begun = Instant::now();
        if let Some(saved) = saved::read(&arguments.spec)? {
            let mut arguments = arguments.clone();
            arguments.spec = Utf8PathBuf::from(&saved.spec_path);
            arguments.accept.extend(saved.accepted().cloned());
            let (session, deployment) = saved.open(global, console).await?;
            return apply(&arguments, &session, deployment, begun, console).await;
        }
        let checked = spec::load(&arguments.spec, console)?;
        let session = Session::open(global, checked.spec(), console).await?;
        let artifact = package_processor(checked.spec(), session.local, console)?;
        let deployment = Deployment::work_out(&session, &checked, artifact).await?;
        apply(arguments, &session, deployment, begun, console).await
    })
}

async fn apply(
    arguments: &Arguments,
    session: &Session,
    mut deployment: Deployment,
    begun: Instant,
    console: &mut Console,
) -> Outcome {
    console.note(&format!(
        "  {:<14}{} in {}, account {}\n",
        "stack",
        session.names.stack,
        session.region(),
        session.account
    ));
    if deployment.plan.action == StackAction::None {
        return unchanged(arguments, session, &deployment, console).await;
    }
    clear_remains(arguments, session, &deployment.standing, console).await?;
    upload(session, &deployment, console).await?;
    let request = request(session, &deployment);
    let prepared = prepare(&session.clients, request, session.clock);
    let Some(prepared) = prepared.await.map_err(|failure| gone(failure, session.local))? else {
        return unchanged(arguments, session, &deployment, console).await;
    };
    deployment.plan.learn(&prepared.change_set.changes);
    console.note(&plan_text(&deployment.plan));
    if let Err(stop) = agree(arguments, session, &deployment, console) {
        abandon(&session.clients, &prepared).await?;
        return Err(stop);
    }
    let outcome = follow(session, &prepared, &deployment.plan, console).await?;
    bridge::build(session, &deployment.bridges, console).await?;
    bridge::retire(&deployment.former, &deployment.bridges, session).await?;
    if deployment.production {
        session.clients.protect_from_termination(&session.names.stack, true).await.map_err(Failure::from)?;
    }
    kept::keep(session, &deployment.desired, console);
    let seconds = begun.elapsed().as_secs_f64();
    console.note(&format!("\n  {} {} in {seconds:.1} s\n", outcome.result, outcome.stack));
    if console.format == Format::Human {
        print_outputs(outcome.outputs.iter(), console)?;
    }
    next(arguments, session.local, console);
    Ok(Exit::Done)
}

/// Nothing to change: says so, and mends what a former run could not finish beside the stack.
async fn unchanged(
    arguments: &Arguments,
    session: &Session,
    deployment: &Deployment,
    console: &mut Console,
) -> Outcome {
    bridge::build(session, &deployment.bridges, console).await?;
    kept::keep(session, &deployment.desired, console);
    let Standing::Present(Stack { name, status, outputs, .. }) = &deployment.standing else {
        return Ok(Exit::Done);
    };
    if console.format == Format::Json {
        let outcome = apply::Outcome {
            stack: name.clone(),
            result: "unchanged",
            state: status.to_string(),
            outputs: outputs.clone(),
        };
        console.data(&event_json(&Event::Outcome(outcome), jiff::Timestamp::now()))?;
    } else {
        console.note(&format!("  no changes: stack {name} is what the spec says\n"));
        print_outputs(outputs.iter(), console)?;
    }
    next(arguments, session.local, console);
    Ok(Exit::Done)
}

/// A stack whose first creation was rolled back has no resources; its name must be freed for the next one.
async fn clear_remains(
    arguments: &Arguments,
    session: &Session,
    standing: &Standing,
    console: &mut Console,
) -> Result<(), Stop> {
    let Standing::Remains(stack) = standing else { return Ok(()) };
    if !session.local && !arguments.yes {
        let question = format!("the first creation of {} failed; remove its empty remains?", stack.name);
        ask::yes(&question, "--yes", console)?;
    }
    let token = session::token("clear", &stack.name);
    apply::destroy(&session.clients, stack, &token, None, session.clock, &mut |_| {})
        .await
        .map_err(|failure| gone(failure, session.local))?;
    Ok(())
}

async fn upload(session: &Session, deployment: &Deployment, console: &mut Console) -> Result<(), Stop> {
    let activity = console.activity("artifact");
    let artifact = &deployment.artifact;
    let uploaded =
        session.clients.upload_artifact(&session.account, &artifact.key, artifact.zip.clone()).await;
    let uploaded = uploaded.map_err(|error| gone(Failure::from(error), session.local))?;
    let bucket = session.clients.artifact_bucket(&session.account);
    let words = if uploaded { format!("uploaded to {bucket}") } else { format!("is in {bucket} already") };
    console.finish(activity, &words);
    Ok(())
}

fn request(session: &Session, deployment: &Deployment) -> ChangeSetRequest {
    let token = session::token("apply", &deployment.template.digest);
    ChangeSetRequest {
        stack: session.names.stack.clone(),
        name: token.clone(),
        token,
        creates: !matches!(deployment.standing, Standing::Present(_)),
        template: deployment.template.text.clone(),
        parameters: deployment.desired.parameters.clone(),
        tags: deployment.desired.tags.clone(),
        role_arn: deployment.role_arn.clone(),
        names_a_role: session.names.role.is_some(),
    }
}

/// Data loss must be accepted by name; anything else needs a yes, unless it is only this laptop's.
fn agree(
    arguments: &Arguments,
    session: &Session,
    deployment: &Deployment,
    console: &mut Console,
) -> Result<(), Stop> {
    let impossible = deployment.plan.obstacles().map(|(change, obstacle)| {
        let message = format!("AWS will refuse to change `{}`: {}", change.logical_id, obstacle.reason);
        Diagnostic::error(codes::PLAN_IMPOSSIBLE, message).help(&obstacle.help)
    });
    let mut refused: Vec<Diagnostic> = impossible.collect();
    let lost = deployment.plan.unaccepted(&arguments.accept).map(|change| {
        Diagnostic::error(
            codes::GUARD_DATA_LOSS,
            format!("`{}` loses data: {}", change.logical_id, change.why),
        )
        .help(format!("if that is meant, add `--accept data-loss:{}`", change.logical_id))
    });
    refused.extend(lost);
    if !refused.is_empty() {
        return Err(Stop::Failure(Failure {
            exit: Exit::Refused,
            diagnostics: refused,
            sources: Vec::new(),
        }));
    }
    if session.local || arguments.yes {
        return Ok(());
    }
    let question =
        format!("apply to {} in account {}, {}?", session.names.stack, session.account, session.region());
    ask::yes(&question, "--yes", console)
}

async fn follow(
    session: &Session,
    prepared: &Prepared,
    plan: &Plan,
    console: &mut Console,
) -> Result<apply::Outcome, Stop> {
    let json = console.format == Format::Json;
    // The local cloud reports every resource of an update, changed or not.
    let concerns = |event: &Event| match event {
        Event::Resource { logical_id, state, .. } if session.local && state == "UPDATE_COMPLETE" => {
            plan.changes.iter().any(|change| change.logical_id == *logical_id && change.action != Action::Add)
        }
        _ => true,
    };
    let activity = console.activity("stack");
    let mut broken = None;
    let mut tell = |event: Event| {
        if let Some(words) = event_activity(&event) {
            activity.update(&words);
        }
        if json {
            let line = event_json(&event, jiff::Timestamp::now());
            broken = broken.take().or(console.data(&line).err());
        } else if let Some(line) = event_line(&event).filter(|_| concerns(&event)) {
            activity.above(console, &line);
        }
    };
    let outcome = tokio::select! {
        outcome = execute(&session.clients, prepared, session.clock, &mut tell) => outcome,
        _ = tokio::signal::ctrl_c() => Err(interrupted(&session.names.stack)),
    };
    activity.clear();
    let outcome = outcome.map_err(|failure| gone(failure, session.local));
    if let (true, Err(Stop::Failure(failure))) = (json, &outcome)
        && let Some(first) = failure.diagnostics.first()
    {
        let event =
            Event::Failed { code: first.code.name, message: first.message.clone(), help: first.help.clone() };
        console.data(&event_json(&event, jiff::Timestamp::now()))?;
    }
    let outcome = outcome?;
    // A reader that went away does not undo what was done; it only hears no more.
    match broken {
        Some(error) => Err(Stop::Output(error)),
        None => Ok(outcome),
    }
}

fn interrupted(stack: &str) -> Failure {
    let diagnostic = Diagnostic::error(
        codes::STACK_STILL_RUNNING,
        format!("stopped following stack `{stack}`; the operation goes on at the server"),
    )
    .help("see how it ends with `pipectl status`, or run the same command again");
    Failure::new(Exit::Interrupted, diagnostic)
}

fn print_outputs<'a>(
    outputs: impl Iterator<Item = (&'a String, &'a String)>,
    console: &mut Console,
) -> Result<(), Stop> {
    Ok(console.data(&pairs(outputs.map(|(name, value)| (name.as_str(), crate::report::harmless(value)))))?)
}

fn next(arguments: &Arguments, local: bool, console: &mut Console) {
    let command = command_line("send", &arguments.spec, local, "--count 1000 --wait");
    console.note(&format!("\n  next: {command}"));
}
