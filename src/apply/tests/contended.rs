//! A stack in every state, with other callers that change it at the same time.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::scripted::{CLOCK, Script, event, prepared, request, stack};
use crate::apply::{DeployEvent, StackState, attach, execute, operation, prepare, stack_state};
use crate::diagnostic::Exit;
use crate::stack::{CallErrorKind, ChangeSetStatus, StackEvent, ValidationFinding};

/// What an apply does in each state of a stack (every StackStatus of the service model).
#[test]
fn every_state_of_a_stack_leads_somewhere() {
    const RUNNING: [&str; 10] = [
        "CREATE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "DELETE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "IMPORT_IN_PROGRESS",
        "IMPORT_ROLLBACK_IN_PROGRESS",
        "SOMETHING_NEW_IN_PROGRESS",
    ];
    const PRESENT: [&str; 5] = [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    ];
    const STUCK: [&str; 6] = [
        "CREATE_FAILED",
        "ROLLBACK_FAILED",
        "DELETE_FAILED",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_FAILED",
        "IMPORT_ROLLBACK_FAILED",
    ];
    let at = |status| stack_state(stack(status).expect("a stack"));
    assert_eq!(stack_state(None), Ok(StackState::Absent));
    for status in ["REVIEW_IN_PROGRESS", "DELETE_COMPLETE"] {
        assert_eq!(at(status), Ok(StackState::Absent), "{status}");
    }
    for status in RUNNING {
        assert!(matches!(at(status), Ok(StackState::Running(_))), "{status}");
    }
    for status in PRESENT {
        assert!(matches!(at(status), Ok(StackState::Present(_))), "{status}");
    }
    assert!(matches!(at("ROLLBACK_COMPLETE"), Ok(StackState::Remains(_))));
    for status in STUCK {
        let failure = at(status).expect_err("stuck");
        assert_eq!(
            (failure.exit, failure.diagnostics[0].code.name),
            (Exit::Failed, "stack::stuck"),
            "{status}"
        );
        assert!(failure.diagnostics[0].help.as_ref().is_some_and(|help| help.contains("pipectl recover")));
    }
}

fn stack_event(number: u32, status: &str) -> StackEvent {
    let token = Some("pipectl-apply-ada-1-0".to_owned());
    StackEvent {
        resource_type: "AWS::CloudFormation::Stack".to_owned(),
        token,
        ..event(number, "pipeline", status, None)
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_of_another_is_followed_from_its_beginning_to_its_end() {
    let recent = vec![
        event(3, "Queue", "UPDATE_FAILED", Some("no")),
        stack_event(2, "UPDATE_IN_PROGRESS"),
        stack_event(1, "CREATE_COMPLETE"),
    ];
    let script = Script {
        stacks: RefCell::new(VecDeque::from([
            stack("UPDATE_ROLLBACK_IN_PROGRESS"),
            stack("UPDATE_ROLLBACK_COMPLETE"),
        ])),
        events: recent.iter().rev().cloned().collect(),
        recent,
        ..Script::default()
    };
    let Ok(Some(running)) = stack("UPDATE_IN_PROGRESS") else { panic!("a stack") };
    let found = operation(&script.recent);
    let mut observed = Vec::new();
    let ended = attach(&script, &running, found.as_ref(), CLOCK, &mut |event| observed.push(event)).await;
    let ended = ended.expect("an end").expect("a stack");
    assert_eq!(ended.status.as_str(), "UPDATE_ROLLBACK_COMPLETE");
    let resources = observed.iter().filter(|event| matches!(event, DeployEvent::Resource { .. })).count();
    assert_eq!(resources, 2, "what was before the operation is not told");
    assert!(
        observed
            .iter()
            .any(|event| matches!(event, DeployEvent::OtherFailed { reason } if reason.contains("`Queue`")))
    );
    assert!(script.calls.borrow().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_slower_of_two_applies_is_asked_to_run_again() {
    for kind in [CallErrorKind::Busy, CallErrorKind::NotFound] {
        let script = Script { refuses: Some(kind), ..Script::default() };
        let failure = execute(&script, &prepared(false), CLOCK, &mut |_| {}).await.expect_err("a refusal");
        assert_eq!((failure.exit, failure.diagnostics[0].code.name), (Exit::Busy, "stack::busy"));
    }
}

#[tokio::test(start_paused = true)]
async fn validation_failures_of_the_service_name_resource_and_field() {
    let finding = ValidationFinding {
        logical_id: "EventsTable".to_owned(),
        path: "/Resources/EventsTable/Properties/TableName".to_owned(),
        reason: "a table of this name exists".to_owned(),
    };
    for findings in [None, Some(vec![finding])] {
        let script = Script {
            stacks: RefCell::new(VecDeque::from([stack("CREATE_COMPLETE")])),
            change_sets: RefCell::new(VecDeque::from([ChangeSetStatus::Failed {
                reason: "validation failed".to_owned(),
            }])),
            findings: findings.clone(),
            ..Script::default()
        };
        let failure = prepare(&script, request(false), CLOCK).await.expect_err("a refusal");
        let diagnostic = &failure.diagnostics[0];
        match findings {
            None => assert!(diagnostic.message.ends_with("validation failed")),
            Some(_) => {
                assert_eq!(
                    diagnostic.message,
                    "CloudFormation refuses `EventsTable`: a table of this name exists"
                );
                assert_eq!(diagnostic.path, "/table");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn five_thousand_events_in_overlapping_pages_are_reported_once_each() {
    let events: Vec<StackEvent> = (1..=5_000)
        .flat_map(|number| {
            let event = event(number, &format!("R{number}"), "CREATE_COMPLETE", None);
            if number % 10 == 0 { vec![event.clone(), event] } else { vec![event] }
        })
        .collect();
    let script = Script {
        stacks: RefCell::new(VecDeque::from([stack("CREATE_IN_PROGRESS"), stack("CREATE_COMPLETE")])),
        events,
        ..Script::default()
    };
    let mut count = 0;
    execute(&script, &prepared(true), CLOCK, &mut |event| {
        count += usize::from(matches!(event, DeployEvent::Resource { .. }))
    })
    .await
    .expect("a success");
    assert_eq!(count, 5_000);
}
