//! What a stack's state allows an apply to do, and the change set of it.

use super::Clock;
use super::advice::field;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::stack::{
    CallError, CallErrorKind, ChangeSet, ChangeSetRequest, ChangeSetStatus, Deletion, Phase, Stack, StackApi,
    ValidationFinding,
};

/// What an apply can do, by the state of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StackState {
    /// The stack does not exist, or is the empty one that a change set under review created.
    Absent,
    /// The stack can be updated.
    Present(Stack),
    /// An operation runs. It must be followed to its end before another can begin.
    Running(Stack),
    /// A first creation failed. The stack has no resources, and must be deleted before it can be created.
    Remains(Stack),
}

/// What an apply can do with a stack in this state.
///
/// # Errors
/// The stack is stuck (exit 1).
pub fn stack_state(stack: Option<Stack>) -> Result<StackState, Failure> {
    let Some(stack) = stack else { return Ok(StackState::Absent) };
    match stack.status.phase() {
        Phase::Reviewed | Phase::Deleted => Ok(StackState::Absent),
        Phase::Settled => Ok(StackState::Present(stack)),
        Phase::NeverCreated => Ok(StackState::Remains(stack)),
        Phase::Running => Ok(StackState::Running(stack)),
        Phase::Stuck => {
            let reason = stack.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
            let message = format!("stack `{}` is stuck in `{}`{reason}", stack.name, stack.status);
            let help = "run `pipectl recover` to unblock it, then run the same command again";
            Err(Failure::failed(codes::STACK_STUCK, message, help))
        }
    }
}

/// A change set, ready to be executed.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub request: ChangeSetRequest,
    pub change_set: ChangeSet,
}

/// Creates the change set and waits until CloudFormation has computed it. `None`: there is nothing to change, and the
/// change set was deleted.
///
/// # Errors
/// CloudFormation rejected the change set, with its reason. Nothing was changed then, and no empty stack remains.
pub async fn prepare<A: StackApi>(
    api: &A,
    request: ChangeSetRequest,
    clock: Clock,
) -> Result<Option<Prepared>, Failure> {
    let created = api.create_change_set(&request).await;
    let id = created.map_err(|error| outrun(&request.stack, error))?;
    let mut looks = 0;
    let change_set = loop {
        let look = api.change_set(&request.stack, &id).await;
        let change_set = look.map_err(|error| outrun(&request.stack, error))?;
        if change_set.status != ChangeSetStatus::Pending {
            break change_set;
        }
        tokio::time::sleep(clock.pause(looks)).await;
        looks += 1;
    };
    match &change_set.status {
        ChangeSetStatus::Ready => Ok(Some(Prepared { request, change_set })),
        ChangeSetStatus::Empty => {
            discard(api, &request, &id).await?;
            Ok(None)
        }
        ChangeSetStatus::Failed { reason } => {
            // Not every caller may read the findings, and they only add detail.
            let findings = api.validation_findings(&id).await.unwrap_or_default();
            let failure = refused(reason, &findings);
            // The rejection matters more than this error; the next apply deletes a remaining change set.
            let _ = discard(api, &request, &id).await;
            Err(failure)
        }
        ChangeSetStatus::Pending => Ok(None),
    }
}

/// Deletes a prepared change set that is not to be executed.
///
/// # Errors
/// A call to AWS failed.
pub async fn abandon<A: StackApi>(api: &A, prepared: &Prepared) -> Result<(), Failure> {
    discard(api, &prepared.request, &prepared.change_set.id).await
}

/// Deletes the change set and, if it was to create the stack, the empty stack that holds it.
async fn discard<A: StackApi>(api: &A, request: &ChangeSetRequest, id: &str) -> Result<(), Failure> {
    match api.delete_change_set(&request.stack, id).await {
        Err(error) if error.kind == CallErrorKind::NotFound => {}
        deleted => deleted?,
    }
    // Only an empty stack: another caller may have created the stack in the meantime.
    let shell = request.creates
        && api.stack(&request.stack).await?.is_some_and(|stack| stack.status.phase() == Phase::Reviewed);
    if shell {
        let role = request.role_arn.as_deref();
        api.delete_stack(&request.stack, &request.token, role, &Deletion::default()).await?;
    }
    Ok(())
}

/// The change set was deleted, or the stack is busy: another apply was faster, and CloudFormation deleted our change
/// set.
pub(super) fn outrun(stack: &str, error: CallError) -> Failure {
    if !matches!(error.kind, CallErrorKind::Busy | CallErrorKind::NotFound) {
        return error.into();
    }
    let message = format!("another operation on stack `{stack}` started first, so this one did not start");
    let help = "run the same command again: it follows the other operation to its end, then compares again";
    Failure::new(Exit::Busy, Diagnostic::error(codes::STACK_BUSY, message).help(help))
}

/// A rejected change set: each finding of the service's validation if it can be read, else the status reason.
fn refused(reason: &str, findings: &[ValidationFinding]) -> Failure {
    const HELP: &str = "nothing was changed; fix the cause, then run the same command again";
    let whole = Diagnostic::error(
        codes::STACK_CHANGE_SET_FAILED,
        format!("CloudFormation refused the change set: {reason}"),
    );
    let mut diagnostics: Vec<Diagnostic> = findings
        .iter()
        .map(|finding| {
            let message = format!("CloudFormation refuses `{}`: {}", finding.logical_id, finding.reason);
            let mut diagnostic = Diagnostic::error(codes::STACK_CHANGE_SET_FAILED, message);
            field(&finding.logical_id).unwrap_or_default().clone_into(&mut diagnostic.path);
            let location =
                (!finding.path.is_empty()).then(|| format!("at `{}` of the template; ", finding.path));
            diagnostic.help(location.unwrap_or_default() + HELP)
        })
        .collect();
    if diagnostics.is_empty() {
        diagnostics.push(whole.help(HELP));
    }
    Failure { exit: Exit::Failed, diagnostics, sources: Vec::new() }
}
