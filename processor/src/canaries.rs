//! The canaries of a batch, kept apart from it: the code that counts, answers or sends dead letters does not see them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use serde_json::json;
use tokio::time::timeout_at;

use crate::batch::{Deadline, Outcome, Store};
use crate::canary::{Canary, Dropped, FIELD};
use crate::decide::Message;
use crate::environment::Environment;
use crate::invocation::Record;
use crate::json::Json;
use crate::queued_at::with_queued_at;
use crate::throttle::Throttle;

/// Takes the canaries out of a batch.
pub(crate) fn part(environment: &Environment, records: Vec<Record>) -> (Vec<Record>, Vec<(Record, Canary)>) {
    let Some(secret) = &environment.canaries else { return (records, Vec::new()) };
    let mut canaries = Vec::new();
    let mut others = Vec::with_capacity(records.len());
    for record in records {
        // What panics here also panics as an ordinary event, and is a failure of that event alone.
        let read = || Canary::of(&environment.config, secret, &record.body);
        match catch_unwind(AssertUnwindSafe(read)).ok().flatten() {
            Some(canary) => canaries.push((record, canary)),
            None => others.push(record),
        }
    }
    (others, canaries)
}

/// Writes the rows of `canaries` one after another, and returns a log line for each. None is retried: a canary that
/// returned to the queue could become a dead letter.
pub(crate) async fn write<S: Store>(
    environment: &Environment,
    store: &S,
    canaries: &[(Record, Canary)],
    (now, request_id): (Timestamp, &str),
    deadline: Deadline,
) -> Vec<String> {
    let mut lines = Vec::with_capacity(canaries.len());
    for (record, canary) in canaries {
        let (outcome, detail) = one(environment, store, (record, canary), now, deadline).await;
        let line = json!({
            "timestamp": format!("{now:.6}"), "level": "INFO", "message": "canary", "key": canary.mark.id(),
            "outcome": outcome, "detail": detail, "first_received": record.first_received, "request_id": request_id,
        });
        lines.push(line.to_string());
    }
    lines
}

async fn one<S: Store>(
    environment: &Environment,
    store: &S,
    (record, canary): (&Record, &Canary),
    now: Timestamp,
    deadline: Deadline,
) -> (&'static str, String) {
    let message =
        Message { body: "", message_id: record.message_id.as_deref(), receive_count: record.receive_count };
    let row = match catch_unwind(AssertUnwindSafe(|| canary.row(&environment.config, message, now))) {
        Ok(Ok(row)) => with_queued_at(row, &environment.config, record.sent_at),
        Ok(Err(Dropped::Late)) => return ("late", String::new()),
        Ok(Err(Dropped::Replayed)) => return ("replayed", String::new()),
        Ok(Err(Dropped::Refused(rejection))) => return ("refused", rejection.to_string()),
        Err(_) => return ("panic", "the line `panic` of the log has its place".to_owned()),
    };
    let rejected = row.attributes.get(FIELD).and_then(Json::as_text).unwrap_or_default().to_owned();
    let throttle = Throttle::default();
    match timeout_at(deadline.give_up, store.put(row, now, &throttle)).await {
        Ok(Outcome::Written) => ("written", rejected),
        Ok(Outcome::Failed(failure)) => {
            ("failed", format!("{}: {}", failure.reason.as_str(), failure.detail))
        }
        Ok(_) => ("repeated", String::new()),
        Err(_) => ("failed", "deadline: unfinished when the invocation was nearly over".to_owned()),
    }
}
