//! A credential program of a profile that prints without end, hangs, or leaves processes behind.
#![cfg(unix)]

use std::process::Command;
use std::time::{Duration, Instant};

use super::within;
use crate::cloud::Cloud;

const LONG: Duration = Duration::from_secs(60);

/// `pipectl history` with a profile whose credentials this script prints. No server listens where the calls are sent.
fn with_process(cloud: &Cloud, script: &str, more: &[&str]) -> Command {
    let program = cloud.write("get-keys", &format!("echo $$ > \"$0.pids\"\n{script}\n"));
    let config = format!("[profile broken]\ncredential_process = sh {} secret-argument\n", program.display());
    let config = cloud.write(
        "config",
        &(config + "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = broken\n"),
    );
    let (spec, endpoint) = (cloud.path("spec.yaml"), "http://127.0.0.1:9");
    let spec = spec.to_str().expect("UTF-8");
    let mut command = cloud
        .typed(&[&["history", spec, "--region", "eu-west-1", "--endpoint-url", endpoint], more].concat());
    command
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_MAX_ATTEMPTS", "1");
    command
}

/// None of the processes that the script recorded is running.
fn assert_all_ended(cloud: &Cloud) {
    let pids = std::fs::read_to_string(cloud.path("get-keys.pids")).expect("numbers");
    assert!(!pids.is_empty());
    for pid in pids.lines() {
        let ps = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().expect("ps");
        assert!(ps.stdout.is_empty() || ps.stdout.starts_with(b"Z"), "{pid} goes on");
    }
}

const KEYS: &str = r#"echo '{"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "secret"}'"#;

#[test]
fn one_that_prints_without_an_end_is_ended() {
    let cloud = Cloud::new();
    for (script, profile) in [("cat /dev/zero", "broken"), ("yes >&2", "broken"), ("yes", "role")] {
        let begun = Instant::now();
        within(LONG, with_process(&cloud, script, &["--profile", profile])).exited(1).reports(&[
            "aws::no-credentials",
            "`credential_process` of profile `broken` (`sh`) printed more than 64 KiB and was stopped",
        ]);
        assert!(begun.elapsed() < Duration::from_secs(20), "{script}: {:?}", begun.elapsed());
        assert_all_ended(&cloud);
    }
}

#[test]
fn one_that_hangs_is_ended_with_all_that_it_has_started() {
    let cloud = Cloud::new();
    let hangs = "trap '' TERM INT HUP; sleep 300 & echo $! >> \"$0.pids\"; sleep 300";
    let output = within(LONG, with_process(&cloud, hangs, &["--profile", "broken"])).exited(1);
    let output = output.reports(&[
        "profile `broken` (`sh`) did not end within 20 s and was stopped",
        "yourself to see its output",
    ]);
    assert!(!output.stderr.contains("secret-argument"), "{}", output.stderr);
    assert_all_ended(&cloud);

    let begun = Instant::now();
    let hurried = with_process(&cloud, hangs, &["--profile", "broken", "--deadline", "2s"]);
    within(LONG, hurried).exited(5).reports(&["aws::deadline"]);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_all_ended(&cloud);
}

#[test]
fn one_that_leaves_others_behind_is_not_waited_for() {
    let cloud = Cloud::new();
    let leaves = format!("sleep 300 & echo $! >> \"$0.pids\"; {KEYS}");
    let begun = Instant::now();
    // The credentials are used: the call that they sign fails.
    within(LONG, with_process(&cloud, &leaves, &["--profile", "broken"]))
        .exited(1)
        .reports(&["aws::unreachable"]);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_all_ended(&cloud);
}
