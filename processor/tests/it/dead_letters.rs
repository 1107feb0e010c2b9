//! Records that can never become rows are sent to the dead-letter queue at once, and are acknowledged only if SQS
//! confirms it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pipectl_processor::attribute::{Attribute, Attributes};
use pipectl_processor::batch::{Deadline, Outcome, Store, process};
use pipectl_processor::bury::Dead;
use pipectl_processor::config::Config;
use pipectl_processor::dead_letters::DeadLetterQueue;
use pipectl_processor::death::{Death, originals};
use pipectl_processor::invocation::{Record, records};
use pipectl_processor::reason::Reason;
use pipectl_processor::row::Row;
use pipectl_processor::throttle::Throttle;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::http::{Reply, serve};

const MINUTE: Duration = Duration::from_secs(60);

/// Accepts rows slowly, and all dead letters except those that it is set to refuse.
#[derive(Default)]
struct Memory {
    latency: Duration,
    refused: Vec<&'static str>,
    row: Option<Outcome>,
    buried: Mutex<Vec<(String, Instant)>>,
}

impl Store for Memory {
    async fn put(&self, row: Row, _: jiff::Timestamp, _: &Throttle) -> Outcome {
        sleep(self.latency).await;
        assert_ne!(row.partition_key.as_str(), "panic");
        self.row.clone().unwrap_or(Outcome::Written)
    }

    async fn bury(&self, dead: &[Dead<'_>], _: Instant) -> Vec<bool> {
        let id = |one: &Dead<'_>| one.record.message_id.clone().unwrap_or_default();
        self.buried.lock().unwrap().extend(dead.iter().map(|one| (id(one), Instant::now())));
        dead.iter().map(|one| !self.refused.contains(&id(one).as_str())).collect()
    }
}

fn record(id: &str, key: &str, receive_count: u32) -> Record {
    let body =
        format!(r#"{{"shipment_id":"{key}","event_timestamp":"2026-01-31T09:05:00Z","event_type":"k"}}"#);
    Record { message_id: Some(id.to_owned()), body, receive_count, ..Record::default() }
}

fn poison(id: &str) -> Record {
    Record { body: "poison".to_owned(), ..record(id, "", 1) }
}

async fn run(store: &Arc<Memory>, batch: &[Record]) -> Vec<Outcome> {
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let deadline = Deadline::in_time(Instant::now(), MINUTE);
    process(&Config::default(), store, batch, now, deadline).await.outcomes
}

fn is_dead(outcome: &Outcome, reason: Reason) -> bool {
    matches!(outcome, Outcome::DeadLetter(failure) if failure.reason == reason)
}

#[tokio::test(start_paused = true)]
async fn poison_is_buried_beside_the_writes_and_only_what_is_taken_is_done_with() {
    let store = Arc::new(Memory { latency: MINUTE / 2, refused: vec!["b"], ..Memory::default() });
    let started = Instant::now();
    let outcomes = run(&store, &[poison("a"), record("good", "S", 1), poison("b")]).await;
    assert!(is_dead(&outcomes[0], Reason::InvalidJson));
    assert_eq!(outcomes[1], Outcome::Written);
    assert_eq!(outcomes[2].failure(), Some(Reason::InvalidJson), "it goes back to the queue");
    let buried = store.buried.lock().unwrap();
    assert_eq!(buried.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["a", "b"], "each once");
    assert!(buried.iter().all(|(_, at)| *at == started), "not after the writes");
}

#[tokio::test(start_paused = true)]
async fn what_a_write_shows_is_buried_after_it_and_what_passes_never() {
    for (reason, receives, dies) in [
        (Reason::Conflict, 1, true),
        (Reason::RowRefused, 4, false),
        (Reason::RowRefused, 5, true),
        (Reason::Throttled, 900, false),
        (Reason::AccessDenied, 900, false),
        (Reason::Timeout, 900, false),
    ] {
        let store = Arc::new(Memory { row: Some(Outcome::failed(reason, "")), ..Memory::default() });
        let outcomes = run(&store, &[record("a", "S", receives)]).await;
        assert_eq!(is_dead(&outcomes[0], reason), dies, "{reason} {receives}");
    }
    let store = Arc::new(Memory::default());
    let batch = [record("young", "panic", 4), record("good", "S", 5)];
    let outcomes = run(&store, &batch).await;
    assert_eq!((outcomes[0].failure(), &outcomes[1]), (Some(Reason::Panic), &Outcome::Written));
    let outcomes = run(&store, &[record("old", "panic", 5)]).await;
    assert!(is_dead(&outcomes[0], Reason::Panic));
}

/// Two messages in the form of Lambda's invocation.
fn invocation() -> Vec<Record> {
    let full = json!({
        "messageId": "m-1", "body": r#"{"id": "e-1", "detail": {}}"#,
        "attributes": {
            "ApproximateReceiveCount": "1", "SentTimestamp": "1764237599900", "ApproximateFirstReceiveTimestamp": "1764237600123",
            "AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793", "MessageGroupId": "customer-7",
        },
        "messageAttributes": {
            "tenant": {"dataType": "String", "stringValue": "acme"},
            "sum": {"dataType": "Number.float", "stringValue": "1.5"},
            "seal": {"dataType": "Binary", "binaryValue": "AQI="},
            "pipectl-reason": {"dataType": "String", "stringValue": "conflict"},
        },
    });
    let plain = json!({"messageId": "m-2", "body": "poison"});
    let unread = json!({"messageId": "m-3", "body": "x", "messageAttributes": {"a": {"dataType": "String"}}});
    records(json!({"Records": [full, plain, unread]})).unwrap()
}

/// A queue with one answer to every call, and the requests it received.
struct Server {
    address: String,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    fn start(status: u16, answer: Value) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let address = serve(move |request| {
            assert_eq!(request.target, "AmazonSQS.SendMessageBatch");
            seen.lock().unwrap().push(serde_json::from_str(&request.body).unwrap());
            Reply::Answer { status, headers: Vec::new(), body: answer.to_string() }
        });
        Self { address: format!("http://{address}"), requests }
    }

    fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }
}

fn queue(server: &Server) -> DeadLetterQueue {
    let address = server.address.clone();
    DeadLetterQueue::of_environment("http://queue/dead".to_owned(), "7", move |name| match name {
        "AWS_ENDPOINT_URL_SQS" => Some(address.clone()),
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        _ => None,
    })
}

async fn send(queue: &DeadLetterQueue, batch: &[Record]) -> Vec<bool> {
    let Outcome::Failed(failure) = Outcome::failed(Reason::MissingField, "`a` is missing") else { panic!() };
    let dead: Vec<Dead<'_>> = batch.iter().map(|record| Dead { record, failure: &failure }).collect();
    queue.send(&dead, Instant::now() + Duration::from_secs(20)).await
}

/// An attribute in the form of the request.
fn attribute(value: &Value) -> Attribute {
    Attribute::text(value["StringValue"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_dead_letter_has_its_attributes_and_its_reason() {
    let answer = json!({"Successful": [{"Id": "0", "MessageId": "n", "MD5OfMessageBody": "x"}],
        "Failed": [{"Id": "1", "SenderFault": true, "Code": "InvalidMessageContents"}]});
    let server = Server::start(200, answer);
    let batch = invocation();
    assert_eq!(send(&queue(&server), &batch).await, [true, false, false], "what is not answered is not sent");
    let sent = server.requests().remove(0);
    assert_eq!(sent["QueueUrl"], "http://queue/dead");
    let entries = sent["Entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "what cannot be sent on whole is not sent");
    let first = &entries[0];
    assert_eq!(first["MessageBody"], batch[0].body);
    assert_eq!(first["MessageGroupId"], "customer-7");
    assert_eq!(
        first["MessageSystemAttributes"]["AWSTraceHeader"],
        json!({"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"})
    );
    let written = &first["MessageAttributes"];
    assert_eq!(written["sum"], json!({"DataType": "Number.float", "StringValue": "1.5"}));
    assert_eq!(written["seal"], json!({"DataType": "Binary", "BinaryValue": "AQI="}));
    let read: Attributes =
        written.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    assert_eq!(originals(&read).len(), 3);
    let version = format!("{} (function version 7)", env!("CARGO_PKG_VERSION"));
    let expected = Death {
        reason: "missing-field".to_owned(),
        detail: "`a` is missing".to_owned(),
        event_id: "e-1".to_owned(),
        queued_at: "2025-11-27T09:59:59.900Z".to_owned(),
        first_received: "2025-11-27T10:00:00.123Z".to_owned(),
        pipeline_version: version,
        message_id: "m-1".to_owned(),
        attempts: "1".to_owned(),
        redriven: String::new(),
    };
    assert_eq!(Death::read(&read), Some(expected));
}

#[tokio::test]
async fn a_queue_that_refuses_ends_the_calls_and_nothing_is_done_with() {
    let refusal = json!({"__type": "com.amazonaws.sqs#AccessDenied", "message": "no"});
    let server = Server::start(403, refusal);
    let batch: Vec<Record> = (0..1_000).map(|number| poison(&number.to_string())).map(sendable).collect();
    assert_eq!(send(&queue(&server), &batch).await, vec![false; 1_000]);
    assert!(server.requests().len() <= 8, "{}", server.requests().len());
}

#[tokio::test]
async fn calls_keep_to_ten_entries_and_one_mebibyte() {
    let all: Vec<Value> =
        (0..30).map(|id| json!({"Id": id.to_string(), "MessageId": "n", "MD5OfMessageBody": "x"})).collect();
    let server = Server::start(200, json!({"Successful": all, "Failed": []}));
    let mut batch: Vec<Record> = (0..23).map(|number| poison(&number.to_string())).map(sendable).collect();
    for large in &mut batch[20..] {
        large.body = "x".repeat(600_000);
    }
    batch.push(sendable(Record { body: "x".repeat(1_048_576), ..poison("full") }));
    let sent = send(&queue(&server), &batch).await;
    assert!(sent[..23].iter().all(|sent| *sent) && !sent[23], "{sent:?}");
    let mut sizes: Vec<usize> =
        server.requests().iter().map(|request| request["Entries"].as_array().unwrap().len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 1, 10, 10]);
}

fn sendable(record: Record) -> Record {
    Record { attributes: Some(Attributes::new()), ..record }
}
