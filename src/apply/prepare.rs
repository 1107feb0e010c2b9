//! What a stack's state allows an apply to do, and the change set of it.

use super::Clock;
use super::advice::field;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::stack::{
    CallError, CallErrorKind, ChangeSet, ChangeSetRequest, ChangeSetStatus, Deletion, Phase, Stack, StackApi,
    ValidationFinding,
};

/// What the state of a stack allows an apply to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is no stack, or only the shell a reviewed change set left.
    Absent,
    /// An update may follow.
    Present(Stack),
    /// An operation runs: it must be followed to its end before another can begin.
    Running(Stack),
    /// A first creation failed; what is left of the stack has no resources and stands in the way.
    Remains(Stack),
}

/// Sorts a stack's state into what an apply can do with it.
///
/// # Errors
/// The stack is stuck (exit 1).
pub fn standing(stack: Option<Stack>) -> Result<Standing, Failure> {
    let Some(stack) = stack else { return Ok(Standing::Absent) };
    match stack.status.phase() {
        Phase::Reviewed | Phase::Deleted => Ok(Standing::Absent),
        Phase::Settled => Ok(Standing::Present(stack)),
        Phase::NeverCreated => Ok(Standing::Remains(stack)),
        Phase::Running => Ok(Standing::Running(stack)),
        Phase::Stuck => {
            let reason = stack.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
            let message = format!("stack `{}` is stuck in `{}`{reason}", stack.name, stack.status);
            let help = "run `pipectl recover` to unblock it, then run the same command again";
            Err(Failure::failed(codes::STACK_STUCK, message, help))
        }
    }
}

/// What an apply is asked to do.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub request: ChangeSetRequest,
    pub change_set: ChangeSet,
}

/// Makes the change set and waits until CloudFormation has looked at it. `None`: there is nothing to change, and
/// the change set is gone again.
///
/// # Errors
/// A refused change set, with the service's words; nothing is changed then, and no empty stack is left behind.
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
            // Not everyone may read them, and they are only the longer words.
            let findings = api.validation_findings(&id).await.unwrap_or_default();
            let failure = refused(reason, &findings);
            // The refusal is what the user must hear; a left-over change set is dropped by the next apply.
            let _ = discard(api, &request, &id).await;
            Err(failure)
        }
        ChangeSetStatus::Pending => Ok(None),
    }
}

/// Drops a prepared change set that shall not be executed.
///
/// # Errors
/// What the calls say.
pub async fn abandon<A: StackApi>(api: &A, prepared: &Prepared) -> Result<(), Failure> {
    discard(api, &prepared.request, &prepared.change_set.id).await
}

/// Deletes the change set and, where it was to create the stack, the empty stack made to hold it.
async fn discard<A: StackApi>(api: &A, request: &ChangeSetRequest, id: &str) -> Result<(), Failure> {
    match api.delete_change_set(&request.stack, id).await {
        Err(error) if error.kind == CallErrorKind::NotFound => {}
        deleted => deleted?,
    }
    // Only an empty shell: someone else may have created the stack in the meantime.
    let shell = request.creates
        && api.stack(&request.stack).await?.is_some_and(|stack| stack.status.phase() == Phase::Reviewed);
    if shell {
        let role = request.role_arn.as_deref();
        api.delete_stack(&request.stack, &request.token, role, &Deletion::default()).await?;
    }
    Ok(())
}

/// A change set that is gone, or a stack that is busy: another apply was faster, and CloudFormation dropped ours.
pub(super) fn outrun(stack: &str, error: CallError) -> Failure {
    if !matches!(error.kind, CallErrorKind::Busy | CallErrorKind::NotFound) {
        return error.into();
    }
    let message = format!("another operation on stack `{stack}` started first, so this one did not start");
    let help = "run the same command again: it follows the other operation to its end, then compares again";
    Failure::new(Exit::Busy, Diagnostic::error(codes::STACK_BUSY, message).help(help))
}

/// A refused change set: each finding of the service's validation where it tells them, else its one sentence.
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
            let place =
                (!finding.path.is_empty()).then(|| format!("at `{}` of the template; ", finding.path));
            diagnostic.help(place.unwrap_or_default() + HELP)
        })
        .collect();
    if diagnostics.is_empty() {
        diagnostics.push(whole.help(HELP));
    }
    Failure { exit: Exit::Failed, diagnostics, sources: Vec::new() }
}
