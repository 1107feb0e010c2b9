//! The exit of commands that change something: it reports the result, whether or not the output is read, and a killed
//! command leaves no step undone.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::cloud::{Cloud, Run, SPEC};
use crate::proxy::{Fate, Proxy};

/// Runs a command whose reader closes the pipe after the first line, like `| head -n 1`.
fn headed(mut command: Command) -> Option<i32> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("pipectl runs");
    let mut first = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("stdout"));
    reader.read_line(&mut first).expect("a line");
    drop(reader);
    child.wait().expect("an end").code()
}

/// Runs a command whose reader closed the pipe before it began.
fn unread(mut command: Command) -> Option<i32> {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    command.stdout(writer).stderr(Stdio::null()).status().expect("pipectl runs").code()
}

fn local(cloud: &Cloud, verb: &[&str], more: &[&str]) -> Command {
    let spec = cloud.path("spec.yaml");
    let mut arguments = verb.to_vec();
    arguments.extend([spec.to_str().expect("UTF-8"), "--local"]);
    arguments.extend(more);
    cloud.command(&arguments)
}

/// The resources outside the stack: the archive, time to live, and the history.
fn everything_beside_the_stack_is_there(cloud: &Cloud, applies: usize) {
    let archive = json!({"ArchiveName": "walk-archive-test"}).to_string();
    cloud.target("events", "AWSEvents.DescribeArchive", &archive);
    let table = json!({"TableName": "walk-test"}).to_string();
    let expiry = cloud.target("dynamodb", "DynamoDB_20120810.DescribeTimeToLive", &table);
    assert_eq!(expiry["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED");
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    assert_eq!(history["applies"].as_array().map(Vec::len), Some(applies), "{history}");
    let policy = cloud.call("cloudformation", &[("Action", "GetStackPolicy"), ("StackName", "walk-test")]);
    for guarded in ["EventsTable", "DeadLetterQueue", "UndeliveredQueue", "Update:Delete"] {
        assert!(policy.contains(guarded), "{guarded}: {policy}");
    }
}

#[test]
fn a_reader_that_leaves_an_apply_changes_nothing_of_what_is_done() {
    let cloud = Cloud::new();
    assert_eq!(headed(local(&cloud, &["apply"], &["--format", "json"])), Some(0));
    everything_beside_the_stack_is_there(&cloud, 1);
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
}

#[test]
fn a_reader_that_leaves_does_not_make_a_failure_a_success() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let foreign = json!({"source": "elsewhere", "detail-type": "shipment.x", "detail": {}}).to_string();
    let event = cloud.write("event.json", &foreign);
    let event = event.to_str().expect("UTF-8");
    let waits = ["--event", event, "--wait", "--timeout", "1"];
    assert_eq!(unread(local(&cloud, &["send"], &waits)), Some(1), "the event is nowhere");

    let proxy = Proxy::before(&cloud);
    proxy.judge(|call| if call.name == "DeleteStack" { Fate::Throttle } else { Fate::Pass });
    assert_eq!(unread(local(&cloud, &["destroy"], &["--format", "json"])), Some(1));
    proxy.judge(|_| Fate::Pass);
    // A command that only reads stops with its reader.
    assert_eq!(unread(local(&cloud, &["status"], &[])), Some(0));
    assert_eq!(unread(local(&cloud, &["destroy"], &["--format", "json"])), Some(0));
}

#[test]
fn what_an_apply_that_was_killed_left_undone_is_done_by_the_next_one() {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &production());
    cloud.run(&["local", "up"]).succeeded();
    let proxy = Proxy::before(&cloud);
    kill_after_execution(&cloud, &proxy);
    let asked = [("Action", "DescribeStacks"), ("StackName", "walk-test")];
    let protected = "<EnableTerminationProtection>true<";
    assert!(cloud.call("cloudformation", &asked).contains(protected), "protected before it began");
    cloud.local("apply", &[]).succeeded();
    everything_beside_the_stack_is_there(&cloud, 1);

    // An update, and a stack whose protection someone removed.
    cloud.write("spec.yaml", &production().replace("max_receive_count: 5", "max_receive_count: 6"));
    kill_after_execution(&cloud, &proxy);
    let (stack, off) = (("StackName", "walk-test"), ("EnableTerminationProtection", "false"));
    cloud.call("cloudformation", &[("Action", "UpdateTerminationProtection"), stack, off]);
    let open = ("StackPolicyBody", r#"{"Statement":[]}"#);
    cloud.call("cloudformation", &[("Action", "SetStackPolicy"), stack, open]);
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    everything_beside_the_stack_is_there(&cloud, 2);
    assert!(cloud.call("cloudformation", &asked).contains(protected));
    cloud.local("rollback", &[]).succeeded().reports(&["maxReceiveCount: 6 → 5"]);
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    assert_eq!(history["applies"][0]["result"], "rolled back", "{history}");
}

fn production() -> String {
    SPEC.replace("{max_receive_count: 2}", "{max_receive_count: 5}")
        .replace("seconds: 3\n  dead", "seconds: 18\n  dead")
        + "alarms: {notify: [ops@example.com]}\ndeploy: {production: true, account: \"000000000000\", region: us-east-1}\n"
}

/// An apply that is killed as soon as its operation runs on the server.
fn kill_after_execution(cloud: &Cloud, proxy: &Proxy) {
    // Executed, and answered: the next call comes after the answer.
    let seen = Arc::new(Mutex::new((false, false)));
    let judged = Arc::clone(&seen);
    proxy.judge(move |call| {
        let (executed, answered) = &mut *judged.lock().expect("a lock");
        let executes = call.name == "ExecuteChangeSet";
        *answered |= *executed && !executes;
        *executed |= executes;
        if *answered { Fate::Lose } else { Fate::Pass }
    });
    let mut child = local(cloud, &["apply"], &["--yes"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pipectl runs");
    while !seen.lock().expect("a lock").1 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended before it executed anything");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("a child");
    child.wait().expect("an end");
    proxy.judge(|_| Fate::Pass);
}

#[test]
fn records_of_another_version_are_skipped_and_named() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let key = "/pipectl-000000000000-us-east-1-an/stacks/walk-test/29990101T000000000Z-00000000.json";
    cloud.request("PUT", "s3", key, r#"{"version":9,"what":"another form"}"#);
    let output =
        cloud.local("history", &["--format", "json"]).succeeded().reports(&["a newer pipectl", "29990101T"]);
    assert_eq!(output.json()["applies"].as_array().map(Vec::len), Some(1));
    cloud.write("spec.yaml", &SPEC.replace("max_receive_count: 2", "max_receive_count: 3"));
    cloud.local("apply", &[]).succeeded();
    cloud.local("rollback", &[]).succeeded().reports(&["maxReceiveCount: 3 → 2"]);
}

#[test]
fn files_that_cannot_be_written_are_named_and_no_other_tools_plan_is_overwritten() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let foreign = cloud.write("terraform.plan", "not ours");
    let foreign = foreign.to_str().expect("UTF-8");
    cloud.local("plan", &["--out", foreign]).exited(1).reports(&["not a saved plan from pipectl"]);
    assert_eq!(std::fs::read_to_string(foreign).expect("the file"), "not ours");

    let wrong = json!({"source": "shipment.service", "detail-type": "shipment.x", "detail": {}}).to_string();
    let event = cloud.write("event.json", &wrong);
    cloud.local("send", &["--event", event.to_str().expect("UTF-8"), "--wait", "--format", "json"]).exited(1);
    let spec = cloud.path("spec.yaml");
    let spec = spec.to_str().expect("UTF-8");
    let purge = ["dlq", "purge", spec, "--local", "--save", "/proc/no/such/dir/x.jsonl"];
    cloud.run(&purge).exited(1).reports(&["`/proc/no/such/dir/x.jsonl` cannot be written"]);
    let dead_letters = cloud.run(&["dlq", "list", spec, "--local", "--format", "json"]).succeeded().json();
    assert_eq!(dead_letters["total"], 1, "nothing was removed");
}

/// A command stopped by Ctrl-C exits with 130, by SIGTERM with 143 and by the end of its terminal with 129, on the local
/// cloud too, and reports what continues.
#[cfg(unix)]
#[test]
fn an_interrupted_apply_has_its_own_exit_code() {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let proxy = Proxy::before(&cloud);
    for (days, (signal, code)) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)].into_iter().enumerate() {
        let queue = format!("queue:\n  retention_days: {}\n", days + 5);
        cloud.write("spec.yaml", &SPEC.replace("queue:\n", &queue));
        let executed = Arc::new(Mutex::new(false));
        let seen = Arc::clone(&executed);
        proxy.judge(move |call| {
            let mut executed = seen.lock().expect("a lock");
            *executed |= call.name == "ExecuteChangeSet";
            if *executed && call.name == "DescribeStackEvents" { Fate::Hang } else { Fate::Pass }
        });
        let child = local(&cloud, &["apply"], &[]).stderr(Stdio::piped()).spawn().expect("pipectl runs");
        while !*executed.lock().expect("a lock") {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(500));
        let stopped = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
        assert!(stopped.success());
        let output = Run::of(child.wait_with_output().expect("an end")).exited(code);
        output.reports(&["stopped following stack `walk-test`; the operation continues in AWS"]);
        proxy.judge(|_| Fate::Pass);
        cloud.local("apply", &[]).succeeded();
    }
}
