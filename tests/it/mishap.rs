//! Failures around pipectl: each is reported with its next step, and the next run fixes it.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::cloud::{Cloud, Run};
use crate::proxy::{Fate, Proxy};

#[test]
fn a_taken_port_is_named_with_the_fix() {
    let cloud = Cloud::new();
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    cloud.run(&["local", "up", "--port", &port]).exited(1).reports(&[
        "error[local::unavailable]",
        &format!("port `{port}`"),
        "--port",
    ]);
}

#[test]
fn without_python_the_error_names_what_to_install() {
    let cloud = Cloud::new();
    let mut command = cloud.command(&["local", "up"]);
    command.env("PATH", cloud.path("empty")).env("PIPECTL_CACHE_DIR", cloud.path("cache"));
    Run::of(command.output().expect("pipectl runs")).exited(1).reports(&[
        "error[local::unavailable]: no Python found",
        "help:",
        "python3-venv",
    ]);
}

#[test]
fn without_network_the_error_names_what_failed_and_what_to_do() {
    let cloud = Cloud::new();
    let mut command = cloud.command(&["local", "up"]);
    command
        .env("PIPECTL_CACHE_DIR", cloud.path("cache"))
        .env("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        .env("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
        .env("PIP_RETRIES", "0")
        .env_remove("PIP_FIND_LINKS");
    Run::of(command.output().expect("pipectl runs")).exited(1).reports(&[
        "error[local::unavailable]",
        "could not install `ministack",
        "help:",
        "when online",
    ]);
}

#[test]
fn a_local_cloud_killed_during_an_apply_is_reported_and_the_next_apply_converges() {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let pid = cloud.status()["pid"].to_string();

    // After its first calls, and before it changes anything.
    let proxy = Proxy::before(&cloud);
    let mut is_first = true;
    proxy.judge(move |call| {
        if call.mutates && std::mem::take(&mut is_first) {
            assert!(Command::new("kill").args(["-9", &pid]).status().expect("kill").success());
        }
        Fate::Pass
    });
    let spec = cloud.path("spec.yaml");
    let mut command = cloud.command(&["apply", spec.to_str().expect("UTF-8"), "--local"]);
    let apply = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pipectl runs");
    Run::of(apply.wait_with_output().expect("an end")).exited(1).reports(&[
        "error[local::unavailable]: the local cloud stopped answering",
        "run the same command again",
    ]);
    proxy.judge(|_| Fate::Pass);

    cloud.local("apply", &[]).succeeded().reports(&["created walk-test"]);
}

#[test]
fn a_resource_that_fails_is_named_with_its_reason_and_the_stack_can_be_made_afterwards() {
    let cloud = Cloud::new();
    // The second one requires the role of the first.
    let spec = |name: &str| {
        crate::cloud::SPEC.replace("name: walk", &format!("name: {name}\nnames: {{role: shared-role}}"))
    };
    cloud.write("spec.yaml", &spec("first"));
    cloud.local("apply", &[]).succeeded();
    cloud.write("spec.yaml", &spec("second"));
    cloud.local("apply", &[]).exited(1).reports(&[
        "error[stack::change-set-failed]",
        "ProcessorRole",
        "nothing was changed",
    ]);
    cloud.write("spec.yaml", &crate::cloud::SPEC.replace("name: walk", "name: second"));
    cloud.local("apply", &[]).succeeded().reports(&["created second-test"]);
}

#[test]
fn nothing_is_sent_to_a_pipeline_that_is_not_there() {
    let cloud = Cloud::new();
    cloud.local("send", &[]).exited(1).reports(&["error[stack::missing]", "pipectl apply"]);
}
