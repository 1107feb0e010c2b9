use std::collections::BTreeMap;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::command_line::command_line;
use super::deployment::{Deployment, package_processor};
use super::follower::Follower;
use super::session::{self, Session};
use super::stage::Stage;
use super::{Global, Outcome, Stop, adopt, ask, bridge, kept, many, record, saved, spec};
use crate::apply::{self, Event, Standing, attach, operation};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::plan::StackAction;
use crate::report::{Console, Format, event_json, pairs};
use crate::stack::{Phase, Stack, StackApi as _};

/// Make the pipeline what its spec says: build, upload, show the changes, ask, execute and follow.
#[derive(Debug, Clone, Args)]
pub(crate) struct Arguments {
    /// The spec, or a plan saved with `pipectl plan --out`; several are applied side by side.
    #[arg(required = true, value_name = "SPEC")]
    pub(super) specs: Vec<Utf8PathBuf>,
    /// Answer the ordinary question with yes. `--local` never asks.
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Accept the loss of what a resource holds, by its logical id, such as `data-loss:EventsTable`.
    #[arg(long, value_name = "data-loss:LOGICAL_ID", value_parser = data_loss)]
    pub(super) accept: Vec<String>,
    /// Let CloudFormation end once everything is configured, without waiting until it is ready. Not in production.
    #[arg(long)]
    pub(super) express: bool,
    /// Take the table, the queues, the bus and the archive over from a stack of other making, with all that is in them:
    /// it is told to retain them and deleted, then the spec's stack imports them. Their names must be the spec's.
    #[arg(long, value_name = "STACK")]
    pub(super) adopt: Option<String>,
    /// With several specs: begin no other once one has failed.
    #[arg(long)]
    pub(super) fail_fast: bool,
}

impl Arguments {
    /// What an apply would be given for this.
    pub(super) fn of(spec: &Utf8Path, yes: bool, accept: &[String]) -> Self {
        Self {
            specs: vec![spec.to_owned()],
            yes,
            accept: accept.to_vec(),
            express: false,
            adopt: None,
            fail_fast: false,
        }
    }

    fn spec(&self) -> &Utf8Path {
        &self.specs[0]
    }
}

/// `data-loss:EventsTable` → `EventsTable`.
pub(super) fn data_loss(text: &str) -> Result<String, String> {
    match text.strip_prefix("data-loss:") {
        Some(id) if !id.is_empty() => Ok(id.to_owned()),
        _ => Err("write `data-loss:` and the resource's logical id".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    if arguments.specs.len() > 1 {
        refuse_adoption(arguments)?;
        return many::run(arguments, global, console);
    }
    session::run(global, async {
        let begun = Instant::now();
        if let Some(saved) = saved::read(arguments.spec())? {
            refuse_adoption(arguments)?;
            let mut arguments = arguments.clone();
            arguments.specs = vec![Utf8PathBuf::from(&saved.spec_path)];
            arguments.accept.extend(saved.accepted().cloned());
            let (session, deployment) = saved.open(global, console).await?;
            return apply(&arguments, &session, deployment, begun, console).await;
        }
        let checked = spec::load(arguments.spec(), console)?;
        let session = Session::open(global, checked.spec(), console).await?;
        let artifact = package_processor(checked.spec(), session.local, console)?;
        let mut arguments = arguments.clone();
        if let Some(former) = arguments.adopt.take() {
            adopt::take_over(&former, &arguments, &session, &checked, console).await?;
            // What it changes of what was taken over was shown and agreed to with the takeover.
            arguments.yes = true;
        }
        let stack = rest(&session, console).await?;
        let deployment = Deployment::work_out(&session, &checked, artifact, stack).await?;
        let applied = apply(&arguments, &session, deployment, begun, console).await;
        applied.map_err(|stop| spec::placed(stop, &checked))
    })
}

/// What another stack has goes to one spec, and no saved plan knows of it.
fn refuse_adoption(arguments: &Arguments) -> Result<(), Stop> {
    if arguments.adopt.is_none() {
        return Ok(());
    }
    Err(Stop::Failure(Failure::refused(
        codes::ADOPT_UNFIT,
        "`--adopt` is for one spec, and not for a saved plan",
        "run `pipectl apply SPEC --adopt STACK` for the spec whose names the resources have",
    )))
}

/// Shows, asks, executes, follows, and sees to what lies beside the stack.
pub(super) async fn apply(
    arguments: &Arguments,
    session: &Session,
    mut deployment: Deployment,
    begun: Instant,
    console: &mut Console,
) -> Outcome {
    if arguments.express && deployment.production {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_PRODUCTION,
            "express mode does not wait until resources are ready, and the spec says `deploy.production: true`",
            "leave out `--express`",
        )));
    }
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
    let mut stage = Stage { arguments, session, deployment: &mut deployment };
    let Some(outcome) = stage.run(console).await? else {
        return unchanged(arguments, session, &deployment, console).await;
    };
    bridge::build(session, &deployment.bridges, console).await?;
    bridge::retire(&deployment.former, &deployment.bridges, session).await?;
    if deployment.production {
        session.clients.protect_from_termination(&session.names.stack, true).await.map_err(Failure::from)?;
    }
    kept::keep(session, &deployment.desired, console);
    record::keep(session, arguments.spec().as_str(), &deployment, outcome.result, console).await;
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
    apply::destroy(&session.clients, stack, &token, None, session.clock, &mut |_| {}).await?;
    Ok(())
}

/// The stack at rest: an operation that runs, whoever began it, is followed to its end first.
async fn rest(session: &Session, console: &mut Console) -> Result<Option<Stack>, Stop> {
    let stack = session.stack().await?;
    let Some(running) = stack.as_ref().filter(|stack| stack.status.phase() == Phase::Running) else {
        return Ok(stack);
    };
    let operation = operation(&session.clients.recent_events(&running.id).await?);
    let attached = Event::Attached {
        stack: running.name.clone(),
        state: running.status.to_string(),
        begun_by: operation.as_ref().and_then(|operation| operation.token.clone()),
    };
    let follower = Follower::new(BTreeMap::new(), console);
    follower.tell(&attached);
    let mut tell = |event| follower.tell(&event);
    let attaching = attach(&session.clients, running, operation.as_ref(), session.clock, &mut tell);
    let ended = follower.wait(attaching).await;
    follower.end()?;
    let ended = ended.unwrap_or_else(|| Err(interrupted(&running.name)));
    let ended = ended?;
    // By id a deleted stack is still found.
    Ok(ended.filter(|stack| stack.status.phase() != Phase::Deleted))
}

async fn upload(session: &Session, deployment: &Deployment, console: &mut Console) -> Result<(), Stop> {
    let activity = console.activity("artifact");
    let artifact = &deployment.artifact;
    let uploaded =
        session.clients.upload_artifact(&session.account, &artifact.key, artifact.zip.clone()).await;
    let uploaded = uploaded?;
    let bucket = session.clients.artifact_bucket(&session.account);
    let words = if uploaded { format!("uploaded to {bucket}") } else { format!("is in {bucket} already") };
    console.finish(activity, &words);
    warn_of_lost_former(session, deployment, console).await;
    Ok(())
}

/// A failed update goes back to the former zip, if that is still there. It is only told: to refuse would keep a
/// broken processor in place.
async fn warn_of_lost_former(session: &Session, deployment: &Deployment, console: &mut Console) {
    let Standing::Present(stack) = &deployment.standing else { return };
    let Some(key) = stack.parameters.get("ArtifactKey").filter(|key| **key != deployment.artifact.key) else {
        return;
    };
    if session.clients.has_artifact(&session.account, key).await == Ok(false) {
        console.complain(&format!(
            "  warning       the former zip `{}` is gone: should this update fail, it cannot be rolled back by itself",
            crate::report::harmless(key)
        ));
    }
}

pub(super) fn interrupted(stack: &str) -> Failure {
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
    let command = command_line("send", arguments.spec(), local, "--count 1000 --wait");
    console.note(&format!("\n  next: {command}"));
}
