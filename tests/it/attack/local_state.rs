//! The local cloud's state on full disks, under kills and in folders of others: saved state is not lost, and state that
//! is not saved is never reported as saved.
#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::within;
use crate::cloud::{Cloud, Run, send};

const LONG: Duration = Duration::from_secs(60);
/// Bytes of a file: more than the process reserves for its report, fewer than the queues need.
const FULL: i64 = 20_000;

fn local(cloud: &Cloud, verb: &[&str]) -> Run {
    within(LONG, cloud.typed(&[&["local"], verb].concat()))
}

/// An SQS call in its JSON protocol.
fn queue(cloud: &Cloud, action: &str, body: &Value) -> String {
    let endpoint = record(cloud)["endpoint"].as_str().expect("an endpoint").to_owned();
    let kind = format!(
        "application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.{action}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request"
    );
    send(&endpoint, "POST", "/", &kind, &body.to_string())
}

/// An S3 call; returns the whole answer.
fn object(cloud: &Cloud, method: &str, path: &str, body: &str) -> String {
    let endpoint = record(cloud)["endpoint"].as_str().expect("an endpoint").to_owned();
    let kind = "text/plain\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request";
    send(&endpoint, method, path, kind, body)
}

fn record(cloud: &Cloud) -> Value {
    let text = std::fs::read_to_string(cloud.path("state/local.json")).expect("a record");
    serde_json::from_str(&text).expect("JSON")
}

fn process(cloud: &Cloud) -> String {
    record(cloud)["pid"].to_string()
}

/// Limits the file size of the process from now on: the effect of a full disk, without filling one.
fn limit_files(pid: &str, bytes: i64) {
    let script = format!(
        "import resource; resource.prlimit({pid}, resource.RLIMIT_FSIZE, ({bytes}, resource.RLIM_INFINITY))"
    );
    assert!(Command::new("python3").args(["-I", "-c", &script]).status().expect("Python").success());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

fn one_like(cloud: &Cloud, begin: &str) -> PathBuf {
    let folder = cloud.path("state");
    let found: Vec<String> = names(&folder).into_iter().filter(|name| name.starts_with(begin)).collect();
    assert_eq!(found.len(), 1, "{:?}", names(&folder));
    folder.join(&found[0])
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_and_a_kill_lose_nothing_that_was_saved_and_nothing_is_called_saved_that_is_not() {
    let cloud = Cloud::new();
    local(&cloud, &["up"]).succeeded();
    queue(&cloud, "CreateQueue", &json!({"QueueName": "kept"}));
    let url = format!("{}/000000000000/kept", record(&cloud)["endpoint"].as_str().expect("an endpoint"));
    queue(&cloud, "SendMessage", &json!({"QueueUrl": url, "MessageBody": "x".repeat(30_000)}));
    local(&cloud, &["down"]).succeeded().reports(&["is stopped and its state saved"]);
    local(&cloud, &["up"]).succeeded();

    // A full disk: the process holds the state it could not save, and saves it as soon as it can.
    queue(&cloud, "CreateQueue", &json!({"QueueName": "later"}));
    object(&cloud, "PUT", "/files", "");
    let pid = process(&cloud);
    limit_files(&pid, FULL);
    object(&cloud, "PUT", "/files/large", &"y".repeat(30_000));
    for verb in [&["down"][..], &["down"], &["up"]] {
        let run = local(&cloud, verb).exited(1);
        run.reports(&[
            "local::not-saved",
            "File too large",
            "nothing is lost yet",
            &format!("`kill -9 {pid}`"),
        ]);
        assert_eq!(process(&cloud), pid);
    }
    limit_files(&pid, -1);
    local(&cloud, &["down"]).succeeded().reports(&["is stopped and its state saved"]);
    local(&cloud, &["up"]).succeeded();
    let queues = queue(&cloud, "ListQueues", &json!({}));
    assert!(queues.contains("/kept\"") && queues.contains("/later\""), "{queues}");
    assert!(object(&cloud, "GET", "/files/large", "").ends_with(&"y".repeat(30_000)));

    // A kill while it saves, before and after `down` checks.
    queue(&cloud, "CreateQueue", &json!({"QueueName": "lost"}));
    let pid = process(&cloud);
    limit_files(&pid, FULL);
    local(&cloud, &["down"]).exited(1).reports(&["local::not-saved"]);
    assert!(Command::new("kill").args(["-9", &pid]).status().expect("kill").success());
    local(&cloud, &["down"])
        .succeeded()
        .reports(&["had been killed: writes since its last clean stop are lost"]);
    local(&cloud, &["up"]).succeeded();
    let queues = queue(&cloud, "ListQueues", &json!({}));
    assert!(queues.contains("/later\"") && !queues.contains("/lost\""), "{queues}");

    // State that is deleted anyway need not be saved.
    limit_files(&process(&cloud), FULL);
    local(&cloud, &["down", "--purge"]).succeeded();
    assert!(!names(&cloud.path("state")).iter().any(|name| name.starts_with("state")));
}

/// Not only the state in the services' own files: the code of functions, and the state of a service that is not used this
/// time.
#[test]
fn a_pipeline_works_after_each_clean_stop() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    for rows in [3, 4] {
        for _ in 0..2 {
            cloud.run(&["local", "down"]).succeeded();
            cloud.run(&["local", "up"]).succeeded();
        }
        let blobs = names(&cloud.path("state/state/lambda-blobs"));
        assert_eq!(blobs.len(), 1, "{blobs:?}");
        let count = rows.to_string();
        let sent = cloud.local("send", &["--count", &count, "--wait", "--format", "json"]).succeeded().json();
        assert_eq!(sent["rows"], rows);
    }
    cloud.run(&["local", "down"]).succeeded();
    // If it is damaged, the state is damaged.
    let blob = names(&cloud.path("state/state/lambda-blobs")).remove(0);
    std::fs::write(cloud.path("state/state/lambda-blobs").join(blob), "cut").expect("a file");
    local(&cloud, &["up"]).exited(1).reports(&["local::damaged", "lambda-blobs/"]);
}

/// A process that is killed while `down` waits for it.
#[test]
#[cfg(target_os = "linux")]
fn a_kill_while_it_is_waited_for_is_no_clean_stop() {
    let cloud = Cloud::new();
    local(&cloud, &["up"]).succeeded();
    let pid = process(&cloud);
    // It is stopped, so that it gets the kill and no other signal.
    assert!(Command::new("kill").args(["-STOP", &pid]).status().expect("kill").success());
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        assert!(Command::new("kill").args(["-9", &pid]).status().expect("kill").success());
    });
    local(&cloud, &["down"]).exited(1).reports(&["local::not-saved", "is lost", "run `pipectl local up`"]);
    killer.join().expect("a kill");
    local(&cloud, &["down"]).succeeded().reports(&["was not running"]);
}

#[test]
fn a_damaged_state_is_retained_and_reported_before_an_empty_one_begins() {
    let cloud = Cloud::new();
    local(&cloud, &["up"]).succeeded();
    queue(&cloud, "CreateQueue", &json!({"QueueName": "kept"}));
    local(&cloud, &["down"]).succeeded();
    let file = cloud.path("state/state/sqs.json");
    let whole = std::fs::read(&file).expect("a file");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("a file");
    local(&cloud, &["up"]).exited(1).reports(&["local::damaged", "`sqs.json` has", "was moved to"]);
    let damaged = one_like(&cloud, "state.damaged-");
    assert_eq!(std::fs::read(damaged.join("sqs.json")).expect("a file"), whole[..whole.len() / 2]);

    // Fixed as the help says, it is used again.
    std::fs::write(damaged.join("sqs.json"), &whole).expect("a file");
    std::fs::remove_dir_all(cloud.path("state/state")).unwrap_or_default();
    std::fs::rename(&damaged, cloud.path("state/state")).expect("a folder");
    local(&cloud, &["up"]).succeeded();
    assert!(queue(&cloud, "ListQueues", &json!({})).contains("/kept\""));
    local(&cloud, &["down"]).succeeded();

    // State of an older pipectl has no report: the local cloud itself does not load it.
    let mut older = record(&cloud);
    older.as_object_mut().expect("a record").remove("saves_aside");
    std::fs::write(cloud.path("state/local.json"), older.to_string()).expect("a file");
    std::fs::remove_file(cloud.path("state/state/saved.json")).expect("a report");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("a file");
    local(&cloud, &["up"]).exited(1).reports(&["local::damaged", "the saved state of sqs cannot be loaded"]);
    one_like(&cloud, "state.damaged-");
    local(&cloud, &["up"]).succeeded();
    assert!(!queue(&cloud, "ListQueues", &json!({})).contains("/kept\""));
    local(&cloud, &["down", "--purge"]).succeeded();
    assert!(!names(&cloud.path("state")).iter().any(|name| name.starts_with("state")));
}

#[test]
fn a_damaged_record_neither_starts_a_second_cloud_nor_moves_the_state_to_another_port() {
    let cloud = Cloud::new();
    local(&cloud, &["up"]).succeeded();
    queue(&cloud, "CreateQueue", &json!({"QueueName": "kept"}));
    let (path, whole) = (cloud.path("state/local.json"), record(&cloud));
    std::fs::write(&path, &whole.to_string()[..40]).expect("a file");
    local(&cloud, &["up"]).exited(1).reports(&["local::damaged", "local.json", "was moved to"]);
    local(&cloud, &["up"]).exited(1).reports(&["local::unavailable", "runs in", "running.lock"]);
    std::fs::remove_file(one_like(&cloud, "local.json.damaged-")).expect("a file");
    std::fs::write(&path, whole.to_string()).expect("a file");
    local(&cloud, &["down"]).succeeded();

    std::fs::remove_file(&path).expect("a record");
    local(&cloud, &["up"]).succeeded();
    assert_eq!(record(&cloud)["port"], whole["port"]);
    assert!(queue(&cloud, "ListQueues", &json!({})).contains("/kept\""));
}

#[test]
fn a_folder_of_others_is_neither_used_nor_deleted() {
    let cloud = Cloud::new();
    let others = cloud.path("others");
    for name in ["home", "state", "tmp", "s3"] {
        std::fs::create_dir_all(others.join(name)).expect("a folder");
        std::fs::write(others.join(name).join("thesis"), "mine").expect("a file");
    }
    let run_verb = |verb: &[&str]| {
        let mut command = cloud.typed(&[&["local"], verb].concat());
        command.env("PIPECTL_LOCAL_DIR", &others);
        within(LONG, command)
    };
    for verb in [&["down", "--purge"][..], &["up"]] {
        run_verb(verb).exited(4).reports(&[
            "local::not-ours",
            "pipectl did not create it",
            "PIPECTL_LOCAL_DIR",
        ]);
    }
    run_verb(&["down"]).succeeded();
    for name in ["home", "state", "tmp", "s3"] {
        assert_eq!(std::fs::read_to_string(others.join(name).join("thesis")).expect("a file"), "mine");
    }

    // A link in place of a folder that pipectl created.
    local(&cloud, &["up"]).succeeded();
    local(&cloud, &["down"]).succeeded();
    std::fs::rename(cloud.path("state/tmp"), cloud.path("state/was-tmp")).expect("a folder");
    symlink(others.join("tmp"), cloud.path("state/tmp")).expect("a link");
    for verb in [&["down", "--purge"][..], &["up"]] {
        local(&cloud, verb).exited(4).reports(&["local::not-ours", "it is a link"]);
    }
    assert!(others.join("tmp/thesis").exists() && cloud.path("state/state").exists());
}
