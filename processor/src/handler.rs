//! One invocation, from Lambda's JSON to the answer.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use tokio::time::Instant;

use crate::batch::{Deadline, Outcome, Store, process};
use crate::environment::Environment;
use crate::invocation::{Response, records};
use crate::log;
use crate::metrics;
use crate::summary::Summary;

/// Processes one invocation and names the messages SQS shall keep.
///
/// # Errors
/// The invocation is not one of SQS; Lambda then counts an error and keeps everything.
pub async fn handle<S: Store>(
    environment: &Environment,
    store: &Arc<S>,
    event: LambdaEvent<Value>,
) -> Result<Response, Diagnostic> {
    let started = Instant::now();
    let LambdaEvent { payload, context } = event;
    let records = records(payload).ok_or_else(|| Diagnostic {
        error_type: "NotAnSqsInvocation".to_owned(),
        error_message: "the invocation has no `Records` list: this function reads an SQS queue".to_owned(),
    })?;

    let left = context.deadline().duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
    let deadline = Deadline::in_time(started, left);
    let processed = process(&environment.config, store, &records, Timestamp::now(), deadline).await;

    let mut response = Response::default();
    for (record, outcome) in records.iter().zip(&processed.outcomes) {
        log::record(record, outcome, &context.request_id);
        if matches!(outcome, Outcome::Failed(_)) {
            response.fail(record);
        }
    }
    let systemic = processed.outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Failed(failure) if failure.reason.is_systemic() => Some(failure),
        _ => None,
    });
    if let Some(failure) = systemic {
        log::systemic(failure, &context.request_id);
    }
    let summary = Summary::of(&processed);
    let took = started.elapsed();
    log::always(&metrics::lines(&summary, environment, &context.request_id, took, Timestamp::now()));
    Ok(response)
}
