//! A stop request during an installation, an expansion, a send or a question: the command exits as a shell expects,
//! reports what continues, and leaves no process running.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::cloud::{Cloud, Run, SPEC};
use crate::proxy::{Fate, Proxy};

const LONG: Duration = Duration::from_secs(60);
const SIGNALS: [(&str, i32, &str); 3] =
    [("-INT", 130, "Ctrl-C"), ("-TERM", 143, "SIGTERM"), ("-HUP", 129, "SIGHUP")];

/// A program that prints its process ids and then sleeps, with a child process.
fn sleeper(cloud: &Cloud, name: &str) -> PathBuf {
    let folder = cloud.path("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(
        &path,
        "#!/bin/sh\nsleep 300 &\necho \"$$ $!\" > \"$0.part\"\nmv \"$0.part\" \"$0.pids\"\nsleep 300\n",
    )
    .expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    path
}

/// Its processes, once it runs.
fn pids(program: &std::path::Path) -> Vec<String> {
    let (begun, file) = (Instant::now(), program.with_extension("pids"));
    while !file.exists() {
        assert!(begun.elapsed() < LONG, "{} is not started", program.display());
        std::thread::sleep(Duration::from_millis(10));
    }
    let pids =
        std::fs::read_to_string(&file).expect("numbers").split_whitespace().map(str::to_owned).collect();
    std::fs::remove_file(&file).expect("a file");
    pids
}

fn lives(pid: &str) -> bool {
    let ps = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().expect("ps");
    !ps.stdout.is_empty() && !ps.stdout.starts_with(b"Z")
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pipectl runs")
}

/// Sends the signal, and waits for the end.
fn stop(signal: &str, mut child: Child) -> Run {
    let begun = Instant::now();
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    while child.try_wait().expect("a child").is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it goes on after {signal}");
        std::thread::sleep(Duration::from_millis(10));
    }
    Run::of(child.wait_with_output().expect("a child"))
}

/// Stops a command that runs this program: it reports the stop, and no process of the program remains.
fn stopped(command: Command, program: &std::path::Path, signal: &str, code: i32, words: &str) {
    let child = start(command);
    let pids = pids(program);
    stop(signal, child).exited(code).reports(&["error[command::interrupted]", words]);
    assert!(!pids.iter().any(|pid| lives(pid)), "{signal}: {pids:?}");
}

#[test]
fn an_installation_of_the_local_cloud_ends_with_its_programs() {
    let cloud = Cloud::new();
    let uv = sleeper(&cloud, "uv");
    for (signal, code, name) in SIGNALS {
        let mut up = cloud.typed(&["local", "up"]);
        up.env("PATH", format!("{}:/usr/bin:/bin", cloud.path("bin").display()))
            .env("PIPECTL_CACHE_DIR", cloud.path("cache"));
        let words = format!("stopped by {name}; the local cloud is not started");
        stopped(up, &uv, signal, code, &words);
    }
}

#[test]
fn a_build_of_the_processor_ends_with_its_compilers() {
    let cloud = Cloud::new();
    let cargo = sleeper(&cloud, "cargo");
    for (signal, code, name) in SIGNALS {
        let mut build = cloud.typed(&[
            "build",
            "--architecture",
            "x86_64",
            "--output",
            cloud.path("x.zip").to_str().expect("UTF-8"),
        ]);
        build.env("CARGO", &cargo).env_remove("PIPECTL_PROCESSOR");
        let child = start(build);
        let pids = pids(&cargo);
        stop(signal, child).exited(code).reports(&[&format!("stopped by {name}; no operation is running")]);
        let begun = Instant::now();
        while pids.iter().any(|pid| lives(pid)) {
            assert!(begun.elapsed() < Duration::from_secs(5), "{signal}: {pids:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_program_that_gets_credentials_ends_with_the_command() {
    let cloud = Cloud::new();
    let program = sleeper(&cloud, "get-keys");
    let config = format!("[profile slow]\ncredential_process = {}\n", program.display());
    let config = cloud.write("config", &config);
    let spec = cloud.path("spec.yaml");
    for (signal, code, name) in SIGNALS {
        let endpoint = ["--profile", "slow", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"];
        let mut history = cloud.typed(&[&["history", spec.to_str().expect("UTF-8")], &endpoint[..]].concat());
        history.env("AWS_CONFIG_FILE", &config).env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        let words = format!("stopped by {name}; the operation continues in AWS");
        stopped(history, &program, signal, code, &words);
    }
}

#[test]
fn events_that_were_sent_are_processed() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let spec = cloud.path("spec.yaml");
    for (signal, code, _) in SIGNALS {
        let arguments = ["send", spec.to_str().expect("UTF-8"), "--local", "--count", "2000", "--rate", "10"];
        let child = start(cloud.command(&arguments));
        std::thread::sleep(Duration::from_secs(2));
        stop(signal, child)
            .exited(code)
            .reports(&["send::incomplete", "events already on the bus are still processed"]);
    }
}

/// Each of several applies reports what continues, and the parent waits for it: only the parent gets SIGTERM.
#[test]
fn several_applies_end_in_order() {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let other = cloud.write("other.yaml", &SPEC.replace("name: walk\n", "name: other\n"));
    let proxy = Proxy::before(&cloud);
    let executed = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&executed);
    proxy.judge(move |call| {
        let mut executed = seen.lock().expect("a lock");
        let name = call.text("StackName");
        let Some(stack) = ["walk-test", "other-test"].into_iter().find(|stack| name.contains(stack)) else {
            return Fate::Pass;
        };
        if call.name == "ExecuteChangeSet" {
            executed.insert(stack);
        }
        if executed.contains(stack) && call.name == "DescribeStackEvents" { Fate::Hang } else { Fate::Pass }
    });
    let spec = cloud.path("spec.yaml");
    let specs = [spec.to_str().expect("UTF-8"), other.to_str().expect("UTF-8")];
    let child = start(cloud.command(&["apply", specs[0], specs[1], "--local", "--yes"]));
    let begun = Instant::now();
    while executed.lock().expect("a lock").len() < 2 {
        assert!(begun.elapsed() < 2 * LONG, "they do not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(500));
    let output = stop("-TERM", child).exited(143);
    for stack in ["walk-test", "other-test"] {
        let words = format!("stopped following stack `{stack}`");
        assert!(
            (output.stdout.clone() + &output.stderr).contains(&words),
            "{}{}",
            output.stdout,
            output.stderr
        );
    }
    proxy.judge(|_| Fate::Pass);
    for spec in specs {
        cloud.run(&["apply", spec, "--local"]).succeeded();
    }
}

/// A command started to ignore the end of its terminal does so.
#[test]
#[cfg(target_os = "linux")]
fn under_nohup_the_end_of_the_terminal_changes_nothing() {
    let cloud = Cloud::new();
    let cargo = sleeper(&cloud, "cargo");
    let inner = cloud.typed(&[
        "build",
        "--architecture",
        "x86_64",
        "--output",
        cloud.path("x.zip").to_str().expect("UTF-8"),
    ]);
    let mut outer = Command::new("sh");
    outer.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
    outer.current_dir(env!("CARGO_MANIFEST_DIR")).env("CARGO", &cargo).env_remove("PIPECTL_PROCESSOR");
    let mut child = start(outer);
    let pids = pids(&cargo);
    let sent = Command::new("kill").args(["-HUP", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    std::thread::sleep(Duration::from_secs(2));
    assert!(child.try_wait().expect("a child").is_none() && pids.iter().all(|pid| lives(pid)));
    stop("-TERM", child).exited(143);
}
