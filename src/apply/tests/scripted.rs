//! A scripted CloudFormation for what a real one cannot be made to show: throttling, no answer, a stack that changes
//! during an operation.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::apply::{Clock, DeployEvent, Prepared, abandon, destroy, execute, prepare};
use crate::diagnostic::Exit;
use crate::stack::{
    CallError, CallErrorKind, ChangeSet, ChangeSetRequest, ChangeSetStatus, Deletion, DetectedDrift,
    DriftApi, DriftDetection, Mapping, Stack, StackApi, StackEvent, StackResource, StackStatus,
    TemplateSource, ValidationFinding,
};

#[derive(Default)]
pub(super) struct Script {
    /// Answers to describing the stack, one after another; the last one is repeated.
    pub(super) stacks: RefCell<VecDeque<Result<Option<Stack>, CallError>>>,
    pub(super) change_sets: RefCell<VecDeque<ChangeSetStatus>>,
    pub(super) events: Vec<StackEvent>,
    /// The events from before the operation, newest first.
    pub(super) recent: Vec<StackEvent>,
    /// The error of an execution, if it fails.
    pub(super) refuses: Option<CallErrorKind>,
    /// `None`: the caller may not read them.
    pub(super) findings: Option<Vec<ValidationFinding>>,
    pub(super) resources: Vec<StackResource>,
    pub(super) drift_detections: RefCell<VecDeque<Result<DriftDetection, CallError>>>,
    pub(super) drifts: Vec<DetectedDrift>,
    pub(super) mapping: Option<Mapping>,
    pub(super) alarms: Vec<String>,
    /// The calls that change something.
    pub(super) calls: RefCell<Vec<String>>,
}

fn next<T: Clone>(answers: &RefCell<VecDeque<T>>) -> T {
    let mut answers = answers.borrow_mut();
    let first = answers.front().cloned().expect("an answer in the script");
    if answers.len() > 1 {
        answers.pop_front();
    }
    first
}

impl StackApi for Script {
    async fn stack(&self, _: &str) -> Result<Option<Stack>, CallError> {
        next(&self.stacks)
    }
    async fn deleted_stack(&self, _: &str) -> Result<Option<String>, CallError> {
        Ok(None)
    }
    async fn template(&self, _: &str) -> Result<String, CallError> {
        Ok("{}".to_owned())
    }
    async fn create_change_set(&self, _: &ChangeSetRequest) -> Result<String, CallError> {
        self.calls.borrow_mut().push("create".to_owned());
        Ok("change-set".to_owned())
    }
    async fn change_set(&self, _: &str, id: &str) -> Result<ChangeSet, CallError> {
        Ok(ChangeSet { id: id.to_owned(), status: next(&self.change_sets), changes: Vec::new() })
    }
    async fn execute_change_set(&self, _: &str, _: &str, _: &str, _: bool) -> Result<(), CallError> {
        self.calls.borrow_mut().push("execute".to_owned());
        self.refuses.map_or(Ok(()), |kind| Err(CallError::new(kind, "cloudformation:ExecuteChangeSet", "no")))
    }
    async fn delete_change_set(&self, _: &str, _: &str) -> Result<(), CallError> {
        self.calls.borrow_mut().push("delete change set".to_owned());
        Ok(())
    }
    async fn events_after(&self, _: &str, after: Option<&str>) -> Result<Vec<StackEvent>, CallError> {
        let known = self.events.iter().position(|event| Some(event.id.as_str()) == after);
        Ok(self.events[known.map_or(0, |index| index + 1)..].to_vec())
    }
    async fn recent_events(&self, _: &str) -> Result<Vec<StackEvent>, CallError> {
        Ok(self.recent.clone())
    }
    async fn validation_findings(&self, _: &str) -> Result<Vec<ValidationFinding>, CallError> {
        self.findings
            .clone()
            .ok_or_else(|| CallError::new(CallErrorKind::Denied, "cloudformation:DescribeEvents", "no"))
    }
    async fn stack_policy(&self, _: &str) -> Result<Option<String>, CallError> {
        Ok(None)
    }
    async fn set_stack_policy(&self, _: &str, _: &str) -> Result<(), CallError> {
        self.calls.borrow_mut().push("set stack policy".to_owned());
        Ok(())
    }
    async fn delete_stack(
        &self,
        _: &str,
        _: &str,
        _: Option<&str>,
        deletion: &Deletion,
    ) -> Result<(), CallError> {
        let force = if deletion.force { " by force" } else { "" };
        let retain = deletion.retain.iter().map(|id| format!(" but {id}")).collect::<String>();
        self.calls.borrow_mut().push(format!("delete stack{retain}{force}"));
        Ok(())
    }
    async fn continue_update_rollback(
        &self,
        _: &str,
        skip: &[String],
        _: &str,
        _: Option<&str>,
    ) -> Result<(), CallError> {
        let skip = skip.iter().map(|id| format!(" but {id}")).collect::<String>();
        self.calls.borrow_mut().push(format!("continue rollback{skip}"));
        Ok(())
    }
    async fn rollback_stack(&self, _: &str, _: &str, _: Option<&str>) -> Result<(), CallError> {
        self.calls.borrow_mut().push("roll back".to_owned());
        Ok(())
    }
    async fn protect_from_termination(&self, _: &str, _: bool) -> Result<(), CallError> {
        Ok(())
    }
}

impl DriftApi for Script {
    async fn resources(&self, _: &str) -> Result<Vec<StackResource>, CallError> {
        Ok(self.resources.clone())
    }
    async fn detect_drift(&self, _: &str) -> Result<String, CallError> {
        Ok("search".to_owned())
    }
    async fn drift_detection(&self, _: &str) -> Result<DriftDetection, CallError> {
        next(&self.drift_detections)
    }
    async fn detected_drifts(&self, _: &str) -> Result<Vec<DetectedDrift>, CallError> {
        Ok(self.drifts.clone())
    }
    async fn mapping(&self, _: &str) -> Result<Option<Mapping>, CallError> {
        Ok(self.mapping.clone())
    }
    async fn existing_alarms(&self, names: &[String]) -> Result<Vec<String>, CallError> {
        Ok(names.iter().filter(|name| self.alarms.contains(name)).cloned().collect())
    }
    async fn set_mapping(&self, _: &str, _: &Mapping) -> Result<(), CallError> {
        Ok(())
    }
}

pub(super) const CLOCK: Clock = Clock { interval: Duration::from_secs(2), patience: Duration::from_secs(60) };

pub(super) fn stack(status: &str) -> Result<Option<Stack>, CallError> {
    Ok(Some(Stack {
        name: "pipeline".to_owned(),
        id: "arn:pipeline".to_owned(),
        status: StackStatus::new(status),
        reason: None,
        parameters: BTreeMap::new(),
        tags: BTreeMap::new(),
        outputs: BTreeMap::new(),
        termination_protection: false,
        is_watched: false,
    }))
}

fn error(kind: CallErrorKind) -> Result<Option<Stack>, CallError> {
    Err(CallError::new(kind, "cloudformation:DescribeStacks", "Rate exceeded"))
}

pub(super) fn event(number: u32, logical_id: &str, status: &str, reason: Option<&str>) -> StackEvent {
    StackEvent {
        id: number.to_string(),
        at: i64::from(number),
        logical_id: logical_id.to_owned(),
        physical_id: String::new(),
        resource_type: "AWS::SQS::Queue".to_owned(),
        status: status.to_owned(),
        reason: reason.map(ToOwned::to_owned),
        token: None,
    }
}

pub(super) fn request(creates: bool) -> ChangeSetRequest {
    ChangeSetRequest {
        stack: "pipeline".to_owned(),
        name: "change-set".to_owned(),
        token: "token".to_owned(),
        creates,
        template: TemplateSource::Inline("{}".to_owned()),
        parameters: BTreeMap::new(),
        tags: BTreeMap::new(),
        role_arn: None,
        keeps_on_failure: false,
        names_a_role: false,
        has_macros: false,
        watch: None,
        express: false,
        reverts_drift: false,
        imports: Vec::new(),
    }
}

pub(super) fn prepared(creates: bool) -> Prepared {
    let change_set =
        ChangeSet { id: "change-set".to_owned(), status: ChangeSetStatus::Ready, changes: Vec::new() };
    Prepared { request: request(creates), change_set }
}

#[tokio::test(start_paused = true)]
async fn throttled_polling_never_fails_an_apply_and_each_event_is_reported_once() {
    let script = Script {
        stacks: RefCell::new(VecDeque::from([
            stack("UPDATE_IN_PROGRESS"),
            error(CallErrorKind::Throttled),
            error(CallErrorKind::Unreachable),
            stack("UPDATE_IN_PROGRESS"),
            stack("UPDATE_COMPLETE"),
        ])),
        events: vec![
            event(1, "Queue", "UPDATE_IN_PROGRESS", None),
            event(4, "Queue", "UPDATE_COMPLETE", None),
        ],
        ..Script::default()
    };
    let mut observed = Vec::new();
    let outcome = execute(&script, &prepared(false), CLOCK, &mut |event| observed.push(event))
        .await
        .expect("a success");
    assert_eq!((outcome.result, outcome.state.as_str()), ("updated", "UPDATE_COMPLETE"));
    let states: Vec<_> = observed
        .iter()
        .filter_map(|event| match event {
            DeployEvent::Resource { state, seconds, .. } => Some((state.as_str(), *seconds)),
            _ => None,
        })
        .collect();
    assert_eq!(states, [("UPDATE_IN_PROGRESS", None), ("UPDATE_COMPLETE", Some(3))]);
    assert_eq!(observed.iter().filter(|event| matches!(event, DeployEvent::Waiting { .. })).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_service_out_of_reach_ends_the_following_and_not_the_operation() {
    let script = Script {
        stacks: RefCell::new(VecDeque::from([
            stack("UPDATE_IN_PROGRESS"),
            error(CallErrorKind::Unreachable),
        ])),
        ..Script::default()
    };
    let failure = execute(&script, &prepared(false), CLOCK, &mut |_| {}).await.expect_err("a failure");
    assert_eq!(failure.exit, Exit::Busy);
    assert_eq!(failure.diagnostics[0].code.name, "stack::still-running");
    assert_eq!(*script.calls.borrow(), ["execute"], "nothing is cancelled");
}

/// A server that returns events endlessly does not fill the memory.
#[tokio::test(start_paused = true)]
async fn events_without_an_end_end_the_following_and_not_the_operation() {
    let events = |count: u32| (0..count).map(|id| event(id, "Queue", "UPDATE_IN_PROGRESS", None)).collect();
    for (count, code) in [(50_000, None), (50_001, Some("stack::still-running"))] {
        let script = Script {
            stacks: RefCell::new(VecDeque::from([stack("UPDATE_IN_PROGRESS"), stack("UPDATE_COMPLETE")])),
            events: events(count),
            ..Script::default()
        };
        let ended = execute(&script, &prepared(false), CLOCK, &mut |_| {}).await;
        assert_eq!(ended.err().map(|failure| failure.diagnostics[0].code.name), code, "{count}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rolled_back_update_names_its_first_cause() {
    let script = Script {
        stacks: RefCell::new(VecDeque::from([stack("UPDATE_ROLLBACK_COMPLETE")])),
        events: vec![
            event(1, "Alarm", "UPDATE_FAILED", Some("Resource update cancelled")),
            event(2, "Queue", "UPDATE_FAILED", Some("visibility below the function's timeout")),
            event(3, "Bus", "UPDATE_FAILED", Some("a later one")),
        ],
        ..Script::default()
    };
    let failure = execute(&script, &prepared(false), CLOCK, &mut |_| {}).await.expect_err("a failure");
    assert_eq!(failure.exit, Exit::Failed);
    assert_eq!(
        failure.diagnostics[0].message,
        "`Queue` (AWS::SQS::Queue) failed first: visibility below the function's timeout"
    );
}

#[tokio::test(start_paused = true)]
async fn an_empty_change_set_leaves_nothing_behind() {
    let script = Script {
        change_sets: RefCell::new(VecDeque::from([ChangeSetStatus::Pending, ChangeSetStatus::Empty])),
        ..Script::default()
    };
    assert!(prepare(&script, request(false), CLOCK).await.expect("an answer").is_none());
    assert_eq!(*script.calls.borrow(), ["create", "delete change set"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_creation_takes_its_empty_stack_away() {
    let refused = ChangeSetStatus::Failed { reason: "name taken".to_owned() };
    let script = Script {
        stacks: RefCell::new(VecDeque::from([stack("REVIEW_IN_PROGRESS")])),
        change_sets: RefCell::new(VecDeque::from([refused])),
        ..Script::default()
    };
    let failure = prepare(&script, request(true), CLOCK).await.expect_err("a failure");
    assert!(failure.diagnostics[0].message.ends_with("name taken"));
    assert_eq!(*script.calls.borrow(), ["create", "delete change set", "delete stack"]);
}

#[tokio::test(start_paused = true)]
async fn a_stack_someone_else_created_in_the_meantime_is_not_deleted() {
    let script =
        Script { stacks: RefCell::new(VecDeque::from([stack("CREATE_COMPLETE")])), ..Script::default() };
    abandon(&script, &prepared(true)).await.expect("an answer");
    assert_eq!(*script.calls.borrow(), ["delete change set"]);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_reports_what_it_retained() {
    let script = Script {
        stacks: RefCell::new(VecDeque::from([stack("DELETE_IN_PROGRESS"), stack("DELETE_COMPLETE")])),
        events: vec![event(1, "EventsTable", "DELETE_SKIPPED", None)],
        ..Script::default()
    };
    let Ok(Some(found)) = stack("UPDATE_COMPLETE") else { panic!("a stack") };
    let destroyed = destroy(&script, &found, "token", None, CLOCK, &mut |_| {}).await.expect("a success");
    assert_eq!(destroyed.retained.len(), 1);
    assert_eq!(destroyed.outcome.state, "DELETE_COMPLETE");
}
