//! A running operation, as its stack's events show it.

use super::event::DeployEvent;
use super::follow::{self, Following};
use super::{Clock, cause};
use crate::diagnostic::Failure;
use crate::stack::{Stack, StackApi, StackEvent};

/// A running operation, as far as the stack's events show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Seconds since the epoch, by the service's clock.
    pub since: i64,
    /// The client request token of the call that began it. pipectl's tokens name the command and the user.
    pub token: Option<String>,
    /// The newest event before the operation.
    before: Option<String>,
}

/// The newest operation among a stack's recent events.
#[must_use]
pub fn operation(newest_first: &[StackEvent]) -> Option<Operation> {
    let index = newest_first.iter().position(begins)?;
    let begun = &newest_first[index];
    Some(Operation {
        since: begun.at,
        token: begun.token.clone(),
        before: newest_first.get(index + 1).map(|event| event.id.clone()),
    })
}

/// Duration in seconds of the newest finished update, as an estimate for the next one.
#[must_use]
pub(super) fn former_seconds(newest_first: &[StackEvent]) -> Option<u64> {
    let end = newest_first.iter().position(|event| event.is_stack() && event.status == "UPDATE_COMPLETE")?;
    let begin = newest_first[end..].iter().find(|event| begins(event))?;
    u64::try_from(newest_first[end].at - begin.at).ok()
}

fn begins(event: &StackEvent) -> bool {
    let operations = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"];
    event.is_stack() && operations.contains(&event.status.as_str())
}

/// Follows an operation that another caller began, to its end. `None`: the stack was deleted.
///
/// # Errors
/// The service became unreachable while the operation continues (exit 5). A failure of the other operation is reported
/// as an event, not as an error.
pub async fn attach<A: StackApi>(
    api: &A,
    stack: &Stack,
    operation: Option<&Operation>,
    clock: Clock,
    report: &mut dyn FnMut(DeployEvent),
) -> Result<Option<Stack>, Failure> {
    let after = match operation {
        Some(operation) => operation.before.clone(),
        None => api.newest_event(&stack.id).await?,
    };
    let end = follow::follow(api, Following { stack: &stack.id, after, clock }, report).await?;
    if let Some(ended) = end.stack.as_ref().filter(|ended| !ended.status.is_success()) {
        for diagnostic in cause::cause(&ended.name, &ended.status, &end.events).diagnostics {
            report(DeployEvent::OtherFailed { reason: diagnostic.message });
        }
    }
    Ok(end.stack)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, at: i64, resource_type: &str, status: &str) -> StackEvent {
        StackEvent {
            id: id.to_owned(),
            at,
            logical_id: "pipeline".to_owned(),
            physical_id: String::new(),
            resource_type: resource_type.to_owned(),
            status: status.to_owned(),
            reason: None,
            token: Some(format!("token-{id}")),
        }
    }

    #[test]
    fn the_newest_operation_and_the_time_of_the_last_finished_one() {
        const STACK: &str = "AWS::CloudFormation::Stack";
        let events = [
            event("6", 200, "AWS::SQS::Queue", "UPDATE_IN_PROGRESS"),
            event("5", 190, STACK, "UPDATE_IN_PROGRESS"),
            event("4", 90, STACK, "UPDATE_COMPLETE"),
            event("3", 80, STACK, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
            event("2", 50, STACK, "UPDATE_IN_PROGRESS"),
            event("1", 10, STACK, "CREATE_COMPLETE"),
        ];
        let found = operation(&events).expect("an operation");
        assert_eq!(
            (found.since, found.token.as_deref(), found.before.as_deref()),
            (190, Some("token-5"), Some("4"))
        );
        assert_eq!(former_seconds(&events), Some(40));
        assert_eq!((operation(&[]), former_seconds(&events[5..])), (None, None));
    }
}
