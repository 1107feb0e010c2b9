use super::event::{DeployEvent, DeployOutcome};
use super::follow::{self, Following};
use super::operation::former_seconds;
use super::prepare::outrun;
use super::{Clock, Prepared, cause};
use crate::diagnostic::{Failure, codes};
use crate::stack::{ChangeAction, StackApi};

/// Executes a prepared change set and follows it to its end.
///
/// # Errors
/// The first resource that failed, with its reason; or that the service became unreachable while the operation
/// continues (exit 5).
pub async fn execute<A: StackApi>(
    api: &A,
    prepared: &Prepared,
    clock: Clock,
    report: &mut dyn FnMut(DeployEvent),
) -> Result<DeployOutcome, Failure> {
    let request = &prepared.request;
    let recent = api.recent_events(&request.stack).await?;
    // Imported resources hold data, even if the operation fails.
    let adopts = prepared.change_set.changes.iter().any(|change| change.action == ChangeAction::Import);
    let creates = request.creates && request.imports.is_empty() && !adopts && !request.keeps_on_failure;
    api.execute_change_set(&request.stack, &prepared.change_set.id, &request.token, creates)
        .await
        .map_err(|error| outrun(&request.stack, error))?;
    report(DeployEvent::Started { stack: request.stack.clone(), former_seconds: former_seconds(&recent) });
    let before = recent.into_iter().next().map(|event| event.id);
    let following = Following { stack: &request.stack, after: before, clock };
    let end = follow::follow(api, following, report).await?;
    let Some(stack) = end.stack else {
        return Err(Failure::failed(
            codes::STACK_MISSING,
            format!("stack `{}` was deleted while it was being changed", request.stack),
            "someone else deleted it; run the same command again",
        ));
    };
    if !stack.status.is_success() {
        return Err(cause::cause(&stack.name, &stack.status, &end.events));
    }
    let outcome = DeployOutcome {
        stack: stack.name,
        result: match request.creates {
            _ if !request.imports.is_empty() => "imported",
            true => "created",
            false => "updated",
        },
        state: stack.status.to_string(),
        outputs: stack.outputs,
    };
    report(DeployEvent::Outcome(outcome.clone()));
    Ok(outcome)
}
