use std::collections::BTreeMap;

use super::super::{
    AlarmState, Counts, FunctionState, Invocations, Measured, QueueCounts, QueueLine, Source, StackLine,
    Status, TableLine,
};
use super::*;
use crate::spec::{ServiceLevel, Spec};

fn names() -> AlarmNames {
    let spec: Spec = serde_json::from_value(serde_json::json!({
        "version": 1, "name": "orders", "environment": "prod", "bus": {"pattern": {"source": ["s"]}},
    }))
    .expect("a spec");
    spec.resolved_names().alarms
}

fn healthy() -> Status {
    let empty_queue = || QueueCounts { known: true, ..QueueCounts::default() };
    let alarm = |name: &str| AlarmState {
        arn: String::new(),
        name: name.to_owned(),
        state: "INSUFFICIENT_DATA".to_owned(),
    };
    Status {
        version: 1,
        health: Health::Healthy,
        stack: StackLine { name: "orders-prod".to_owned(), state: "UPDATE_COMPLETE".to_owned() },
        queue: QueueLine { known: true, ..QueueLine::default() },
        dead_letters: empty_queue(),
        undelivered: empty_queue(),
        processor: Some(FunctionState {
            name: "p".to_owned(),
            state: "Active".to_owned(),
            last_update: "Successful".to_owned(),
            mapping: Some("Enabled".to_owned()),
        }),
        table: TableLine { rows: Some(0) },
        alarms: vec![alarm("orders-oldest-message-prod"), alarm("orders-lost-events-prod-returns")],
        alarms_known: true,
        measured: Some(Measured {
            flow: None,
            invocations: Invocations::default(),
            rejections: Vec::new(),
            counts: None,
        }),
        service_level: None,
        last_deploy: None,
        next: None,
        unread: Vec::new(),
        not_permitted: BTreeMap::new(),
        has_pipeline: true,
    }
}

/// Faults from the least to the most severe, each with the command that handles it.
type Fault = (&'static str, fn(&mut Status));

fn faults() -> [Fault; 12] {
    [
        ("pipectl permissions SPEC --command status", |status| status.unread.push("no".to_owned())),
        ("pipectl explain slo", |status| {
            let counts = Counts { good: 998, bad: 2, replaying: false };
            let (level, queue) = (ServiceLevel::default(), QueueLine::default());
            status.service_level = Some(counts.reading(&level, &queue, Source::CloudWatch, 30));
        }),
        ("pipectl status SPEC --watch", |status| fire(status, 0)),
        ("pipectl explain processor.reserved_concurrency", |status| invoked(status).throttles = Some(2)),
        ("pipectl logs SPEC --since 1h --level error", |status| invoked(status).errors = Some(1)),
        ("pipectl dlq list SPEC", |status| status.dead_letters.in_flight = 3),
        ("pipectl dlq list SPEC --undelivered", |status| status.undelivered.visible = 1),
        ("pipectl drift SPEC", |status| {
            if let Some(processor) = &mut status.processor {
                processor.mapping = Some("Disabled".to_owned());
            }
        }),
        ("pipectl drift SPEC", |status| {
            status.unread.clear();
            status.table.rows = None;
        }),
        ("pipectl recover SPEC", |status| status.stack.state = "UPDATE_ROLLBACK_FAILED".to_owned()),
        ("pipectl drift SPEC", |status| fire(status, 1)),
        ("pipectl recover SPEC", |status| status.has_pipeline = false),
    ]
}

fn fire(status: &mut Status, alarm: usize) {
    status.alarms[alarm].state = "ALARM".to_owned();
}

fn invoked(status: &mut Status) -> &mut Invocations {
    &mut status.measured.as_mut().expect("it is measured").invocations
}

#[test]
fn without_a_fault_there_is_nothing_to_do() {
    assert_eq!(worst(&healthy(), &names()), None);
}

#[test]
fn each_fault_has_its_command_and_comes_before_all_slighter_ones() {
    let mut all = healthy();
    for (command, break_it) in faults() {
        let mut alone = healthy();
        break_it(&mut alone);
        break_it(&mut all);
        for status in [&alone, &all] {
            let found = worst(status, &names()).expect("a finding");
            assert_eq!(found.next.for_any_spec(), command, "{}", found.message);
            assert_ne!(found.health, Health::Healthy);
        }
    }
}

#[test]
fn what_could_not_be_read_is_not_missing() {
    let mut status = healthy();
    status.table.rows = None;
    status.unread.push("`dynamodb:DescribeTable` failed".to_owned());
    assert_eq!(worst(&status, &names()).map(|found| found.health), Some(Health::Unknown));
}

#[test]
fn a_mapping_that_is_just_being_changed_passes() {
    for state in ["Enabling", "Updating", "Creating"] {
        let mut status = healthy();
        status.processor.as_mut().expect("a processor").mapping = Some(state.to_owned());
        assert_eq!(worst(&status, &names()), None, "{state}");
    }
}
