use super::event::{DeployEvent, DeployOutcome};
use super::follow::{self, Following};
use super::{Clock, cause};
use crate::diagnostic::{Failure, codes};
use crate::stack::{Deletion, Stack, StackApi};

/// The result of a destroy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    pub outcome: DeployOutcome,
    /// Logical id, type and name of each resource that is retained.
    pub retained: Vec<(String, String, String)>,
}

/// Deletes the stack and follows the deletion to its end.
///
/// # Errors
/// A resource could not be deleted; the stack is then in `DELETE_FAILED`.
pub async fn destroy<A: StackApi>(
    api: &A,
    stack: &Stack,
    token: &str,
    role_arn: Option<&str>,
    clock: Clock,
    report: &mut dyn FnMut(DeployEvent),
) -> Result<Destroyed, Failure> {
    let before = api.newest_event(&stack.id).await?;
    api.delete_stack(&stack.name, token, role_arn, &Deletion::default()).await?;
    report(DeployEvent::Started { stack: stack.name.clone(), former_seconds: None });
    // By id: a deleted stack cannot be described by name.
    let following = Following { stack: &stack.id, after: before, clock };
    let end = follow::follow(api, following, report).await?;
    let state = end.stack.as_ref().map_or("DELETE_COMPLETE", |stack| stack.status.as_str()).to_owned();
    if state != "DELETE_COMPLETE" {
        return Err(match &end.stack {
            Some(stack) => cause::cause(&stack.name, &stack.status, &end.events),
            None => {
                Failure::failed(codes::STACK_OPERATION_FAILED, "the stack cannot be deleted", "run it again")
            }
        });
    }
    let retained = end
        .events
        .iter()
        .filter(|event| event.status == "DELETE_SKIPPED")
        .map(|event| (event.logical_id.clone(), event.resource_type.clone(), event.physical_id.clone()))
        .collect();
    let outcome =
        DeployOutcome { stack: stack.name.clone(), result: "destroyed", state, outputs: Default::default() };
    report(DeployEvent::Outcome(outcome.clone()));
    Ok(Destroyed { outcome, retained })
}
