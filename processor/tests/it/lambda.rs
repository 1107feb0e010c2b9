//! The real `bootstrap` with a runtime API of the tests.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::http::{Reply, Request, serve};
use crate::table::Table;

/// What the processor posted.
pub(crate) struct Posted {
    pub(crate) path: String,
    pub(crate) body: String,
}

struct Invocation {
    body: String,
    timeout: Duration,
}

/// A running processor and its table.
pub(crate) struct Lambda {
    child: Child,
    output: Option<JoinHandle<String>>,
    invocations: Sender<Invocation>,
    posted: Receiver<Posted>,
    pub(crate) table: Arc<Table>,
}

impl Lambda {
    /// A processor with the contract `config` and a fast table.
    pub(crate) fn start(config: &str) -> Self {
        Self::start_on(
            Table::start(Duration::ZERO),
            &[("PIPELINE_CONFIG", config), ("EVENTS_TABLE_NAME", "events-test")],
        )
    }

    /// A processor with these variables in addition to those of Lambda.
    pub(crate) fn start_on(table: (Arc<Table>, std::net::SocketAddr), variables: &[(&str, &str)]) -> Self {
        Self::start_program(Path::new(env!("CARGO_BIN_EXE_bootstrap")), table, variables)
    }

    /// Another program in the processor's place.
    pub(crate) fn start_program(
        program: &Path,
        (table, endpoint): (Arc<Table>, std::net::SocketAddr),
        variables: &[(&str, &str)],
    ) -> Self {
        let (invocations, waiting) = channel::<Invocation>();
        let (post, posted) = channel();
        let waiting = Mutex::new(waiting);
        let api = serve(move |request| runtime_api(request, &waiting, &post));
        let mut child = Command::new(program)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "processor")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "id")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_ENDPOINT_URL", format!("http://{endpoint}"))
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let errors = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let output = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text + &errors.join().unwrap()
        });
        Self { child, output: Some(output), invocations, posted, table }
    }

    /// Sends one invocation and waits for what the processor posts.
    pub(crate) fn invoke_for(&self, body: &str, timeout: Duration) -> Posted {
        self.hand_over(body, timeout);
        self.posted()
    }

    /// Sends one invocation.
    pub(crate) fn hand_over(&self, body: &str, timeout: Duration) {
        self.invocations.send(Invocation { body: body.to_owned(), timeout }).unwrap();
    }

    /// Waits for what the processor posts next.
    pub(crate) fn posted(&self) -> Posted {
        self.posted.recv_timeout(Duration::from_secs(300)).expect("the processor answers")
    }

    /// Sends a batch and returns the exact text of the answer.
    pub(crate) fn send(&self, records: &[Value]) -> String {
        self.send_for(records, Duration::from_secs(60))
    }

    /// Sends a batch with a record that is throttled until the invocation is nearly over.
    pub(crate) fn send_throttled(&self, records: &[Value]) -> String {
        self.send_for(records, Duration::from_secs(6))
    }

    fn send_for(&self, records: &[Value], timeout: Duration) -> String {
        let posted = self.invoke_for(&json!({ "Records": records }).to_string(), timeout);
        assert!(posted.path.ends_with("/response"), "{}: {}", posted.path, posted.body);
        posted.body
    }

    /// Kills the processor and returns its stdout and stderr.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.output.take().unwrap().join().unwrap()
    }

    /// Waits for the processor to exit.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        (code, self.output.take().unwrap().join().unwrap())
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn runtime_api(request: Request, waiting: &Mutex<Receiver<Invocation>>, post: &Sender<Posted>) -> Reply {
    if request.path.ends_with("/invocation/next") {
        let Ok(invocation) = waiting.lock().unwrap().recv() else {
            return Reply::Hang;
        };
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + invocation.timeout;
        let headers = vec![
            ("lambda-runtime-aws-request-id", "r-1".to_owned()),
            ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-west-1:123456789012:function:f".to_owned(),
            ),
            ("content-type", "application/json".to_owned()),
        ];
        return Reply::Answer { status: 200, headers, body: invocation.body };
    }
    let _ = post.send(Posted { path: request.path, body: request.body });
    Reply::Answer { status: 202, headers: vec![], body: r#"{"status":"OK"}"#.to_owned() }
}

/// A record as SQS sends it.
pub(crate) fn record(message_id: &str, body: &str) -> Value {
    json!({
        "messageId": message_id, "receiptHandle": "h", "body": body,
        "attributes": {"ApproximateReceiveCount": "2", "SentTimestamp": "1769850300000"},
        "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
    })
}

/// The body of an event of `shipment`.
pub(crate) fn event(shipment: &str, data: &Value) -> String {
    json!({
        "version": "0", "id": format!("event-{shipment}"), "detail-type": "shipment.created", "source": "shipment.service",
        "time": "2026-01-31T09:05:01Z",
        "detail": {
            "shipment_id": shipment, "event_timestamp": "2026-01-31T09:05:00Z", "event_type": "created", "event_data": data,
        },
    })
    .to_string()
}

/// The answer that names `ids`.
pub(crate) fn failures(ids: &[&str]) -> String {
    let failures: Vec<Value> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    json!({ "batchItemFailures": failures }).to_string()
}

/// The log lines, each of which must be JSON.
pub(crate) fn lines(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}
