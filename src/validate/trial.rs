//! The tests of a spec: events, and their expected results.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor::config::Config;
use processor::json::Json;
use processor::reason::{Reason, Rejection};
use processor::row::Row;
use serde_json::Value;

use super::{Patterns, forecast, nearest};
use crate::source::{SampleEvent, SpecTree, TestEvent};
use crate::spec::{Spec, Test};

/// The expectation of a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// A row with these attributes, among others.
    Row(BTreeMap<String, Json>),
    DeadLetter(Reason),
    /// The pattern does not match.
    Ignored,
}

/// The outcome of an event on the bus.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// No rule's pattern matches it, and why.
    Ignored(String),
    /// The rules whose patterns match it, and why the processor rejects it.
    Refused(Vec<String>, Rejection),
    /// The rules whose patterns match it, and the row.
    Row(Vec<String>, BTreeMap<String, Json>),
}

/// A test that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The index of the test.
    pub index: usize,
    /// The event's file, as the spec names it.
    pub name: String,
    pub expectation: Expectation,
    /// The outcome of the event, or why the file is invalid.
    pub fate: Result<Fate, String>,
    /// The differences from the expectation; empty if there are none.
    pub faults: Vec<Fault>,
}

/// One difference from a test's expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The attribute it is about; `None` for the whole event.
    pub attribute: Option<String>,
    /// What was expected of the attribute and what the row has.
    pub values: Option<(Json, Option<Json>)>,
    pub message: String,
    pub help: String,
}

impl Trial {
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.fate.is_ok() && self.faults.is_empty()
    }
}

/// The outcome of an event; `only`: the index of the one rule of `bus.rules` that counts.
#[must_use]
pub fn fate(
    config: &Config,
    patterns: &Patterns,
    only: Option<usize>,
    event: &SampleEvent,
    now: Timestamp,
) -> Fate {
    match patterns.matching(&Value::Object(event.fields.clone()), only) {
        Err(reason) => Fate::Ignored(reason),
        Ok(rules) => {
            let rules = rules.into_iter().map(str::to_owned).collect();
            match forecast(config, event, now) {
                Ok(Row { attributes, .. }) => Fate::Row(rules, attributes),
                Err(rejection) => Fate::Refused(rules, rejection),
            }
        }
    }
}

/// Runs every test that has an expectation.
#[must_use]
pub fn trials(
    config: &Config,
    spec: &Spec,
    tree: &SpecTree,
    patterns: &Patterns,
    now: Timestamp,
) -> Vec<Trial> {
    let tests = tree.test_events().iter();
    let fate_of = |event: &SampleEvent| fate(config, patterns, None, event, now);
    tests.filter_map(|test| trial(spec, tree, test, fate_of)).collect()
}

fn trial(
    spec: &Spec,
    tree: &SpecTree,
    test: &TestEvent,
    fate_of: impl Fn(&SampleEvent) -> Fate,
) -> Option<Trial> {
    let expectation = expectation(spec.tests.get(test.index)?, tree, test.index)?;
    let fate = test.event.as_ref().map(fate_of).map_err(Clone::clone);
    let faults = fate.as_ref().map_or_else(|_| Vec::new(), |fate| faults(&expectation, fate));
    Some(Trial { index: test.index, name: test.name.clone(), expectation, fate, faults })
}

fn expectation(test: &Test, tree: &SpecTree, index: usize) -> Option<Expectation> {
    match (&test.row, test.dead_letter, test.ignored) {
        (Some(_), None, None) => match tree.exact(&format!("/tests/{index}/row"))?.ok()? {
            Json::Map(row) => Some(Expectation::Row(row)),
            _ => None,
        },
        (None, Some(reason), None) => Some(Expectation::DeadLetter(reason.0)),
        (None, None, Some(true)) => Some(Expectation::Ignored),
        _ => None,
    }
}

fn faults(expectation: &Expectation, fate: &Fate) -> Vec<Fault> {
    let of_the_event = |message: String, help: &str| {
        vec![Fault { attribute: None, values: None, message, help: help.to_owned() }]
    };
    match (expectation, fate) {
        (Expectation::Row(expected), Fate::Row(_, row)) => differences(expected, row),
        (Expectation::Ignored, Fate::Ignored(_)) => Vec::new(),
        (Expectation::DeadLetter(expected), Fate::Refused(_, rejection)) if *expected == rejection.reason => {
            Vec::new()
        }
        (Expectation::Ignored, Fate::Row(..) | Fate::Refused(..)) => of_the_event(
            "the pattern matches it, but it should be ignored".to_owned(),
            "narrow the pattern, or write what the event should become",
        ),
        (_, Fate::Ignored(reason)) => of_the_event(
            format!("no pattern matches it: {reason}"),
            "fix the pattern or the event, or write `ignored: true`",
        ),
        (Expectation::Row(_), Fate::Refused(_, Rejection { reason, message, .. })) => of_the_event(
            format!("the processor would reject it ({reason}): {message}"),
            &format!("fix the event or the fields under `event`, or write `dead_letter: {reason}`"),
        ),
        (Expectation::DeadLetter(expected), Fate::Refused(_, Rejection { reason, message, .. })) => {
            of_the_event(
                format!(
                    "the processor would reject it for another reason than `{expected}` ({reason}): {message}"
                ),
                &format!("write `dead_letter: {reason}`, or fix the event"),
            )
        }
        (Expectation::DeadLetter(expected), Fate::Row(..)) => of_the_event(
            format!("it becomes a row, but should be a dead letter with `{expected}`"),
            "fix the event, or write the attributes of its `row`",
        ),
    }
}

fn differences(expected: &BTreeMap<String, Json>, row: &BTreeMap<String, Json>) -> Vec<Fault> {
    let differing = expected.iter().filter(|(name, value)| row.get(*name) != Some(value));
    differing
        .map(|(name, value)| {
            let found = row.get(name);
            let is_there = match found {
                Some(found) => {
                    format!("`{name}` should be {}, but the row has {}", shown(value), shown(found))
                }
                None => format!("`{name}` should be {}, but the row has no such attribute", shown(value)),
            };
            let suggestion = nearest(name, row.keys().map(String::as_str)).filter(|_| found.is_none());
            let help = match (suggestion, found) {
                (Some(suggestion), _) => format!("did you mean `{suggestion}`?"),
                (None, Some(_)) => "write the value of the row, or fix the fields under `event`".to_owned(),
                (None, None) => {
                    format!("store the value under `event.attributes.{name}`, or remove it here")
                }
            };
            let values = Some((value.clone(), found.cloned()));
            Fault { attribute: Some(name.clone()), values, message: is_there, help }
        })
        .collect()
}

/// A value in a message: its canonical JSON, so that `"1"` and `1` differ.
fn shown(value: &Json) -> String {
    let text = value.canonical();
    if text.chars().count() <= 80 {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(79).collect::<String>())
}
