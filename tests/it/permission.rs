//! The processor's role allows exactly the calls it makes. The local cloud can enforce policies; if it cannot show that
//! an action is needed, the reason is given here.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pipectl::aws::{Clients, Settings};
use pipectl::operate::TableApi as _;
use serde_json::Value;

use crate::cloud::{Cloud, Run, SPEC};
use crate::values::rendered;

/// Every action of the role: who calls it, and if its absence has no effect in the local cloud, why.
const ACTIONS: [(&str, Option<&str>); 12] = [
    (
        "dynamodb:GetItem",
        Some(
            "the processor reads a row where the answer to a failed condition lacks it; the local cloud's has it",
        ),
    ),
    ("dynamodb:PutItem", None),
    (
        "kms:Decrypt",
        Some("SQS, DynamoDB and Lambda ask in the role's name; the local cloud encrypts nothing"),
    ),
    (
        "kms:GenerateDataKey",
        Some("SQS encrypts a dead letter in the role's name; the local cloud encrypts nothing"),
    ),
    (
        "logs:CreateLogStream",
        Some("Lambda writes what the processor prints; the local cloud does so in its own name"),
    ),
    (
        "logs:PutLogEvents",
        Some("Lambda writes what the processor prints; the local cloud does so in its own name"),
    ),
    (
        "sqs:DeleteMessage",
        Some("Lambda's pollers read the queue in the role's name; the local cloud's in their own"),
    ),
    (
        "sqs:GetQueueAttributes",
        Some("Lambda looks at the queue in the role's name; the local cloud in its own"),
    ),
    (
        "sqs:ReceiveMessage",
        Some("Lambda's pollers read the queue in the role's name; the local cloud's in their own"),
    ),
    (
        "sqs:SendMessage",
        Some("without it a dead letter goes the way of its receives, as a test of `at_once` shows"),
    ),
    ("xray:PutTelemetryRecords", Some("Lambda's X-Ray daemon calls it; the local cloud has none")),
    ("xray:PutTraceSegments", Some("Lambda's X-Ray daemon calls it; the local cloud has none")),
];

fn statements(spec: &str) -> Vec<Value> {
    let template = rendered(spec).parsed;
    let role = &template["Resources"]["ProcessorRole"]["Properties"];
    assert_eq!(role.get("ManagedPolicyArns"), None);
    assert_eq!(role["Policies"].as_array().map(Vec::len), Some(1));
    role["Policies"][0]["PolicyDocument"]["Statement"].as_array().expect("statements").clone()
}

fn actions(statement: &Value) -> Vec<&str> {
    match &statement["Action"] {
        Value::String(action) => vec![action],
        list => list.as_array().expect("actions").iter().filter_map(Value::as_str).collect(),
    }
}

#[test]
fn the_role_allows_what_is_called_and_no_more() {
    let statements = statements(&format!("{SPEC}encryption: stack_key\n"));
    let mut allowed = BTreeMap::new();
    for statement in &statements {
        assert_eq!(statement["Effect"], "Allow");
        for action in actions(statement) {
            assert!(!action.contains('*'), "{action}");
            // X-Ray has no resources; every other statement names its one resource.
            assert_eq!(statement["Resource"] == "*", action.starts_with("xray:"), "{action}");
            allowed.insert(action, ());
        }
    }
    let known: Vec<&str> = ACTIONS.iter().map(|(action, _)| *action).collect();
    assert_eq!(allowed.into_keys().collect::<Vec<_>>(), known, "each action is explained");
}

#[test]
fn what_is_not_used_is_not_allowed() {
    let used = |spec: &str| -> Vec<String> {
        statements(spec).iter().flat_map(actions).map(str::to_owned).collect()
    };
    let plain = used(&SPEC.replace("processor:\n", "processor:\n  tracing: false\n"));
    assert!(
        !plain.iter().any(|action| action.starts_with("kms:") || action.starts_with("xray:")),
        "{plain:?}"
    );
    assert!(used(&format!("{SPEC}encryption: stack_key\n")).contains(&"kms:Decrypt".to_owned()));
}

/// A local cloud that enforces policies.
fn strict(cloud: &Cloud, arguments: &[&str]) -> Run {
    let output = cloud.command(arguments).env("PIPECTL_LOCAL_IAM", "1").output();
    Run::of(output.expect("pipectl runs"))
}

#[test]
fn without_an_action_that_is_called_no_event_becomes_a_row() {
    let needed: Vec<&str> =
        ACTIONS.iter().filter(|(_, why_not)| why_not.is_none()).map(|(action, _)| *action).collect();
    for action in needed {
        let cloud = Cloud::new();
        let up = cloud.typed(&["local", "up"]).env("PIPECTL_LOCAL_IAM", "1").output();
        Run::of(up.expect("pipectl runs")).succeeded();
        // Enough time for both halves before a message is a dead letter.
        let spec = SPEC.replace("max_receive_count: 2", "max_receive_count: 1000");
        let without = cloud.write("spec.yaml", &format!("{spec}deploy: {{templates: templates}}\n"));
        let folder = cloud.path("templates");
        let folder = folder.to_str().expect("UTF-8");
        cloud.run(&["eject", "processor", "--to", folder]).succeeded();
        let template = std::fs::read_to_string(cloud.path("templates/processor.yaml.j2")).expect("the copy");
        // Allowed on another resource only. So that the template passes `validate`, the role also has a policy of unknown
        // content.
        let grant = format!("Action: [{action}, dynamodb:GetItem]\n                Resource: ");
        let (before, remainder) = template.split_once(&grant).expect("the grant");
        let (_, after) = remainder.split_once('\n').expect("its line");
        let other = "\"arn:aws:dynamodb:us-east-1:000000000000:table/other\"";
        let unknown =
            "      ManagedPolicyArns: [\"arn:aws:iam::000000000000:policy/elsewhere\"]\n      Policies:\n";
        let before = before.replacen("      Policies:\n", unknown, 1);
        cloud.write("templates/processor.yaml.j2", &format!("{before}{grant}{other}\n{after}"));
        let spec_path = without.to_str().expect("UTF-8").to_owned();
        let apply = ["apply", spec_path.as_str(), "--local"];
        strict(&cloud, &apply).succeeded();
        strict(&cloud, &["send", &spec_path, "--local", "--count", "3"]).succeeded();
        let denied = || cloud.run(&["local", "logs"]).stdout.contains("access-denied");
        assert!(soon(denied), "without `{action}` the table refuses the processor");
        let rows = || row_count(&cloud);
        assert_eq!(rows(), 0, "`{action}`");

        cloud.write("spec.yaml", &spec);
        strict(&cloud, &apply).succeeded();
        assert!(soon(|| rows() == 3), "with `{action}` they become rows: {}", rows());
    }
}

/// Read as the account's owner, because `status` cannot: the queue's policy refuses calls without TLS.
fn row_count(cloud: &Cloud) -> u64 {
    let endpoint = cloud.status()["endpoint"].as_str().map(ToOwned::to_owned);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let settings = Settings { endpoint, local: true, ..Settings::default() };
        let clients = Clients::new(settings).await.expect("clients");
        clients.row_count("walk-test").await.expect("a count")
    })
}

fn soon(mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        if holds() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    false
}
