//! The whole pipeline under faults: the local cloud's bus, queue and table, the real processor, a proxy that fails a
//! fifth of its writes, and random kills.

#![expect(clippy::print_stdout, reason = "the checker prints its findings")]

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC, json_of, send};
use crate::tools;

const PROXY: &str = "microburst==0.10.0";
const EVENTS: usize = 1_000;
const KILLS: usize = 20;
/// The most entries of one PutEvents call.
const ENTRIES: usize = 10;
/// A fifth of the writes in total. The last two are applied, and the answer is truncated.
const FAULTS: &str = "
- {service: dynamodb, operation: PutItem, probability: 0.04, error: {code: ProvisionedThroughputExceededException}}
- {service: dynamodb, operation: PutItem, probability: 0.04, error: {code: InternalServerError, status: 500}}
- {service: dynamodb, operation: PutItem, probability: 0.04, error: {code: ServiceUnavailable, status: 503}}
- {service: dynamodb, operation: PutItem, probability: 0.03, reset: true}
- {service: dynamodb, operation: PutItem, probability: 0.03, response: {abort_bytes: 1}}
- {service: dynamodb, operation: PutItem, probability: 0.03, response: {truncate_bytes: 1}}
";

#[test]
fn nothing_is_lost_or_doubled_while_writes_fail_and_the_processor_is_killed() {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let proxy = Proxy::start(&cloud);

    let text = SPEC.replace("max_receive_count: 2", "max_receive_count: 10");
    let spec = cloud.write("spec.yaml", &format!("{text}deploy: {{templates: templates}}\n"));
    let spec = spec.to_str().expect("UTF-8");
    let templates = cloud.path("templates");
    cloud.run(&["eject", "processor", "--to", templates.to_str().expect("UTF-8")]).succeeded();
    let template = std::fs::read_to_string(templates.join("processor.yaml.j2")).expect("the copy");
    let variable = "          ENVIRONMENT: ";
    assert!(template.contains(variable), "the variables are not where they were");
    let through = format!("          AWS_ENDPOINT_URL_DYNAMODB: {}\n{variable}", proxy.endpoint);
    cloud.write("templates/processor.yaml.j2", &template.replace(variable, &through));
    cloud.run(&["apply", spec, "--local"]).succeeded();

    // Every tenth is sent twice, the second time in a separate batch.
    let twice = (0..EVENTS).filter(|number| number % 10 == 0);
    for numbers in (0..EVENTS).chain(twice).collect::<Vec<_>>().chunks(ENTRIES) {
        put_events(&cloud, numbers);
    }

    let cloud_pid = cloud.status()["pid"].to_string();
    let mut random = fastrand::Rng::with_seed(5);
    let mut killed = 0;
    let end = Instant::now() + Duration::from_secs(240);
    let good = (0..EVENTS).filter(|number| !is_poison(*number)).count();
    loop {
        let status = cloud.run(&["status", spec, "--local", "--format", "json"]).succeeded().json();
        let count = |path: &str| status.pointer(path).and_then(Value::as_u64).expect("a count");
        let waiting = count("/queue/visible") + count("/queue/in_flight");
        if waiting == 0 && killed >= KILLS {
            break;
        }
        assert!(Instant::now() < end, "{waiting} messages wait still, {killed} kills: {status}");
        if killed < KILLS && kill_processors(&cloud_pid) {
            killed += 1;
        }
        sleep(Duration::from_millis(random.u64(20..200)));
    }

    let rows = rows(&cloud);
    let dead_letters = cloud.run(&["dlq", "list", spec, "--local", "--format", "json"]).succeeded().json();
    let dead_letters = dead_letters["messages"].as_array().expect("letters");
    let of = |number: usize| rows.get(&format!("S-{number}")).map_or(&[] as &[String], Vec::as_slice);
    let numbers = || (0..EVENTS).filter(|number| !is_poison(*number));
    let lost = numbers().filter(|number| of(*number).is_empty()).count();
    let doubled = rows.values().map(|contents| contents.len() - 1).sum::<usize>();
    let wrong =
        numbers().filter(|number| of(*number).iter().any(|content| *content != number.to_string())).count();
    let wrongly_dead =
        dead_letters.iter().filter(|dead_letter| dead_letter["reason"] != "missing-field").count();
    println!("lost / doubled / wrong / wrongly dead = {lost}/{doubled}/{wrong}/{wrongly_dead}");
    assert_eq!((lost, doubled, wrong, wrongly_dead), (0, 0, 0, 0));
    assert_eq!((rows.len(), dead_letters.len()), (good, EVENTS - good), "rows, and poison that is dead");

    let rules = proxy.get("rules");
    let fired: Vec<u64> = rules
        .as_array()
        .expect("rules")
        .iter()
        .map(|rule| rule["fired_count"].as_u64().unwrap_or(0))
        .collect();
    assert!(fired.len() == 6 && fired.iter().all(|times| *times > 0), "every fault happened: {rules}");
    let calls = proxy.get("stats")["requests"]["total"].as_u64().expect("a count");
    println!("{} of {calls} calls failed, {killed} processors killed", fired.iter().sum::<u64>());
}

fn is_poison(number: usize) -> bool {
    number % 100 == 99
}

fn put_events(cloud: &Cloud, numbers: &[usize]) {
    let entries: Vec<Value> = numbers
        .iter()
        .map(|number| {
            let detail = match number {
                poison if is_poison(*poison) => json!({"n": poison}),
                number => json!({
                    "shipment_id": format!("S-{number}"),
                    "event_timestamp": "2026-01-31T09:05:00Z",
                    "event_type": "shipment.created",
                    "event_data": {"n": number},
                }),
            };
            json!({
                "EventBusName": "walk-test",
                "Source": "shipment.service",
                "DetailType": "shipment.created",
                "Detail": detail.to_string(),
            })
        })
        .collect();
    let answer = cloud.target("events", "AWSEvents.PutEvents", &json!({ "Entries": entries }).to_string());
    assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
}

/// Contents by partition key; a key with two rows has two contents.
fn rows(cloud: &Cloud) -> BTreeMap<String, Vec<String>> {
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut query = json!({"TableName": "walk-test"});
    loop {
        let page = cloud.target("dynamodb", "DynamoDB_20120810.Scan", &query.to_string());
        for row in page["Items"].as_array().expect("rows") {
            let key = row["shipment_id"]["S"].as_str().expect("a key").to_owned();
            let content = row["event_data"]["M"]["n"]["N"].as_str().expect("a number");
            rows.entry(key).or_default().push(content.to_owned());
        }
        match page.get("LastEvaluatedKey") {
            Some(last) => query["ExclusiveStartKey"] = last.clone(),
            None => return rows,
        }
    }
}

/// Kills the processes that the local cloud runs for the function; returns whether there were any.
fn kill_processors(cloud_pid: &str) -> bool {
    let killed = Command::new("pkill").args(["-KILL", "-P", cloud_pid, "bootstrap"]).status();
    killed.expect("pkill").success()
}

/// The proxy between the processor and the table.
struct Proxy {
    child: Child,
    endpoint: String,
}

impl Proxy {
    fn start(cloud: &Cloud) -> Self {
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let config = cloud.write("proxy.yaml", &format!("rules:{FAULTS}"));
        let child = Command::new(installed().join("bin/microburst"))
            .args([
                "--no-resign",
                "--upstream",
                &cloud.direct_endpoint(),
                "--port",
                &port.to_string(),
                "--config",
            ])
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the proxy starts");
        let proxy = Self { child, endpoint: format!("http://127.0.0.1:{port}") };
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "the proxy listens");
            sleep(Duration::from_millis(50));
        }
        proxy
    }

    /// A figure that the proxy reports about itself.
    fn get(&self, what: &str) -> Value {
        json_of(&send(&self.endpoint, "GET", &format!("/_microburst/{what}"), "application/json", ""))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn installed() -> PathBuf {
    tools::installed("proxy", PROXY, |folder| {
        tools::run(Command::new("python3").args(["-m", "venv"]).arg(folder));
        let arguments = ["install", "--quiet", "--disable-pip-version-check", PROXY];
        tools::run(Command::new(folder.join("bin/pip")).args(arguments));
    })
}
