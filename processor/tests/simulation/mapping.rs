//! Lambda's event source mapping: receives messages, invokes the function, and reads the answer.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use pipectl_processor::batch::Store;
use pipectl_processor::environment::Environment;
use pipectl_processor::handler::answer;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::mutant::Mutant;
use crate::queue::{Received, message_id, number};
use crate::world::{Shared, World, lock};

/// The fate of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Runs,
    /// Lambda is at its concurrency limit: received, but not invoked.
    NotInvoked,
    /// Dies after this time, if it still runs then.
    Crashes(Duration),
    AnswerLost,
}

/// What the mapping gets from an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The text of the answer.
    Answer(String),
    /// The handler failed.
    Error,
    /// No answer, through no fault of the processor.
    None,
    /// Lambda ended the handler at the function's timeout.
    TimedOut,
}

/// The messages of a batch that stay in the queue.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Retried {
    All,
    Only(BTreeSet<usize>),
}

/// Polls until the queue is empty or it is too late.
pub(crate) async fn poll<S: Store>(
    world: Shared,
    poller: usize,
    store: Arc<S>,
    environment: Arc<Environment>,
) {
    loop {
        let received = lock(&world).receive(poller);
        let batch = match received {
            Received::Empty => return,
            Received::Nothing(wait) => {
                sleep(wait).await;
                continue;
            }
            Received::Batch(batch) => batch,
        };
        let (payload, fate, mutant) = {
            let mut world = lock(&world);
            (payload(&world, &batch), world.fate(), world.plan.mutant)
        };
        let reply = invoke(&world, &store, &environment, payload, fate, mutant).await;
        lock(&world).settle(poller, &reply);
    }
}

async fn invoke<S: Store>(
    world: &Shared,
    store: &Arc<S>,
    environment: &Arc<Environment>,
    payload: Value,
    fate: Fate,
    mutant: Option<Mutant>,
) -> Reply {
    if fate == Fate::NotInvoked {
        return Reply::None;
    }
    let (now, limit) = {
        let world = lock(world);
        (world.timestamp(), world.plan.function_timeout)
    };
    let left = mutant.map_or(limit, |mutant| mutant.left(limit));
    let (store, environment, sent) = (Arc::clone(store), Arc::clone(environment), payload.clone());
    // A task of its own, so that a crash also ends what it started.
    let mut handler =
        tokio::spawn(async move { answer(&environment, &store, sent, "request", now, left).await });
    let ends = match fate {
        Fate::Crashes(after) => after.min(limit),
        _ => limit,
    };
    let Ok(finished) = timeout(ends, &mut handler).await else {
        handler.abort();
        // Waits for its end, so that it does not run beside the next invocation.
        let _ = handler.await;
        return if ends < limit { Reply::None } else { Reply::TimedOut };
    };
    let Ok(answer) = finished.unwrap() else { return Reply::Error };
    lock(world).count(&answer.lines[0]);
    if fate == Fate::AnswerLost {
        return Reply::None;
    }
    let mut response = serde_json::to_value(&answer.response).unwrap();
    if let Some(mutant) = mutant {
        mutant.respond(&mut response, &payload);
    }
    Reply::Answer(response.to_string())
}

/// The invocation of SQS, as Lambda makes it.
fn payload(world: &World, batch: &[usize]) -> Value {
    let records: Vec<Value> = batch
        .iter()
        .map(|&number| {
            let message = &world.queue.messages[number];
            json!({
                "messageId": message_id(number), "receiptHandle": "h", "body": message.body,
                "attributes": {"ApproximateReceiveCount": message.receive_count.to_string()},
                "messageAttributes": {}, "eventSource": "aws:sqs",
            })
        })
        .collect();
    json!({ "Records": records })
}

/// Reads an answer by the rules of `ReportBatchItemFailures`: an empty one means success, and an invalid one means that
/// all of `batch` failed.
pub(crate) fn retried(answer: &str, batch: &[usize]) -> Retried {
    let nothing = Retried::Only(BTreeSet::new());
    if answer.is_empty() {
        return nothing;
    }
    let failures = match serde_json::from_str(answer) {
        Ok(Value::Null) => return nothing,
        Ok(Value::Object(fields)) if fields.is_empty() => return nothing,
        Ok(Value::Object(mut fields)) => fields.remove("batchItemFailures"),
        _ => None,
    };
    let failures = match failures {
        Some(Value::Null) => return nothing,
        Some(Value::Array(failures)) => failures,
        _ => return Retried::All,
    };
    let named = |failure: &Value| {
        let number = number(failure["itemIdentifier"].as_str()?)?;
        batch.contains(&number).then_some(number)
    };
    failures.iter().map(named).collect::<Option<_>>().map_or(Retried::All, Retried::Only)
}

#[test]
fn answers_are_read_as_lambda_reads_them() {
    let batch = [3, 5];
    for nothing in ["", "null", "{}", r#"{"batchItemFailures":null}"#, r#"{"batchItemFailures":[]}"#] {
        assert_eq!(retried(nothing, &batch), Retried::Only(BTreeSet::new()), "{nothing}");
    }
    assert_eq!(
        retried(r#"{"batchItemFailures":[{"itemIdentifier":"m-5"}]}"#, &batch),
        Retried::Only(BTreeSet::from([5]))
    );
    for all in [
        "{",
        "[]",
        r#""text""#,
        r#"{"batchItemFailure":[]}"#,
        r#"{"batchItemFailures":{}}"#,
        r#"{"batchItemFailures":[{"itemIdentifier":"m-5"},{"itemIdentifier":""}]}"#,
        r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
        r#"{"batchItemFailures":[{"itemIdentifer":"m-5"}]}"#,
        r#"{"batchItemFailures":[{"itemIdentifier":"m-4"}]}"#,
        r#"{"batchItemFailures":["m-5"]}"#,
    ] {
        assert_eq!(retried(all, &batch), Retried::All, "{all}");
    }
}
