//! The one place that decides what is wrong with a pipeline, and what to do first.

use serde::Serialize;

use super::status::{QueueCounts, Status};
use crate::spec::{
    AlarmNames, AlarmRow, DEAD_LETTERS, LOST_EVENTS, Next, PROCESSOR_ERRORS, PROCESSOR_THROTTLES, UNDELIVERED,
};
use crate::stack::{Phase, StackStatus};

/// Whether a pipeline stores its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nothing is wrong.
    Healthy,
    /// No problem was found, and not everything could be read.
    Unknown,
    /// Events become rows, and something needs attention.
    Degraded,
    /// Events are not stored.
    Failing,
}

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub health: Health,
    pub message: String,
    pub next: Next,
}

const RECOVER: Next = Next::Command { verb: "recover", more: "" };
const PERMISSIONS: Next = Next::Command { verb: "permissions", more: "--command status" };

/// The most severe problem: lost events before stopped processing, and that before slow processing. A stack that no apply
/// can change comes before everything that an apply would fix.
#[must_use]
pub fn worst(status: &Status, names: &AlarmNames) -> Option<Finding> {
    let found = |health, message: String, next| Some(Finding { health, message, next });
    let state = &status.stack.state;
    if !status.has_pipeline {
        return found(Health::Failing, format!("the stack is in {state}: it has no pipeline"), RECOVER);
    }
    let is_lost = |row: Option<&AlarmRow>| row.is_some_and(|row| row.key == LOST_EVENTS.key);
    if let Some(lost) = firing(status, names).find(|(_, row)| is_lost(*row)) {
        let message = format!("events are lost: the alarm {} is in state ALARM", lost.0);
        return found(Health::Failing, message, LOST_EVENTS.next);
    }
    if StackStatus::new(state).phase() == Phase::Stuck {
        return found(
            Health::Degraded,
            format!("the stack is stuck in {state}: no apply can change it"),
            RECOVER,
        );
    }
    let missing = missing(status);
    if !missing.is_empty() {
        return found(Health::Failing, format!("missing: {}", missing.join(", ")), Next::DRIFT);
    }
    if let Some(message) = stopped(status) {
        return found(Health::Failing, message, Next::DRIFT);
    }
    if let Some(count) = count(&status.undelivered) {
        let message = format!("EventBridge could not deliver {}", events(count));
        return found(Health::Failing, message, UNDELIVERED.next);
    }
    if let Some(count) = count(&status.dead_letters) {
        let message = format!("{} not stored, in the dead-letter queue", events(count));
        return found(Health::Failing, message, DEAD_LETTERS.next);
    }
    let spent = || spent(status);
    slowed(status).or_else(|| alarmed(status, names)).or_else(spent).or_else(|| unread(status))
}

/// More events were bad than the service level allows.
fn spent(status: &Status) -> Option<Finding> {
    let level = status.service_level.as_ref()?;
    let left = level.budget_left_percent.filter(|left| *left < 0.0)?;
    let message = format!(
        "the error budget is spent {:.1} times: {} of {} not stored within {} s",
        1.0 - left / 100.0,
        level.bad,
        events(level.good + level.bad),
        level.stored_within_seconds
    );
    Some(Finding { health: Health::Degraded, message, next: Next::Field("slo") })
}

/// Alarms in the state ALARM, each with its row.
fn firing<'a>(
    status: &'a Status,
    names: &AlarmNames,
) -> impl Iterator<Item = (&'a str, Option<&'static AlarmRow>)> {
    let firing = status.alarms.iter().filter(|alarm| alarm.state == "ALARM");
    firing.map(|alarm| (alarm.name.as_str(), names.row(&alarm.name)))
}

/// Resources that do not exist. A resource that could not be read is not missing.
fn missing(status: &Status) -> Vec<&'static str> {
    if !status.unread.is_empty() {
        return Vec::new();
    }
    let parts = [
        ("the queue", status.queue.known),
        ("the dead-letter queue", status.dead_letters.known),
        ("the queue of undelivered events", status.undelivered.known),
        ("the processor", status.processor.is_some()),
        ("the table", status.table.rows.is_some()),
    ];
    parts.into_iter().filter(|(_, known)| !known).map(|(part, _)| part).collect()
}

/// Why the processor reads nothing from the queue; a change in progress is ignored.
fn stopped(status: &Status) -> Option<String> {
    let processor = status.processor.as_ref()?;
    match processor.mapping.as_deref() {
        None => return Some("nothing reads the queue: there is no event source mapping".to_owned()),
        Some(state @ ("Disabled" | "Disabling")) => {
            return Some(format!("nothing reads the queue: the event source mapping is {state}"));
        }
        Some(_) => {}
    }
    let (state, update) = (&processor.state, &processor.last_update);
    (state == "Failed" || update == "Failed")
        .then(|| format!("the processor cannot run: {state}, last update {update}"))
}

fn slowed(status: &Status) -> Option<Finding> {
    let invocations = &status.measured.as_ref()?.invocations;
    let of = |count: Option<u64>| count.filter(|count| *count > 0);
    let (count, words, alarm) = match (of(invocations.errors), of(invocations.throttles)) {
        (Some(errors), _) => (errors, "failed as a whole", PROCESSOR_ERRORS),
        (None, Some(throttled)) => (throttled, "did not start: no concurrency left", PROCESSOR_THROTTLES),
        (None, None) => return None,
    };
    let noun = if count == 1 { "invocation" } else { "invocations" };
    let message = format!("{count} {noun} of the processor {words}");
    Some(Finding { health: Health::Degraded, message, next: alarm.next })
}

fn alarmed(status: &Status, names: &AlarmNames) -> Option<Finding> {
    let (name, row) = firing(status, names).next()?;
    let message = format!("the alarm {name} is in state ALARM");
    Some(Finding { health: Health::Degraded, message, next: row.map_or(Next::WATCH, |row| row.next) })
}

fn unread(status: &Status) -> Option<Finding> {
    let count = status.unread.len();
    let message = format!("`status` could not read {count} of its sources");
    (count > 0).then_some(Finding { health: Health::Unknown, message, next: PERMISSIONS })
}

fn count(counts: &QueueCounts) -> Option<u64> {
    Some(counts.visible + counts.in_flight).filter(|count| *count > 0)
}

fn events(count: u64) -> String {
    if count == 1 { "1 event".to_owned() } else { format!("{count} events") }
}

#[cfg(test)]
mod tests;
