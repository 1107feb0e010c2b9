//! The calls between pipectl and CloudFormation: how many there are, and that a lost, truncated or temporarily refused
//! call loses nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::cloud::{Cloud, Run, SPEC};
use crate::proxy::{Call, Fate, Proxy};

fn names(calls: &[Call], mutates: bool) -> Vec<&str> {
    calls.iter().filter(|call| call.mutates == mutates).map(|call| call.name.as_str()).collect()
}

fn up() -> (Cloud, Proxy) {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let proxy = Proxy::before(&cloud);
    (cloud, proxy)
}

#[test]
fn an_apply_without_changes_reads_little_and_writes_nothing() {
    let (cloud, proxy) = up();
    cloud.local("apply", &[]).succeeded();
    proxy.taken();
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    let calls = proxy.taken();
    // Parts that the local cloud cannot create from a template are read separately.
    let bridges = ["DescribeArchive", "DescribeTimeToLive", "DescribeContinuousBackups"];
    let reads: Vec<&str> = names(&calls, false).into_iter().filter(|name| !bridges.contains(name)).collect();
    // The caller's identity, the stack, its template, the zip, the code of the newest version and of the live one; and,
    // at the same time, its policy and history, which an interrupted apply may have left incomplete.
    assert!(reads.len() <= 8, "{reads:?}");
    assert_eq!(names(&calls, true), Vec::<&str>::new());
}

/// The calls of a first apply that change something, recorded once.
fn mutating(cloud: &Cloud, proxy: &Proxy) -> Vec<String> {
    cloud.local("apply", &[]).succeeded();
    let calls = proxy.taken();
    let found = names(&calls, true).into_iter().map(str::to_owned).collect();
    cloud.local("destroy", &["--yes"]).succeeded();
    proxy.taken();
    found
}

#[test]
fn whichever_answer_is_lost_with_the_process_the_next_apply_converges() {
    let (cloud, proxy) = up();
    let steps = mutating(&cloud, &proxy);
    assert!(steps.iter().any(|step| step == "ExecuteChangeSet"), "{steps:?}");
    for (index, step) in steps.iter().enumerate() {
        // A bucket and an artifact exist by now, so a step may not occur again; then the apply succeeds.
        let seen = Arc::new(Mutex::new(0));
        let cut = Arc::new(Mutex::new(false));
        let (counter, done) = (Arc::clone(&seen), Arc::clone(&cut));
        proxy.judge(move |call| {
            let mut seen = counter.lock().expect("a lock");
            let mut done = done.lock().expect("a lock");
            *seen += usize::from(call.mutates);
            *done |= *seen > index;
            // From here on no answer arrives: as if the process had died.
            if *done {
                if call.mutates && *seen == index + 1 { Fate::LoseAnswer } else { Fate::Lose }
            } else {
                Fate::Pass
            }
        });
        let spec = cloud.path("spec.yaml");
        let mut command = cloud.command(&["apply", spec.to_str().expect("UTF-8"), "--local"]);
        let mut child = command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("pipectl runs");
        while child.try_wait().expect("a child").is_none() {
            if *cut.lock().expect("a lock") {
                // The answer takes long enough for the cloud to have done its part.
                std::thread::sleep(Duration::from_millis(200));
                child.kill().expect("a child");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        child.wait().expect("an end");
        proxy.judge(|_| Fate::Pass);

        let again = cloud.local("apply", &[]);
        assert_eq!(again.code, Some(0), "after `{step}`: {}", again.stderr);
        cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
        cloud.local("destroy", &["--yes"]).succeeded();
    }
}

#[test]
fn answers_that_are_lost_do_not_fail_an_apply() {
    let (cloud, proxy) = up();
    for lost in ["CreateChangeSet", "ExecuteChangeSet"] {
        let mut first = true;
        proxy.judge(move |call| {
            if call.name == lost && std::mem::take(&mut first) { Fate::LoseAnswer } else { Fate::Pass }
        });
        cloud.local("apply", &[]).succeeded();
        proxy.judge(|_| Fate::Pass);
        cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
        cloud.local("destroy", &["--yes"]).succeeded();
    }
}

#[test]
fn cloudformation_that_is_asked_too_often_is_waited_for() {
    let (cloud, proxy) = up();
    let mut count = 0;
    proxy.judge(move |call| {
        let throttled = call.name.contains("Stack") || call.name.contains("ChangeSet");
        count += usize::from(throttled);
        if throttled && count % 3 == 0 { Fate::Throttle } else { Fate::Pass }
    });
    cloud.local("apply", &[]).succeeded();
    cloud.write("spec.yaml", &SPEC.replace("max_receive_count: 2", "max_receive_count: 3"));
    cloud.local("apply", &[]).succeeded().reports(&["updated walk-test"]);
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
}

#[test]
fn credentials_that_expire_while_following_leave_the_operation_to_the_server() {
    let (cloud, proxy) = up();
    let mut executed = false;
    proxy.judge(move |call| {
        let expired = executed && call.name.starts_with("Describe");
        executed |= call.name == "ExecuteChangeSet";
        if expired { Fate::Expire } else { Fate::Pass }
    });
    let output: Run = cloud.local("apply", &[]);
    assert_eq!(output.code, Some(5), "{}", output.stderr);
    output.reports(&[
        "error[aws::no-credentials]: stack `walk-test` can no longer be followed",
        "continues in AWS",
    ]);
    proxy.judge(|_| Fate::Pass);
    cloud.local("apply", &[]).succeeded();
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
}

#[test]
fn a_server_that_falls_silent_is_left_at_the_deadline_and_taken_up_again() {
    let (cloud, proxy) = up();
    for step in ["CreateChangeSet", "DescribeStackEvents"] {
        proxy.judge(move |call| if call.name == step { Fate::Hang } else { Fate::Pass });
        cloud.local("apply", &["--deadline", "8s"]).exited(5).reports(&[
            "error[aws::deadline]: not done within the `--deadline` of 8s",
            "run the same command again",
        ]);
    }
    proxy.judge(|_| Fate::Pass);
    cloud.local("apply", &[]).succeeded();
    cloud.local("apply", &["--deadline", "soon"]).exited(64).reports(&["write a duration such as `90s`"]);
}
