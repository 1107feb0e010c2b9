//! A DynamoDB table with conditional `PutItem` and every way in which it can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Reply, Request, serve};

/// The table. The prefix of a row's partition key selects its fault: `throttle-always`, `error-once`, … (see
/// [`Table::fault`]).
#[derive(Default)]
pub(crate) struct Table {
    latency: Duration,
    rows: Mutex<BTreeMap<(String, String), Value>>,
    attempts: Mutex<BTreeMap<String, usize>>,
    calls: AtomicUsize,
    reads: AtomicUsize,
    /// Random faults of about every fifth call; `None`: only those that rows select.
    storm: Mutex<Option<fastrand::Rng>>,
    /// Connections that were opened with a `GET`, and those that had writes.
    greeted: Mutex<BTreeSet<usize>>,
    written_on: Mutex<BTreeSet<usize>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Table {
    /// A table that takes `latency` for each call.
    pub(crate) fn start(latency: Duration) -> (Arc<Self>, SocketAddr) {
        let table = Arc::new(Self { latency, ..Self::default() });
        let server = Arc::clone(&table);
        let address = serve(move |request| server.call(&request));
        (table, address)
    }

    /// From now on a fifth of the calls fails in some way.
    pub(crate) fn storm(&self, seed: u64) {
        *self.storm.lock().unwrap() = Some(fastrand::Rng::with_seed(seed));
    }

    /// The stored row, in DynamoDB's typed JSON.
    pub(crate) fn row(&self, partition_key: &str) -> Option<Value> {
        let rows = self.rows.lock().unwrap();
        let mut found = rows.iter().filter(|((key, _), _)| key == partition_key);
        let row = found.next().map(|(_, row)| row.clone());
        assert!(found.next().is_none(), "two rows of {partition_key}");
        row
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows.lock().unwrap().len()
    }

    pub(crate) fn insert(&self, row: Value) {
        self.rows.lock().unwrap().insert(key(&row), row);
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Calls that read a row.
    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::SeqCst)
    }

    pub(crate) fn greeted(&self) -> BTreeSet<usize> {
        self.greeted.lock().unwrap().clone()
    }

    pub(crate) fn written_on(&self) -> BTreeSet<usize> {
        self.written_on.lock().unwrap().clone()
    }

    fn call(&self, request: &Request) -> Reply {
        if request.method == "GET" {
            self.greeted.lock().unwrap().insert(request.connection);
            assert_eq!((request.path.as_str(), request.body.as_str()), ("/", ""));
            return Reply::Answer { status: 200, headers: vec![], body: "healthy".to_owned() };
        }
        self.written_on.lock().unwrap().insert(request.connection);
        self.calls.fetch_add(1, Ordering::SeqCst);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        sleep(self.latency);
        let input: Value = serde_json::from_str(&request.body).unwrap();
        let reply = match request.target.split_once('.') {
            Some((_, "GetItem")) => self.get(&input),
            _ => self.fault(&input),
        };
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        reply
    }

    fn fault(&self, input: &Value) -> Reply {
        const STORM: [&str; 6] = ["throttle", "error", "unavailable", "reset", "lost", "truncated"];
        let partition_key = key(&input["Item"]).0;
        let by_chance = self
            .storm
            .lock()
            .unwrap()
            .as_mut()
            .and_then(|random| (random.u32(..100) < 20).then(|| STORM[random.usize(..STORM.len())]));
        if let Some(fault) = by_chance {
            return self.misbehave(fault, &partition_key, input);
        }
        let attempt = {
            let mut attempts = self.attempts.lock().unwrap();
            let attempt = attempts.entry(partition_key.clone()).or_default();
            *attempt += 1;
            *attempt
        };
        let (fault, always) =
            partition_key.rsplit_once('-').map_or(("", false), |(fault, _)| match fault.rsplit_once('-') {
                Some((fault, "always")) => (fault, true),
                Some((fault, "once")) => (fault, false),
                _ => ("", false),
            });
        if fault.is_empty() || (!always && attempt > 1) {
            return self.put(input);
        }
        self.misbehave(fault, &partition_key, input)
    }

    fn misbehave(&self, fault: &str, partition_key: &str, input: &Value) -> Reply {
        match fault {
            "throttle" => refuse(400, "ThrottlingException", json!({"message": "slow down"})),
            "error" => refuse(500, "InternalServerError", json!({"message": "oops"})),
            "unavailable" => Reply::Answer { status: 503, headers: vec![], body: "<html>".to_owned() },
            "denied" => refuse(400, "AccessDeniedException", json!({"Message": "role r may not write"})),
            "invalid" => {
                refuse(400, "ValidationException", json!({"message": format!("bad {partition_key}")}))
            }
            "bare" | "bare-unreadable" => match self.put(input) {
                Reply::Answer { status: 400, .. } => refuse(
                    400,
                    "ConditionalCheckFailedException",
                    json!({"message": "The conditional request failed"}),
                ),
                written => written,
            },
            "reset" => Reply::Hang,
            "lost" => {
                self.put(input);
                Reply::Hang
            }
            "truncated" => {
                self.put(input);
                Reply::Truncate("{".to_owned())
            }
            "slow" => {
                sleep(Duration::from_secs(5));
                self.put(input)
            }
            other => panic!("no fault `{other}`"),
        }
    }

    /// The row under a key, read after all earlier writes.
    fn get(&self, input: &Value) -> Reply {
        self.reads.fetch_add(1, Ordering::SeqCst);
        assert_eq!((&input["TableName"], &input["ConsistentRead"]), (&json!("events-test"), &json!(true)));
        let key = key(&input["Key"]);
        if key.0.starts_with("bare-unreadable") {
            return refuse(400, "AccessDeniedException", json!({"Message": "role r may not read"}));
        }
        let row = self.rows.lock().unwrap().get(&key).cloned();
        let body = row.map_or(json!({}), |row| json!({ "Item": row }));
        Reply::Answer { status: 200, headers: vec![], body: body.to_string() }
    }

    fn put(&self, input: &Value) -> Reply {
        assert_eq!(input["ConditionExpression"], "attribute_not_exists(#key) OR #expires < :now");
        assert_eq!(
            input["ExpressionAttributeNames"],
            json!({"#key": "shipment_id", "#expires": "expires_at"})
        );
        let seconds = |value: &Value| value["N"].as_str().and_then(|seconds| seconds.parse::<u64>().ok());
        let now = seconds(&input["ExpressionAttributeValues"][":now"]).unwrap();
        assert_eq!(input["TableName"], "events-test");
        let item = input["Item"].clone();
        let mut rows = self.rows.lock().unwrap();
        let is_expired = |row: &Value| seconds(&row["expires_at"]).is_some_and(|expires| expires < now);
        if let Some(existing) = rows.get(&key(&item)).filter(|row| !is_expired(row)) {
            assert_eq!(input["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
            let body = json!({"message": "The conditional request failed", "Item": existing});
            return refuse(400, "ConditionalCheckFailedException", body);
        }
        rows.insert(key(&item), item);
        Reply::Answer { status: 200, headers: vec![], body: "{}".to_owned() }
    }
}

fn key(item: &Value) -> (String, String) {
    let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
    (text("shipment_id"), text("event_timestamp"))
}

fn refuse(status: u16, code: &str, mut body: Value) -> Reply {
    body["__type"] = format!("com.amazonaws.dynamodb.v20120810#{code}").into();
    let headers = vec![("content-type", "application/x-amz-json-1.0".to_owned())];
    Reply::Answer { status, headers, body: body.to_string() }
}
