use super::event::{Event, Outcome};
use super::follow::{self, Following};
use super::operation::former_seconds;
use super::{Clock, Prepared, cause};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::stack::{CallError, CallErrorKind, StackApi};

/// Executes a prepared change set and follows it to its end.
///
/// # Errors
/// The first resource that failed, with its reason; or that the service went out of reach while the operation
/// runs on (exit 5).
pub async fn execute<A: StackApi>(
    api: &A,
    prepared: &Prepared,
    clock: Clock,
    tell: &mut dyn FnMut(Event),
) -> Result<Outcome, Failure> {
    let request = &prepared.request;
    let recent = api.recent_events(&request.stack).await?;
    api.execute_change_set(&prepared.change_set.id, &request.token, request.creates)
        .await
        .map_err(|error| refused(&request.stack, error))?;
    tell(Event::Started { stack: request.stack.clone(), former_seconds: former_seconds(&recent) });
    let before = recent.into_iter().next().map(|event| event.id);
    let following = Following { stack: &request.stack, after: before, clock };
    let end = follow::follow(api, following, tell).await?;
    let Some(stack) = end.stack else {
        return Err(Failure::failed(
            codes::STACK_MISSING,
            format!("stack `{}` disappeared while it was changed", request.stack),
            "someone deleted it at the same time; run the same command again",
        ));
    };
    if !stack.status.is_success() {
        return Err(cause::cause(&stack.name, &stack.status, &end.events));
    }
    let outcome = Outcome {
        stack: stack.name,
        result: if request.creates { "created" } else { "updated" },
        state: stack.status.to_string(),
        outputs: stack.outputs,
    };
    tell(Event::Outcome(outcome.clone()));
    Ok(outcome)
}

/// A change set that is gone, or a stack that is busy, by the time of its execution: another apply was faster, and
/// CloudFormation dropped ours.
fn refused(stack: &str, error: CallError) -> Failure {
    if !matches!(error.kind, CallErrorKind::Busy | CallErrorKind::NotFound) {
        return error.into();
    }
    let message = format!("another operation on stack `{stack}` was faster, so this one did not begin");
    let help = "run the same command again: it follows the other to its end, then compares anew";
    Failure::new(Exit::Busy, Diagnostic::error(codes::STACK_BUSY, message).help(help))
}
