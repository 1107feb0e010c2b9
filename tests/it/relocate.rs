//! The stack's table is replaced by another one: a new one, or an existing one, such as a copy restored after a bad
//! release. Events that arrive in the meantime wait in the queue.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};
use crate::proxy::{Fate, Proxy};

const ACCEPT: [&str; 2] = ["--accept", "adopt:EventsTable"];

fn named(table: &str) -> String {
    format!("{SPEC}names: {{table: {table}}}\n")
}

fn dynamodb(cloud: &Cloud, call: &str, body: &Value) -> Value {
    cloud.target("dynamodb", &format!("DynamoDB_20120810.{call}"), &body.to_string())
}

fn rows(cloud: &Cloud, table: &str) -> u64 {
    dynamodb(cloud, "Scan", &json!({"TableName": table}))["Count"].as_u64().expect("a count")
}

/// The table that the running version of the processor writes to, from Lambda.
fn written_to(cloud: &Cloud) -> Value {
    let path = "/2015-03-31/functions/walk-processor-test/configuration?Qualifier=live";
    cloud.request("GET", "lambda", path, "")["Environment"]["Variables"]["EVENTS_TABLE_NAME"].clone()
}

/// A stack with twenty rows in `walk-first`, and `walk-copy`, which was restored from it when it had ten.
fn with_copy() -> Cloud {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &named("walk-first"));
    cloud.local("apply", &[]).succeeded();
    cloud.local("send", &["--count", "10", "--wait"]).succeeded();
    let restore = json!({"SourceTableName": "walk-first", "TargetTableName": "walk-copy", "UseLatestRestorableTime": true});
    dynamodb(&cloud, "RestoreTableToPointInTime", &restore);
    cloud.local("send", &["--count", "10", "--wait"]).succeeded();
    assert_eq!((rows(&cloud, "walk-first"), rows(&cloud, "walk-copy")), (20, 10));
    cloud.write("spec.yaml", &named("walk-copy"));
    cloud
}

#[test]
fn another_table_is_another_version_of_the_processor() {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &named("walk-first"));
    cloud.local("apply", &[]).succeeded();
    assert_eq!(written_to(&cloud), "walk-first");
    cloud.write("spec.yaml", &named("walk-second").replace("version: 1\n", "version: 1\n# another table\n"));
    let plan = cloud.local("plan", &["--format", "json"]).succeeded().json_document();
    let version = plan["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .find(|one| one["logical_id"] == "ProcessorVersion");
    assert_eq!(version.expect("another version")["action"], "replace", "{plan}");
    cloud.local("apply", &["--accept", "data-loss:EventsTable"]).succeeded();
    assert_eq!(written_to(&cloud), "walk-second");
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    cloud.local("plan", &["--offline"]).succeeded().prints(&["no changes"]);
    cloud.local("send", &["--count", "5", "--wait"]).succeeded();
    assert_eq!(rows(&cloud, "walk-second"), 5);
    // There and back again: this stack retained the former table, and uses it again.
    cloud.write("spec.yaml", &named("walk-first"));
    cloud.local("apply", &ACCEPT).succeeded();
    assert_eq!(written_to(&cloud), "walk-first");
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    cloud.local("rollback", &["--to", "1", "--accept", "adopt:EventsTable"]).succeeded();
    assert_eq!((written_to(&cloud), rows(&cloud, "walk-second")), (json!("walk-second"), 5));
}

#[test]
fn a_canary_is_not_tried_where_the_former_version_would_lose_its_table() {
    let cloud = Cloud::new();
    let canary = "deploy: {rollout: {canary: {percent: 10, minutes: 1}}}\n";
    cloud.write("spec.yaml", &(named("walk-first") + canary));
    cloud.local("apply", &[]).succeeded();
    cloud.write("spec.yaml", &(named("walk-second") + canary));
    let applied = cloud.local("apply", &["--accept", "data-loss:EventsTable"]).succeeded();
    assert!(!applied.stderr.contains("1 min"), "{}", applied.stderr);
    assert_eq!(written_to(&cloud), "walk-second");
}

#[test]
fn a_restored_copy_becomes_the_stacks_table_and_nothing_is_lost() {
    let cloud = with_copy();
    let plan = cloud.local("plan", &["--format", "json"]).succeeded().json_document();
    let changes = plan["changes"].as_array().expect("changes");
    let table = changes.iter().find(|one| one["logical_id"] == "EventsTable").expect("the table");
    assert_eq!((&table["action"], &table["physical_id"]), (&json!("adopt"), &json!("walk-copy")));
    let why = table["why"].as_str().expect("a reason");
    assert!(why.starts_with("a restored copy of `walk-first` as of 20"), "{why}");
    assert!(why.contains("replaces `walk-first`, which is retained"), "{why}");
    cloud
        .local("apply", &[])
        .exited(4)
        .reports(&["error[guard::adoption]: `EventsTable`", "--accept adopt:EventsTable"]);
    assert_eq!(written_to(&cloud), "walk-first", "nothing was changed");

    let applied = cloud.local("apply", &ACCEPT).succeeded();
    applied.reports(&[
        "processing is paused: events wait in the queue",
        "`walk-first` is retained outside of the stack",
        "existing resources are imported unchanged",
        "rows of `walk-first` that are not in `walk-copy` are only in `walk-first`",
    ]);
    assert_eq!((rows(&cloud, "walk-first"), rows(&cloud, "walk-copy")), (20, 10));
    assert_eq!(written_to(&cloud), "walk-copy");
    let asked = json!({"TableName": "walk-copy"});
    let described = &dynamodb(&cloud, "DescribeTable", &asked)["Table"];
    assert_eq!(described["GlobalSecondaryIndexes"][0]["IndexName"], "status-timestamp-index");
    let expiry = dynamodb(&cloud, "DescribeTimeToLive", &asked);
    assert_eq!(expiry["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED");
    let recovery = dynamodb(&cloud, "DescribeContinuousBackups", &asked);
    let recovery = &recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
    assert_eq!(recovery["PointInTimeRecoveryStatus"], "ENABLED");
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    cloud.local("send", &["--count", "5", "--wait"]).succeeded();
    assert_eq!((rows(&cloud, "walk-first"), rows(&cloud, "walk-copy")), (20, 15));
}

#[test]
fn wherever_it_is_interrupted_the_next_apply_continues_and_events_wait_in_the_queue() {
    // Changes of the stack: the pause, the table is removed, the other one is imported, everything else.
    for step in 1..=4 {
        let cloud = with_copy();
        let proxy = Proxy::before(&cloud);
        cut_off(&cloud, &proxy, step);
        cloud.local("send", &["--count", "7"]).succeeded();
        cloud.local("apply", &ACCEPT).succeeded();
        cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
        assert_eq!(written_to(&cloud), "walk-copy", "step {step}");
        cloud.local("send", &["--count", "3", "--wait"]).succeeded();
        assert_eq!((rows(&cloud, "walk-first"), rows(&cloud, "walk-copy")), (20, 20), "step {step}");
    }
}

/// An apply that is killed while its n-th change of the stack runs on the server.
fn cut_off(cloud: &Cloud, proxy: &Proxy, step: usize) {
    let executed = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&executed);
    proxy.judge(move |call| {
        let mut executed = seen.lock().expect("a lock");
        *executed += usize::from(call.name == "ExecuteChangeSet");
        if *executed >= step && call.name != "ExecuteChangeSet" { Fate::Lose } else { Fate::Pass }
    });
    let spec = cloud.path("spec.yaml");
    let arguments = [&["apply", spec.to_str().expect("UTF-8"), "--local"][..], &ACCEPT].concat();
    let mut child =
        cloud.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pipectl runs");
    while *executed.lock().expect("a lock") < step {
        assert!(child.try_wait().expect("a child").is_none(), "it ended before step {step}");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(500));
    child.kill().expect("a child");
    child.wait().expect("an end");
    proxy.judge(|_| Fate::Pass);
    settled(cloud);
}

/// Ctrl-C between two steps, a deadline within one, a refusal: after the pause nothing is processed.
#[test]
fn a_run_that_ends_early_reports_that_processing_is_paused_and_how_to_continue() {
    let cloud = with_copy();
    let proxy = Proxy::before(&cloud);
    let words = [
        "processing is paused and events wait in the queue: continue with `pipectl apply",
        "--accept adopt:EventsTable`",
    ];
    let prepared = Arc::new(Mutex::new(0));
    let counts = Arc::clone(&prepared);
    proxy.judge(move |call| {
        let mut prepared = counts.lock().expect("a lock");
        *prepared += usize::from(call.name == "CreateChangeSet");
        if *prepared > 1 { Fate::Hang } else { Fate::Pass }
    });
    let spec = cloud.path("spec.yaml");
    let arguments = [&["apply", spec.to_str().expect("UTF-8"), "--local"][..], &ACCEPT].concat();
    let mut command = cloud.command(&arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pipectl runs");
    while *prepared.lock().expect("a lock") < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    Run::of(child.wait_with_output().expect("an end")).exited(130).reports(&words);

    let mut executed = false;
    proxy.judge(move |call| {
        executed |= call.name == "ExecuteChangeSet";
        if executed && call.name != "ExecuteChangeSet" { Fate::Hang } else { Fate::Pass }
    });
    let deadline = [&ACCEPT[..], &["--deadline", "45s"]].concat();
    cloud.local("apply", &deadline).exited(5).reports(&words).reports(&["`--deadline`"]);
    proxy.judge(|_| Fate::Pass);
    settled(&cloud);

    cloud.local("apply", &[]).exited(4).reports(&words);
    let done = cloud.local("apply", &ACCEPT).succeeded();
    assert!(!done.stderr.contains("is paused and"), "{}", done.stderr);
    assert_eq!(written_to(&cloud), "walk-copy");
}

/// Waits for the operation that continues on the server.
fn settled(cloud: &Cloud) {
    let asked = [("Action", "DescribeStacks"), ("StackName", "walk-test")];
    while cloud.call("cloudformation", &asked).contains("_IN_PROGRESS<") {
        std::thread::sleep(Duration::from_millis(100));
    }
}
