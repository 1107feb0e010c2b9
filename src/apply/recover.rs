//! What gets a stack out of its state.

use super::event::DeployEvent;
use super::follow::{self, Following};
use super::{Clock, cause};
use crate::diagnostic::Failure;
use crate::stack::{Deletion, Phase, Stack, StackApi, StackEvent};

/// The operation that returns a stack to a usable state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// None is needed.
    None,
    /// An operation runs: wait for its end.
    Follow,
    /// The rollback of an update failed: continue it.
    ContinueRollback,
    /// An update failed and was not rolled back.
    Rollback,
    /// A first creation or a deletion failed: the stack can only be deleted.
    Delete,
    /// Only a change set was created and never executed: there are no resources.
    DropShell,
}

/// The remedy for each of CloudFormation's stack states.
#[must_use]
pub fn remedy(stack: &Stack) -> Remedy {
    match stack.status.as_str() {
        "UPDATE_ROLLBACK_FAILED" => Remedy::ContinueRollback,
        "UPDATE_FAILED" => Remedy::Rollback,
        "CREATE_FAILED"
        | "ROLLBACK_FAILED"
        | "ROLLBACK_COMPLETE"
        | "DELETE_FAILED"
        | "IMPORT_ROLLBACK_FAILED" => Remedy::Delete,
        "REVIEW_IN_PROGRESS" => Remedy::DropShell,
        _ if stack.status.phase() == Phase::Running => Remedy::Follow,
        _ => Remedy::None,
    }
}

/// A remedy for one stack, and what the user gives up for it.
#[derive(Debug, Clone)]
pub struct Recovery<'a> {
    pub stack: &'a Stack,
    pub remedy: Remedy,
    /// Resources to skip in the rollback: CloudFormation marks them as rolled back.
    pub skip: Vec<String>,
    /// How the stack is deleted, with the resources to retain.
    pub deletion: Deletion,
    pub token: String,
    pub role_arn: Option<&'a str>,
}

/// The newest failure of each resource that failed last, with the service's reason.
#[must_use]
pub fn failed_resources(newest_first: &[StackEvent]) -> Vec<&StackEvent> {
    let mut failed: Vec<&StackEvent> = Vec::new();
    for event in newest_first.iter().filter(|event| !event.is_stack()) {
        let is_known = failed.iter().any(|known| known.logical_id == event.logical_id);
        if event.is_failure() && !event.is_consequence() && !is_known {
            failed.push(event);
        }
    }
    failed
}

/// Executes the remedy and follows it to its end. `None`: the stack was deleted.
///
/// # Errors
/// A call to AWS failed, or the stack did not reach a stable state, with the resource that failed first.
pub async fn recover<A: StackApi>(
    api: &A,
    recovery: &Recovery<'_>,
    clock: Clock,
    report: &mut dyn FnMut(DeployEvent),
) -> Result<Option<Stack>, Failure> {
    let Recovery { stack, remedy, skip, deletion, token, role_arn } = recovery;
    let role_arn = *role_arn;
    let before = api.newest_event(&stack.id).await?;
    match remedy {
        Remedy::None => return Ok(Some((*stack).clone())),
        Remedy::Follow => {}
        Remedy::ContinueRollback => {
            api.continue_update_rollback(&stack.name, skip, token, role_arn).await?;
        }
        Remedy::Rollback => api.rollback_stack(&stack.name, token, role_arn).await?,
        Remedy::Delete | Remedy::DropShell => {
            api.delete_stack(&stack.name, token, role_arn, deletion).await?;
        }
    }
    report(DeployEvent::Started { stack: stack.name.clone(), former_seconds: None });
    // By id: a deleted stack cannot be described by name.
    let end = follow::follow(api, Following { stack: &stack.id, after: before, clock }, report).await?;
    let ended = end.stack.filter(|stack| stack.status.phase() != Phase::Deleted);
    if let Some(stuck) = ended.as_ref().filter(|stack| stack.status.phase() == Phase::Stuck) {
        return Err(cause::cause(&stuck.name, &stuck.status, &end.events));
    }
    Ok(ended)
}
