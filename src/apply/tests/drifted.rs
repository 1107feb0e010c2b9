//! Changes outside of the stack, as drift detection and direct reads return them.

use std::cell::RefCell;
use std::collections::VecDeque;

use serde_json::{Value, json};

use super::scripted::{CLOCK, Script, stack};
use crate::apply::{Drift, DriftState, ResourceDriftState, drift};
use crate::diagnostic::Failure;
use crate::stack::{
    CallError, CallErrorKind, DetectedDifference, DetectedDrift, DriftDetection, Mapping, StackResource,
};

const MAPPED: Mapping = Mapping { enabled: true, batch_size: 10, window_seconds: 5 };

fn resource(logical_id: &str, resource_type: &str) -> StackResource {
    StackResource {
        logical_id: logical_id.to_owned(),
        physical_id: format!("name-of-{logical_id}"),
        resource_type: resource_type.to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
        reason: None,
    }
}

fn detected(logical_id: &str, status: &str, paths: &[&str]) -> DetectedDrift {
    let difference = |path: &&str| DetectedDifference {
        path: (*path).to_owned(),
        expected: Some("10".to_owned()),
        actual: None,
    };
    DetectedDrift {
        logical_id: logical_id.to_owned(),
        resource_type: "AWS::SQS::Queue".to_owned(),
        physical_id: format!("name-of-{logical_id}"),
        status: status.to_owned(),
        differences: paths.iter().map(difference).collect(),
    }
}

/// A stack with a queue, its mapping and an alarm, in which nothing was changed.
fn untouched() -> Script {
    Script {
        resources: vec![
            resource("Queue", "AWS::SQS::Queue"),
            resource("QueueToProcessor", "AWS::Lambda::EventSourceMapping"),
            resource("QueueDepthAlarm", "AWS::CloudWatch::Alarm"),
            resource("Dashboard", "AWS::CloudWatch::Dashboard"),
        ],
        drift_detections: RefCell::new(VecDeque::from([Ok(DriftDetection::Done)])),
        drifts: vec![detected("Queue", "IN_SYNC", &[])],
        mapping: Some(MAPPED),
        alarms: vec!["name-of-QueueDepthAlarm".to_owned()],
        ..Script::default()
    }
}

async fn look(script: &Script) -> Result<Drift, Failure> {
    let template: Value = json!({"Resources": {"QueueToProcessor": {"Properties": {
        "BatchSize": 10, "MaximumBatchingWindowInSeconds": 5
    }}}});
    let stack = stack("UPDATE_COMPLETE").expect("an answer").expect("a stack");
    drift(script, &stack, &template, CLOCK).await
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_stack_is_in_sync_and_lists_what_was_not_checked() {
    let found = look(&untouched()).await.expect("an answer");
    assert_eq!((found.state, found.resources.len()), (DriftState::InSync, 0));
    assert_eq!(found.not_checked, ["QueueDepthAlarm", "Dashboard"]);
}

#[tokio::test(start_paused = true)]
async fn what_cloudformation_cannot_see_is_read_directly() {
    let script =
        Script { mapping: Some(Mapping { enabled: false, ..MAPPED }), alarms: Vec::new(), ..untouched() };
    let found = look(&script).await.expect("an answer");
    assert_eq!(found.state, DriftState::Drifted);
    let states: Vec<_> = found.resources.iter().map(|one| (one.logical_id.as_str(), one.state)).collect();
    assert_eq!(
        states,
        [
            ("QueueToProcessor", ResourceDriftState::Modified),
            ("QueueDepthAlarm", ResourceDriftState::Deleted)
        ]
    );
    let property = &found.resources[0].properties[0];
    assert_eq!(
        (property.path.as_str(), property.expected.as_deref(), property.actual.as_deref()),
        ("/Enabled", Some("true"), Some("false"))
    );
    assert_eq!(found.mappings().count(), 1);
    assert!(found.needs_change_set(), "the alarm must be made again");
    assert_eq!(found.not_checked, ["Dashboard"], "what is deleted was looked at");

    let deleted = look(&Script { mapping: None, ..untouched() }).await.expect("an answer");
    assert_eq!(deleted.resources[0].state, ResourceDriftState::Deleted);
    assert_eq!(deleted.mappings().count(), 0, "it cannot be set right, only made again");
}

#[tokio::test(start_paused = true)]
async fn what_both_checks_find_is_reported_once() {
    let script = Script {
        drifts: vec![detected("QueueToProcessor", "MODIFIED", &["/BatchSize"])],
        mapping: Some(Mapping { enabled: false, batch_size: 3, ..MAPPED }),
        ..untouched()
    };
    let found = look(&script).await.expect("an answer");
    assert_eq!(found.resources.len(), 1);
    let paths: Vec<&str> = found.resources[0].properties.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["/BatchSize", "/Enabled"]);
}

#[tokio::test(start_paused = true)]
async fn a_pattern_as_text_equals_the_same_map() {
    let pattern = r#"{"source":["a"],"detail":{"x":[null]}}"#;
    let rule = |expected: String, actual: &str| {
        let mut rule = detected("Rule", "MODIFIED", &["/EventPattern"]);
        rule.differences[0].expected = Some(expected);
        rule.differences[0].actual = Some(actual.to_owned());
        Script { drifts: vec![rule], ..untouched() }
    };
    let same = r#"{"detail": {"x": [null]}, "source": ["a"]}"#;
    for expected in [pattern.to_owned(), json!(pattern).to_string()] {
        let found = look(&rule(expected, same)).await.expect("an answer");
        assert_eq!((found.state, found.resources.len()), (DriftState::InSync, 0));
    }
    let found = look(&rule(pattern.to_owned(), r#"{"source":["b"]}"#)).await.expect("an answer");
    assert_eq!((found.state, found.resources.len()), (DriftState::Drifted, 1));
}

#[tokio::test(start_paused = true)]
async fn a_table_that_warmed_with_its_traffic_has_not_drifted() {
    for (actual, state) in [("9000", DriftState::InSync), ("5000", DriftState::Drifted)] {
        let mut table = detected("EventsTable", "MODIFIED", &["/WarmThroughput/WriteUnitsPerSecond"]);
        table.differences[0].expected = Some("6000".to_owned());
        table.differences[0].actual = Some(actual.to_owned());
        let found = look(&Script { drifts: vec![table], ..untouched() }).await.expect("an answer");
        assert_eq!(found.state, state, "{actual}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_check_does_not_report_in_sync() {
    let incomplete = || VecDeque::from([Ok(DriftDetection::Incomplete { reason: "denied".to_owned() })]);
    let script = Script { drift_detections: RefCell::new(incomplete()), ..untouched() };
    assert_eq!(look(&script).await.expect("an answer").state, DriftState::Unknown);
    let script = Script {
        drift_detections: RefCell::new(incomplete()),
        drifts: vec![detected("Queue", "DELETED", &[])],
        ..untouched()
    };
    assert_eq!(look(&script).await.expect("an answer").state, DriftState::Drifted);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_look_does_not_fail_the_search_and_a_refused_one_does() {
    let error = |kind| Err(CallError::new(kind, "cloudformation:DescribeStackDriftDetectionStatus", "no"));
    let looks = [
        Ok(DriftDetection::Running),
        error(CallErrorKind::Throttled),
        error(CallErrorKind::Unreachable),
        Ok(DriftDetection::Done),
    ];
    let script = Script { drift_detections: RefCell::new(VecDeque::from(looks)), ..untouched() };
    assert_eq!(look(&script).await.expect("an answer").state, DriftState::InSync);
    for kind in [CallErrorKind::Denied, CallErrorKind::Throttled] {
        let script = Script { drift_detections: RefCell::new([error(kind)].into()), ..untouched() };
        look(&script).await.expect_err("a failure in the end");
    }
}
