//! The record of a command that changed something: who, from which spec and commit, how it was approved, and how it
//! ended.

use std::path::Path;
use std::process::Command;

use pipectl::aws::Content;
use pipectl::stack::CallErrorKind;
use serde_json::{Value, json};

use crate::artifacts::store;
use crate::cloud::{Cloud, Run, SPEC};
use crate::proxy::{Call, Fate, Proxy};

fn git(cloud: &Cloud, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "core.fsmonitor=false", "-C"]).arg(cloud.path("")).args(arguments);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_AUTHOR_NAME", "ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_NAME", "ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
    ] {
        command.env(name, value);
    }
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A program that a repository's configuration runs.
fn program(evil: &Path) -> String {
    format!("touch {}; false", evil.display())
}

/// Commits all files.
fn commit(cloud: &Cloud) -> String {
    git(cloud, &["add", "--all"]);
    git(cloud, &["commit", "--quiet", "--message", "Change the spec"]);
    git(cloud, &["rev-parse", "HEAD"])
}

fn with_timeout(seconds: u32) -> String {
    SPEC.replace("visibility_timeout_seconds: 3", &format!("visibility_timeout_seconds: {seconds}"))
}

fn evidence(cloud: &Cloud) -> Vec<Value> {
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    history["evidence"].as_array().expect("a list").clone()
}

#[test]
fn each_change_is_evidence_of_who_from_what_and_how_it_ended() {
    let cloud = Cloud::new();
    git(&cloud, &["init", "--quiet"]);
    cloud.write(".gitignore", "state\nkept\n");
    let first = commit(&cloud);
    cloud.local("apply", &["--yes"]).succeeded();

    // Refused by AWS after the approval, from a checkout with a change.
    cloud.write("spec.yaml", &with_timeout(4));
    let proxy = Proxy::before(&cloud);
    proxy.judge(|call| if call.name == "ExecuteChangeSet" { Fate::Deny } else { Fate::Pass });
    cloud.local("apply", &[]).exited(1);
    proxy.judge(|_| Fate::Pass);
    let second = commit(&cloud);
    cloud.local("apply", &[]).succeeded();
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);

    let records = evidence(&cloud);
    let of = |field: &str| -> Vec<Value> { records.iter().map(|one| one[field].clone()).collect() };
    assert_eq!(of("operation"), ["apply", "apply", "apply"], "one that changes nothing is none");
    assert_eq!(of("complete"), [true, false, true]);
    let results: Vec<&Value> = records.iter().map(|one| &one["outcome"]["result"]).collect();
    assert_eq!(results, ["updated", "failed", "created"]);
    assert_eq!(
        (&records[1]["outcome"]["exit"], &records[1]["outcome"]["code"]),
        (&json!(1), &json!("aws::denied"))
    );
    assert_eq!(
        of("git"),
        [
            json!({"commit": second, "dirty": false}),
            json!({"commit": first, "dirty": true}),
            json!({"commit": first, "dirty": false})
        ]
    );
    assert_eq!(of("consents"), [json!([]), json!([]), json!(["--yes"])]);
    assert_eq!(records[0]["spec_digest"], records[1]["spec_digest"]);
    assert_ne!(records[0]["spec_digest"], records[2]["spec_digest"]);
    for one in &records {
        assert_eq!(one["by"], "arn:aws:iam::000000000000:root");
        assert!(one["ended"].as_str() > one["at"].as_str(), "{one}");
    }
    cloud.local("history", &[]).succeeded().prints(&[
        &format!("updated: 1 to modify, from {}\n", &second[..8]),
        &format!("apply: failed, aws::denied, from {} with uncommitted changes\n", &first[..8]),
    ]);

    let evil = cloud.path("evil");
    git(&cloud, &["config", "core.fsmonitor", &program(&evil)]);
    a_plan_reports_what_the_checkout_lacks(&cloud, &first, &second);
    assert!(!evil.exists(), "a program of the repository ran");
    nothing_is_written_over(&cloud);
    a_destroy_leaves_it(&cloud, &proxy);
}

fn a_plan_reports_what_the_checkout_lacks(cloud: &Cloud, first: &str, second: &str) {
    git(cloud, &["reset", "--quiet", "--hard", first]);
    let words = format!("from commit {}, which this checkout does not contain", &second[..8]);
    cloud.local("plan", &[]).succeeded().prints(&["last applied by root at 20", &words]);
    let plan = cloud.local("plan", &["--format", "json"]).succeeded().json_document();
    assert_eq!(plan["applied_elsewhere"]["git"]["commit"], second);
    git(cloud, &["reset", "--quiet", "--hard", second]);
    let plan = cloud.local("plan", &[]).succeeded();
    assert!(!plan.stdout.contains("last applied"), "{}", plan.stdout);
}

fn nothing_is_written_over(cloud: &Cloud) {
    let (runtime, clients) = cloud.clients();
    runtime.block_on(async {
        let names = clients.artifacts(&store(), "stacks/walk-test/operations/").await.expect("names");
        assert_eq!(names.len(), 6, "two objects each: {names:?}");
        let bytes = clients.artifact(&store(), &names[0], None).await.expect("an object").bytes;
        let content = |bytes: Vec<u8>| Content { sha256: pipectl::package::checksum(&bytes), bytes };
        let other = clients.create_artifact(&store(), &names[0], content(b"{}".to_vec())).await;
        assert_eq!(other.expect_err("a refusal").kind, CallErrorKind::AlreadyExists);
        // A call that was sent twice has written once.
        clients.create_artifact(&store(), &names[0], content(bytes)).await.expect("the same");
    });
}

/// With a repository that would run programs, under a git hook, and stopped before the end was written.
fn a_destroy_leaves_it(cloud: &Cloud, proxy: &Proxy) {
    let evil = cloud.path("evil");
    git(cloud, &["config", "filter.evil.clean", &program(&evil)]);
    std::fs::write(cloud.path(".gitattributes"), "* filter=evil\n").expect("a file");
    cloud.write("spec.yaml", &with_timeout(4));
    let is_end = |call: &Call| call.method == "PUT" && call.path.ends_with("-ended.json");
    proxy.judge(move |call| if is_end(call) { Fate::Deny } else { Fate::Pass });
    let spec = cloud.path("spec.yaml");
    let mut destroy = cloud.command(&["destroy", spec.to_str().expect("UTF-8"), "--local", "--yes"]);
    destroy.env("GIT_DIR", "/nonexistent");
    let destroyed = Run::of(destroy.output().expect("pipectl runs")).succeeded();
    destroyed.reports(&["  not recorded  this destroy, in the history:", "s3:PutObject"]);
    proxy.judge(|_| Fate::Pass);
    assert!(!evil.exists(), "a program of the repository ran");

    let records = evidence(cloud);
    assert_eq!(records.len(), 4, "outlive the stack");
    assert_eq!((&records[0]["operation"], &records[0]["ended"]), (&json!("destroy"), &Value::Null));
    assert_eq!(records[0]["consents"], json!(["--yes"]));
    assert_eq!(
        records[0]["git"]["dirty"],
        Value::Null,
        "not known without running what the repository names"
    );
    assert_eq!(
        records[0]["git"]["commit"].as_str().map(str::len),
        Some(40),
        "whatever the hook's variables say"
    );
    cloud.local("history", &[]).succeeded().prints(&["destroy: interrupted, or still running, from "]);
}
