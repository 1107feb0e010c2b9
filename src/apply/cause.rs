//! The first cause of a failed operation.

use super::advice::{advice, field, reason};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::stack::{StackEvent, StackStatus};

/// The failure of an operation: the first resource that failed by itself, the advice for it, and the final state of the
/// stack.
pub(super) fn cause(stack: &str, status: &StackStatus, events: &[StackEvent]) -> Failure {
    let own = |event: &&StackEvent| event.is_failure() && !event.is_consequence();
    let first = events.iter().filter(own).find(|event| !event.is_stack()).or_else(|| events.iter().find(own));
    let message = match first {
        Some(event) => {
            format!("`{}` ({}) failed first: {}", event.logical_id, event.resource_type, reason(event))
        }
        None => format!("the operation on stack `{stack}` did not succeed and no resource says why"),
    };
    let ended = match status.as_str() {
        "ROLLBACK_COMPLETE" => {
            "the created resources are deleted again; fix the cause, then run the same command"
        }
        "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" => {
            "the stack was rolled back to its former version; fix the cause, then run the same command"
        }
        _ => "fix the cause, then run `pipectl recover` to unblock the stack",
    };
    let ended = format!("stack `{stack}` is in state `{status}`: {ended}");
    let help = first.and_then(advice).map_or_else(|| ended.clone(), |advice| format!("{advice}; {ended}"));
    let mut diagnostic = Diagnostic::error(codes::STACK_OPERATION_FAILED, message).help(help);
    first.and_then(|event| field(&event.logical_id)).unwrap_or_default().clone_into(&mut diagnostic.path);
    Failure::new(Exit::Failed, diagnostic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(logical_id: &str, status: &str, reason: &str) -> StackEvent {
        StackEvent {
            id: logical_id.to_owned(),
            at: 0,
            logical_id: logical_id.to_owned(),
            physical_id: String::new(),
            resource_type: "AWS::SQS::Queue".to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            token: None,
        }
    }

    #[test]
    fn the_first_failure_is_named_and_what_was_cancelled_is_not() {
        let events = [
            event("Alarm", "CREATE_FAILED", "Resource creation cancelled"),
            event("Queue", "CREATE_FAILED", "name taken"),
            event("Bus", "CREATE_FAILED", "later"),
        ];
        let failure = cause("s", &StackStatus::new("ROLLBACK_COMPLETE"), &events);
        assert_eq!(failure.diagnostics[0].message, "`Queue` (AWS::SQS::Queue) failed first: name taken");
        assert_eq!(failure.diagnostics[0].path, "/queue");
    }
}
