//! One invocation, from Lambda's JSON to the answer.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use tokio::time::Instant;

use crate::age::{self, Clock};
use crate::batch::{Deadline, Outcome, Store, process};
use crate::canaries;
use crate::environment::Environment;
use crate::invocation::{Response, records};
use crate::log;
use crate::metrics;
use crate::summary::Summary;
use crate::trace::{Stage, Tracer};

/// The result of one invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The messages that SQS retains.
    pub response: Response,
    /// The batch's log lines, written at every level.
    pub lines: Vec<String>,
    /// How the time was spent.
    pub stages: [Stage; 2],
}

/// Processes one invocation and returns the messages that SQS retains.
///
/// # Errors
/// The invocation is not one of SQS. Lambda then counts an error and all messages stay in the queue.
pub async fn handle<S: Store>(
    environment: &Environment,
    store: &Arc<S>,
    tracer: &Tracer,
    event: LambdaEvent<Value>,
) -> Result<Response, Diagnostic> {
    let LambdaEvent { payload, context } = event;
    let left = context.deadline().duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
    let now = Timestamp::now();
    let answer = answer(environment, store, payload, &context.request_id, now, left).await?;
    log::always(&answer.lines);
    tracer.send(context.xray_trace_id.as_deref(), now, &answer.stages);
    Ok(answer.response)
}

/// Answers one invocation that arrived at `now` with the time `left`: [`handle`] without a clock and output of its own.
///
/// # Errors
/// The errors of [`handle`].
pub async fn answer<S: Store>(
    environment: &Environment,
    store: &Arc<S>,
    payload: Value,
    request_id: &str,
    now: Timestamp,
    left: Duration,
) -> Result<Answer, Diagnostic> {
    let started = Instant::now();
    let records = records(payload).ok_or_else(|| Diagnostic {
        error_type: "NotAnSqsInvocation".to_owned(),
        error_message: "the invocation has no `Records` of SQS: this function reads an SQS queue".to_owned(),
    })?;

    let deadline = Deadline::in_time(started, left);
    let (records, canaries) = canaries::part(environment, records);
    let (processed, canary_lines) = tokio::join!(
        process(&environment.config, store, &records, now, deadline),
        canaries::write(environment, &**store, &canaries, (now, request_id), deadline),
    );

    log::records(&records, &processed.outcomes, request_id);
    let failed =
        records.iter().zip(&processed.outcomes).filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
    let response = Response::keeping(failed.map(|(record, _)| record));
    let systemic = processed.outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Failed(failure) if failure.reason.is_systemic() => Some(failure),
        _ => None,
    });
    if let Some(failure) = systemic {
        log::systemic(failure, request_id);
    }
    let mut summary = Summary::of(&processed);
    let clock = Clock { now, started };
    summary.service = age::tally(&environment.config, &records, &processed, clock);
    let took = started.elapsed();
    let ended = now.saturating_add(took).unwrap_or(now);
    let mut lines = match (records.is_empty(), canaries.is_empty()) {
        // A batch of canaries alone has nothing to count.
        (true, false) => Vec::new(),
        _ => metrics::lines(&summary, environment, request_id, took, ended),
    };
    lines.extend(canary_lines);
    let stage = |name, from, to| Stage { name, from, to, records: records.len() };
    let decided = processed.decided;
    let stages = [stage("decide", Duration::ZERO, decided), stage("write", decided, took)];
    Ok(Answer { response, lines, stages })
}
