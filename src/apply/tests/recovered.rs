//! The remedy for every state of a stack.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::scripted::{CLOCK, Script, event, stack};
use crate::apply::{Recovery, Remedy, failed_resources, recover, remedy};
use crate::diagnostic::Exit;
use crate::stack::{Deletion, Stack};

/// Every StackStatus of the service model, its remedy, and the call that is made.
const STATES: [(&str, Remedy, Option<&str>); 23] = [
    ("CREATE_COMPLETE", Remedy::None, None),
    ("CREATE_FAILED", Remedy::Delete, Some("delete stack")),
    ("CREATE_IN_PROGRESS", Remedy::Follow, None),
    ("DELETE_COMPLETE", Remedy::None, None),
    ("DELETE_FAILED", Remedy::Delete, Some("delete stack")),
    ("DELETE_IN_PROGRESS", Remedy::Follow, None),
    ("IMPORT_COMPLETE", Remedy::None, None),
    ("IMPORT_IN_PROGRESS", Remedy::Follow, None),
    ("IMPORT_ROLLBACK_COMPLETE", Remedy::None, None),
    ("IMPORT_ROLLBACK_FAILED", Remedy::Delete, Some("delete stack")),
    ("IMPORT_ROLLBACK_IN_PROGRESS", Remedy::Follow, None),
    ("REVIEW_IN_PROGRESS", Remedy::DropShell, Some("delete stack")),
    ("ROLLBACK_COMPLETE", Remedy::Delete, Some("delete stack")),
    ("ROLLBACK_FAILED", Remedy::Delete, Some("delete stack")),
    ("ROLLBACK_IN_PROGRESS", Remedy::Follow, None),
    ("UPDATE_COMPLETE", Remedy::None, None),
    ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Remedy::Follow, None),
    ("UPDATE_FAILED", Remedy::Rollback, Some("roll back")),
    ("UPDATE_IN_PROGRESS", Remedy::Follow, None),
    ("UPDATE_ROLLBACK_COMPLETE", Remedy::None, None),
    ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Remedy::Follow, None),
    ("UPDATE_ROLLBACK_FAILED", Remedy::ContinueRollback, Some("continue rollback")),
    ("UPDATE_ROLLBACK_IN_PROGRESS", Remedy::Follow, None),
];

fn in_state(status: &str) -> Stack {
    stack(status).expect("an answer").expect("a stack")
}

fn script(states: &[&str]) -> Script {
    Script { stacks: RefCell::new(states.iter().map(|state| stack(state)).collect()), ..Script::default() }
}

fn recovery(stack: &Stack) -> Recovery<'_> {
    Recovery {
        stack,
        remedy: remedy(stack),
        skip: Vec::new(),
        deletion: Deletion::default(),
        token: "token".to_owned(),
        role_arn: None,
    }
}

#[tokio::test(start_paused = true)]
async fn every_state_has_its_remedy_and_one_call_at_most() {
    for (status, expected, call) in STATES {
        let found = in_state(status);
        assert_eq!(remedy(&found), expected, "{status}");
        let script = script(&["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]);
        let ended = recover(&script, &recovery(&found), CLOCK, &mut |_| {}).await.expect("an end");
        let expected_status = if expected == Remedy::None { status } else { "UPDATE_ROLLBACK_COMPLETE" };
        assert_eq!(ended.map(|stack| stack.status.to_string()).as_deref(), Some(expected_status));
        assert_eq!(
            script.calls.borrow().iter().map(String::as_str).collect::<Vec<_>>(),
            Vec::from_iter(call)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_is_named_in_the_call() {
    let found = in_state("UPDATE_ROLLBACK_FAILED");
    let rolls_back = script(&["UPDATE_ROLLBACK_COMPLETE"]);
    let given_up = Recovery { skip: vec!["Dashboard".to_owned()], ..recovery(&found) };
    recover(&rolls_back, &given_up, CLOCK, &mut |_| {}).await.expect("an end");
    assert_eq!(*rolls_back.calls.borrow(), ["continue rollback but Dashboard"]);

    let found = in_state("DELETE_FAILED");
    let api = script(&["DELETE_COMPLETE"]);
    let deletion = Deletion { retain: vec!["Queue".to_owned()], force: false };
    let given_up = Recovery { deletion, ..recovery(&found) };
    assert!(recover(&api, &given_up, CLOCK, &mut |_| {}).await.expect("an end").is_none());
    assert_eq!(*api.calls.borrow(), ["delete stack but Queue"]);
}

#[tokio::test(start_paused = true)]
async fn a_remedy_that_fails_names_the_resource() {
    let found = in_state("UPDATE_ROLLBACK_FAILED");
    let script = Script {
        stacks: RefCell::new(VecDeque::from([
            stack("UPDATE_ROLLBACK_IN_PROGRESS"),
            stack("UPDATE_ROLLBACK_FAILED"),
        ])),
        events: vec![event(1, "Queue", "UPDATE_FAILED", Some("someone deleted it"))],
        ..Script::default()
    };
    let failure = recover(&script, &recovery(&found), CLOCK, &mut |_| {}).await.expect_err("a failure");
    assert_eq!(failure.exit, Exit::Failed);
    assert!(failure.diagnostics[0].message.ends_with("someone deleted it"));
}

#[test]
fn each_failed_resource_is_reported_once_with_its_newest_reason() {
    let events = [
        event(4, "Queue", "UPDATE_FAILED", Some("newest")),
        event(3, "Bus", "UPDATE_FAILED", Some("Resource update cancelled")),
        event(2, "Queue", "UPDATE_FAILED", Some("older")),
        event(1, "Rule", "UPDATE_COMPLETE", None),
    ];
    let failed: Vec<_> = failed_resources(&events).iter().map(|event| event.reason.as_deref()).collect();
    assert_eq!(failed, [Some("newest")]);
}
