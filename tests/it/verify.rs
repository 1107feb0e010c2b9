//! `verify` and `apply --verify` on the local cloud with the real processor: a canary leaves no trace, single faults are
//! found at their hops, and an apply that breaks a hop is rolled back.
//!
//! Nine of ten faults are found here. The local cloud neither asks a role for its permissions nor compares its policies:
//! that one is found in AWS's answers (`src/verify/tests.rs`).

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC};

struct Evening(Cloud);

impl Evening {
    /// The findings of `verify`, with this exit code.
    #[track_caller]
    fn verified(&self, code: i32, more: &[&str]) -> Value {
        let words = [&["--format", "json"], more].concat();
        self.0.local("verify", &words).exited(code).json()
    }

    /// The broken hops, of the whole or of the canary.
    #[track_caller]
    fn broken(&self) -> Vec<String> {
        let found = self.verified(6, &[]);
        assert_eq!(found["verified"], false);
        assert_eq!(found["diagnostics"][0]["code"], "verify::broken");
        assert_eq!(found["canary"]["sent"], false, "it would be lost: {found}");
        let checks = found["checks"].as_array().expect("checks").iter();
        let broken = checks.filter(|check| check["state"] == "broken");
        let hops = broken.map(|check| {
            assert!(check["repair"].is_string() && check["expected"].is_string(), "{check}");
            check["hop"].as_str().expect("a hop").to_owned()
        });
        hops.collect()
    }

    fn resource(&self, hop: &str) -> String {
        let found = self.verified(0, &[]);
        let checks = found["checks"].as_array().expect("checks");
        let check = checks.iter().find(|check| check["hop"] == hop).expect("a check");
        check["resource"].as_str().expect("a name").to_owned()
    }

    fn rows(&self, table: &str) -> Value {
        let ask = json!({"TableName": table}).to_string();
        self.0.target("dynamodb", "DynamoDB_20120810.Scan", &ask)["Count"].take()
    }

    fn policy(&self, set: Option<&str>) -> Value {
        let sqs = |action: &str, body: Value| {
            self.0.target("sqs", &format!("AmazonSQS.{action}"), &body.to_string())
        };
        let url = sqs("GetQueueUrl", json!({"QueueName": "walk-queue-test"}))["QueueUrl"].take();
        let before = sqs("GetQueueAttributes", json!({"QueueUrl": url, "AttributeNames": ["Policy"]}));
        if let Some(policy) = set {
            sqs("SetQueueAttributes", json!({"QueueUrl": url, "Attributes": {"Policy": policy}}));
        }
        before["Attributes"]["Policy"].clone()
    }
}

/// With a KMS key of its own, so that one can be disabled.
fn spec(more: &str) -> String {
    format!("{SPEC}encryption: stack_key\n{more}")
}

#[test]
fn an_evening_before_the_weekend() {
    let evening = Evening(Cloud::new());
    let cloud = &evening.0;
    cloud.write("spec.yaml", &spec(""));
    cloud.local("apply", &["--verify"]).succeeded().reports(&[
        "hops match the template",
        "a row after",
        "deleted",
    ]);
    a_canary_leaves_no_trace(&evening);
    // The other input, and both versions verified.
    let detail = spec("").replace("bus:\n", "bus:\n  input: detail\n");
    cloud.write("spec.yaml", &detail);
    let applied = cloud.local("apply", &["--verify", "--format", "json"]).succeeded();
    let events: Vec<Value> =
        applied.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let verifications: Vec<&Value> = events.iter().filter(|event| event["event"] == "verification").collect();
    assert_eq!(verifications.len(), 2, "{}", applied.stdout);
    assert!(verifications.iter().all(|one| one["canary"]["deleted"] == true), "{}", applied.stdout);
    assert_eq!(evening.rows("walk-test"), 0);

    a_broken_queue_policy_is_taken_back(&evening, &detail);
    what_was_broken_before_is_not_rolled_back_for(&evening, &detail);
    a_first_apply_stays(&evening);
    single_faults_are_found(&evening);
    a_canary_that_is_lost_names_its_hop(&evening);
    evening.0.target("dynamodb", "DynamoDB_20120810.DeleteTable", r#"{"TableName":"walk-test"}"#);
    assert_eq!(evening.broken(), ["table"]);
}

fn a_canary_leaves_no_trace(evening: &Evening) {
    let found = evening.verified(0, &[]);
    let canary = &found["canary"];
    assert_eq!(
        (&found["verified"], &canary["stored"], &canary["deleted"]),
        (&json!(true), &json!(true), &json!(true))
    );
    let hops = canary["hops"].as_array().expect("hops");
    assert!(hops.len() >= 2 && hops.iter().all(|hop| hop["milliseconds"].is_u64()), "{canary}");
    assert_eq!(evening.rows("walk-test"), 0);
    let log = evening.0.local("logs", &["--format", "json", "-v"]).succeeded();
    let lines: Vec<Value> =
        log.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let count = |message: &str| lines.iter().filter(|line| line["message"] == message).count();
    assert_eq!((count("canary"), count("batch")), (2, 0), "it is in no metric:\n{}", log.stdout);
    let text = evening.0.local("verify", &[]).succeeded();
    text.reports(&["also seen by the archive", "AWS's own metrics", "next: pipectl status"])
        .prints(&["✓ table"]);
}

fn a_broken_queue_policy_is_taken_back(evening: &Evening, good: &str) {
    let cloud = &evening.0;
    let templates = cloud.path("templates");
    cloud.run(&["eject", "queue", "--to", templates.to_str().expect("UTF-8")]).succeeded();
    let own = std::fs::read_to_string(templates.join("queue.yaml.j2")).expect("a template");
    // The platform's stack should have the policy, and does not.
    let (before, remainder) = own.split_once("  QueuePolicy:\n").expect("a policy");
    let (_, after) =
        remainder.split_once("  # For messages that the processor cannot store.\n").expect("what follows it");
    cloud.write(
        "templates/queue.yaml.j2",
        &format!("{{# contract delivery: rule-to-queue #}}\n{before}{after}"),
    );
    // Its rule has another name too: each version is verified with its own names.
    let renamed = "names: {rule: walk-renamed}\n";
    cloud.write("spec.yaml", &format!("{good}deploy: {{templates: templates}}\n{renamed}"));
    let applied = cloud.local("apply", &["--verify"]).exited(6);
    applied.reports(&[
        "✗ queue policy",
        "it has no policy",
        "error[verify::broken]: walk-test is broken at `queue policy`",
        "; rolled back to the former version, which is verified",
        "the spec still describes the newer version",
    ]);
    assert_eq!(evening.verified(0, &[])["verified"], true);
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    assert_eq!(history["applies"][0]["result"], "rolled back");
    cloud.write("spec.yaml", good);
}

fn what_was_broken_before_is_not_rolled_back_for(evening: &Evening, good: &str) {
    let policy = evening.policy(Some(""));
    let changed = good.replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 4");
    evening.0.write("spec.yaml", &changed);
    let applied = evening.0.local("apply", &["--verify"]).exited(6);
    applied.reports(&[
        "already broken before this apply",
        "was broken before this apply, so nothing is rolled back",
    ]);
    let history = evening.0.local("history", &["--format", "json"]).succeeded().json();
    assert_eq!(history["applies"][0]["result"], "updated");
    evening.policy(policy.as_str());
}

/// A template from before canaries, and without the policy.
fn a_first_apply_stays(evening: &Evening) {
    let cloud = &evening.0;
    let second = cloud.write(
        "second.yaml",
        &format!("{}deploy: {{templates: templates}}\n", SPEC.replace("name: walk", "name: second")),
    );
    let templates = cloud.path("templates");
    cloud.run(&["eject", "processor", "--to", templates.to_str().expect("UTF-8")]).succeeded();
    let own = std::fs::read_to_string(templates.join("processor.yaml.j2")).expect("a template");
    let (before, remainder) =
        own.split_once("          # The key that signs the events of `pipectl verify`").expect("the key");
    let (_, after) = remainder.split_once("${AWS::StackId}\"}\n").expect("its end");
    cloud.write("templates/processor.yaml.j2", &format!("{before}{after}"));
    let second = second.to_str().expect("UTF-8");
    let applied = cloud.run(&["apply", second, "--local", "--verify"]).exited(6);
    applied.reports(&["queue policy", "; the first version is retained", "remove it with `pipectl destroy"]);
    std::fs::remove_file(templates.join("queue.yaml.j2")).expect("a file");
    cloud.run(&["apply", second, "--local", "--verify"]).succeeded();
    let found = cloud.run(&["verify", second, "--local"]).succeeded();
    found.prints(&["not sent: the deployed processor is too old for canaries; `pipectl apply"]);
}

fn single_faults_are_found(evening: &Evening) {
    let cloud = &evening.0;
    let events =
        |action: &str, body: Value| cloud.target("events", &format!("AWSEvents.{action}"), &body.to_string());
    let rule = || json!({"Name": "walk-rule-test", "EventBusName": "walk-test"});
    let of_rule = |mut more: Value| {
        more["Rule"] = json!("walk-rule-test");
        more["EventBusName"] = json!("walk-test");
        more
    };
    let (uuid, function, key) =
        (evening.resource("mapping"), evening.resource("processor"), evening.resource("key"));

    events("DisableRule", rule());
    assert_eq!(evening.broken(), ["rule"]);
    events("EnableRule", rule());

    let targets = events("ListTargetsByRule", of_rule(json!({})))["Targets"].take();
    events("RemoveTargets", of_rule(json!({"Ids": ["Queue"]})));
    assert_eq!(evening.broken(), ["target"]);
    events("PutTargets", of_rule(json!({"Targets": targets})));

    let policy = evening.policy(Some(""));
    assert_eq!(evening.broken(), ["queue_policy"]);
    evening.policy(policy.as_str());

    let mapping = format!("/2015-03-31/event-source-mappings/{uuid}");
    cloud.request("PUT", "lambda", &mapping, r#"{"Enabled": false}"#);
    assert_eq!(evening.broken(), ["mapping"]);
    cloud.request("PUT", "lambda", &mapping, r#"{"Enabled": true}"#);

    let path = format!("/2015-03-31/functions/{function}/configuration");
    let variables = cloud.request("GET", "lambda", &path, "")["Environment"]["Variables"].take();
    let set = |variables: &Value| {
        cloud.request("PUT", "lambda", &path, &json!({"Environment": {"Variables": variables}}).to_string())
    };
    let mut wrong = variables.clone();
    wrong["EVENTS_TABLE_NAME"] = json!("another");
    set(&wrong);
    assert_eq!(evening.broken(), ["environment"]);
    set(&json!({}));
    assert_eq!(evening.broken(), ["environment"]);
    set(&variables);

    let concurrency = format!("/2017-10-31/functions/{function}/concurrency");
    cloud.request("PUT", "lambda", &concurrency, r#"{"ReservedConcurrentExecutions": 0}"#);
    assert_eq!(evening.broken(), ["concurrency"]);
    cloud.request("DELETE", "lambda", &concurrency, "");

    let key = json!({ "KeyId": key }).to_string();
    cloud.target("kms", "TrentService.DisableKey", &key);
    assert_eq!(evening.broken(), ["key"]);
    cloud.target("kms", "TrentService.EnableKey", &key);
    assert_eq!(evening.verified(0, &[])["verified"], true, "all is repaired");
}

/// Code that cannot start is not visible in any configuration.
fn a_canary_that_is_lost_names_its_hop(evening: &Evening) {
    let function = evening.resource("processor");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).expect("a file");
    zip.write_all(b"#!/bin/sh\nexit 1\n").expect("bytes");
    let zip = BASE64_STANDARD.encode(zip.finish().expect("a zip").into_inner());
    let lambda = |method: &str, path: &str, body: Value| {
        let path = format!("/2015-03-31/functions/{function}/{path}");
        evening.0.request(method, "lambda", &path, &body.to_string())
    };
    lambda("PUT", "code", json!({ "ZipFile": zip }));
    let version = lambda("POST", "versions", json!({}))["Version"].take();
    lambda("PUT", "aliases/live", json!({ "FunctionVersion": version }));
    let found = evening.verified(6, &["--timeout", "20"]);
    assert_eq!(
        (&found["canary"]["sent"], &found["canary"]["hop"]),
        (&json!(true), &json!("processor")),
        "{found}"
    );
    let message = found["diagnostics"][0]["message"].as_str().expect("a message");
    assert!(message.contains("the processor did not accept it"), "{message}");
    let spec = evening.0.path("spec.yaml");
    let dead = evening.0.run(&["dlq", "list", spec.to_str().expect("UTF-8"), "--local", "--format", "json"]);
    assert_eq!(dead.succeeded().json()["total"], 0, "it is nobody's work");
}
