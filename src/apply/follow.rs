use std::collections::{BTreeMap, HashSet};

use tokio::time::Instant;

use super::{Clock, DeployEvent};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::stack::{CallError, CallErrorKind, Phase, Stack, StackApi, StackEvent, StackStatus};

/// Polls of the events for each poll of the stack itself.
const ASKED_EVERY: u32 = 5;
/// Events of one operation. A stack has 500 resources at most, each with a few events.
const MOST_EVENTS: usize = 50_000;

/// The stack to follow, and its newest event before the operation.
pub(super) struct Following<'a> {
    pub(super) stack: &'a str,
    pub(super) after: Option<String>,
    pub(super) clock: Clock,
}

/// Where the operation ended.
pub(super) struct End {
    /// `None`: the stack was deleted.
    pub(super) stack: Option<Stack>,
    pub(super) events: Vec<StackEvent>,
}

/// Reports each new event once, oldest first, until the stack has reached a final state.
pub(super) async fn follow<A: StackApi>(
    api: &A,
    following: Following<'_>,
    report: &mut dyn FnMut(DeployEvent),
) -> Result<End, Failure> {
    let Following { stack: name, mut after, clock } = following;
    let mut begun = BTreeMap::new();
    let mut events = Vec::new();
    // Pages may overlap while new events move older ones from one page to the next.
    let mut reported: HashSet<String> = after.iter().cloned().collect();
    let mut looks = 0_u32;
    // The stack's own events hold its state, too. The stack itself is described when they report a final state, after a
    // call without an answer, and every few polls.
    let mut doubtful = false;
    let mut silent_since: Option<Instant> = None;
    loop {
        // The state first: once an operation has ended, all of its events can be read.
        let asked = if doubtful || looks.is_multiple_of(ASKED_EVERY) {
            api.stack(name).await.map(Some)
        } else {
            Ok(None)
        };
        let look = match asked {
            Ok(asked) => api.events_after(name, after.as_deref()).await.map(|new| (asked, new)),
            Err(error) => Err(error),
        };
        match look {
            Ok((asked, mut new)) => {
                silent_since = None;
                new.retain(|event| reported.insert(event.id.clone()));
                for event in &new {
                    report(resource(event, &mut begun));
                }
                after = new.last().map(|event| event.id.clone()).or(after);
                let shows_end = new.iter().any(is_end);
                events.extend(new);
                if events.len() > MOST_EVENTS {
                    let message = format!(
                        "the operation has more than {MOST_EVENTS} events, more than any stack operation has"
                    );
                    let error =
                        CallError::new(CallErrorKind::Refused, "cloudformation:DescribeStackEvents", message);
                    return Err(lost(name, &error));
                }
                if let Some(stack) = asked {
                    if stack.as_ref().is_none_or(|stack| stack.status.phase() != Phase::Running) {
                        return Ok(End { stack, events });
                    }
                    doubtful = false;
                } else if shows_end {
                    doubtful = true;
                    continue;
                }
            }
            Err(error) if error.is_passing() => {
                let since = *silent_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= clock.patience {
                    return Err(lost(name, &error));
                }
                doubtful = true;
                report(DeployEvent::Waiting { reason: error.to_string() });
            }
            Err(error) => return Err(lost(name, &error)),
        }
        tokio::time::sleep(clock.pause(looks)).await;
        looks += 1;
    }
}

fn is_end(event: &StackEvent) -> bool {
    event.is_stack() && StackStatus::new(event.status.as_str()).phase() != Phase::Running
}

fn resource(event: &StackEvent, begun: &mut BTreeMap<String, i64>) -> DeployEvent {
    let seconds = if event.status.ends_with("_IN_PROGRESS") {
        begun.entry(event.logical_id.clone()).or_insert(event.at);
        None
    } else {
        // Times come from several machines, so a difference can be negative.
        begun.remove(&event.logical_id).map(|start| (event.at - start).max(0))
    };
    DeployEvent::Resource {
        logical_id: event.logical_id.clone(),
        resource_type: event.resource_type.clone(),
        state: event.status.clone(),
        reason: event.reason.clone(),
        seconds,
    }
}

fn lost(stack: &str, error: &CallError) -> Failure {
    // An operation does not continue in a local cloud that has stopped.
    if error.kind == CallErrorKind::LocalUnreachable {
        return error.clone().into();
    }
    let (code, first) = match error.kind {
        CallErrorKind::NoCredentials => (codes::AWS_NO_CREDENTIALS, "renew the credentials: "),
        _ => (codes::STACK_STILL_RUNNING, ""),
    };
    let message = format!("stack `{stack}` can no longer be followed: {error}");
    let help = format!("{first}the operation continues in AWS; run the same command to follow it again");
    Failure::new(Exit::Busy, Diagnostic::error(code, message).help(help))
}
