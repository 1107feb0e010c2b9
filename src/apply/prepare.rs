use super::Clock;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::stack::{ChangeSet, ChangeSetRequest, ChangeSetStatus, Phase, Stack, StackApi};

/// What the state of a stack allows an apply to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is no stack, or only the shell a reviewed change set left.
    Absent,
    /// An update may follow.
    Present(Stack),
    /// A first creation failed; what is left of the stack has no resources and stands in the way.
    Remains(Stack),
}

/// Sorts a stack's state into what an apply can do with it.
///
/// # Errors
/// Exit 5 where an operation runs, exit 1 where the stack is stuck.
pub fn standing(stack: Option<Stack>) -> Result<Standing, Failure> {
    let Some(stack) = stack else { return Ok(Standing::Absent) };
    match stack.status.phase() {
        Phase::Reviewed | Phase::Deleted => Ok(Standing::Absent),
        Phase::Settled => Ok(Standing::Present(stack)),
        Phase::NeverCreated => Ok(Standing::Remains(stack)),
        Phase::Running => {
            let message = format!("stack `{}` is busy: `{}`", stack.name, stack.status);
            let diagnostic = Diagnostic::error(codes::STACK_BUSY, message)
                .help("wait until the running operation ends, then run the same command again");
            Err(Failure::new(Exit::Busy, diagnostic))
        }
        Phase::Stuck => {
            let reason = stack.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
            let message = format!("stack `{}` is stuck in `{}`{reason}", stack.name, stack.status);
            let help = match stack.status.as_str() {
                "CREATE_FAILED" | "ROLLBACK_FAILED" | "DELETE_FAILED" => {
                    "remove what is left with `pipectl destroy`, then run the same command again"
                }
                _ => "continue the rollback in the CloudFormation console, then run the same command again",
            };
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
    let id = api.create_change_set(&request).await?;
    let change_set = loop {
        let change_set = api.change_set(&id).await?;
        if change_set.status != ChangeSetStatus::Pending {
            break change_set;
        }
        tokio::time::sleep(clock.interval).await;
    };
    match &change_set.status {
        ChangeSetStatus::Ready => Ok(Some(Prepared { request, change_set })),
        ChangeSetStatus::Empty => {
            discard(api, &request, &id).await?;
            Ok(None)
        }
        ChangeSetStatus::Failed { reason } => {
            let failure = Failure::failed(
                codes::STACK_CHANGE_SET_FAILED,
                format!("CloudFormation refused the change set: {reason}"),
                "nothing was changed; mend the cause, then run the same command again",
            );
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
    api.delete_change_set(id).await?;
    // Only an empty shell: someone else may have created the stack in the meantime.
    let shell = request.creates
        && api.stack(&request.stack).await?.is_some_and(|stack| stack.status.phase() == Phase::Reviewed);
    if shell {
        api.delete_stack(&request.stack, &request.token, request.role_arn.as_deref()).await?;
    }
    Ok(())
}
