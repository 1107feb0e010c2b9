//! The findings of `doctor` on a bare machine, with the wrong account, with few permissions, and for the local cloud.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use serde_json::Value;

use crate::calls::{arm64_program, refusal, request};
use crate::cloud::{Cloud, Run, SPEC};

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().expect("checks");
    let found = checks.iter().find(|check| check["check"] == name);
    found.unwrap_or_else(|| panic!("no check `{name}` in {report:#}"))
}

/// On a machine with nothing but pipectl.
fn bare(cloud: &Cloud, arguments: &[&str]) -> Command {
    let home = cloud.path("home");
    std::fs::create_dir_all(&home).expect("a folder");
    let mut command = cloud.typed(arguments);
    for name in ["CARGO", "RUSTC", "CARGO_HOME", "RUSTUP_HOME"] {
        command.env_remove(name);
    }
    command
        .current_dir(&home)
        .env("HOME", &home)
        .env("PATH", &home)
        .env("PIPECTL_CACHE_DIR", home.join("cache"))
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

fn run(command: &mut Command) -> Run {
    Run::of(command.output().expect("pipectl runs"))
}

#[test]
fn on_a_bare_machine_everything_missing_is_reported_with_its_fix() {
    let cloud = Cloud::new();
    let json = ["doctor", "--format", "json", "--region", "eu-west-1"];
    let report = run(&mut bare(&cloud, &json)).exited(1).json_document();
    let of = |name: &str| {
        let check = check(&report, name);
        (check["state"].as_str().expect("a state"), check["fix"].as_str().unwrap_or_default())
    };
    assert!(of("rust").1.contains("https://rustup.rs"), "{report:#}");
    assert_eq!([of("rust").0, of("credentials").0], ["failed", "failed"]);
    assert_eq!([of("python").0, of("git").0], ["warning", "warning"]);
    assert!(of("credentials").1.contains("--profile"), "{report:#}");
    assert_eq!(of("reads").0, "skipped", "nothing is asked by nobody");
    assert_eq!(report["failed"], 2);

    // The local cloud needs no credentials, but Python.
    let spec = cloud.path("spec.yaml");
    let mut local = bare(&cloud, &["doctor", spec.to_str().expect("UTF-8"), "--local", "--format", "json"]);
    let report = run(&mut local).exited(1).json_document();
    assert_eq!(check(&report, "python")["state"], "failed");
    assert_eq!(check(&report, "credentials")["state"], "skipped");
    assert!(!cloud.path("state").exists(), "nothing was started");

    // A program that is built needs no Rust.
    let program = cloud.path("program");
    let ready = |bytes: &[u8]| {
        std::fs::write(&program, bytes).expect("a program");
        let mut ready = bare(&cloud, &json);
        let report = run(ready.env("PIPECTL_PROCESSOR", &program)).exited(1).json_document();
        check(&report, "processor").clone()
    };
    let built = program_for_this_machine();
    assert_eq!(ready(&built)["state"], "ok");
    let refused = ready(&built[..64]);
    assert_eq!(refused["state"], "failed");
    assert!(
        refused["fix"].as_str().is_some_and(|fix| fix.contains("unset `PIPECTL_PROCESSOR`")),
        "{refused}"
    );
    let shown = run(bare(&cloud, &["doctor"]).env("COLUMNS", "80")).exited(1);
    shown.prints(&["✗ rust", "fix: install Rust from https://rustup.rs", "2 failed, "]);
}

/// As far as its head and its contract go.
fn program_for_this_machine() -> Vec<u8> {
    let mut program = arm64_program();
    if cfg!(target_arch = "x86_64") {
        program[18] = 0x3e;
    }
    program
}

/// Code of the user's own: where it is, whether it can be built, and the contract of what is built already.
#[test]
fn own_code_is_looked_at() {
    let cloud = Cloud::new();
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let text =
        SPEC.replace("processor:\n", &format!("processor:\n  architecture: {architecture}\n  code: mine\n"));
    let spec = cloud.write("spec.yaml", &text);
    let arguments = ["doctor", spec.to_str().expect("UTF-8"), "--format", "json"];
    let looked = |command: &mut Command| check(&run(command).exited(1).json_document(), "own code").clone();
    let has_text =
        |found: &Value, part: &str| found["finding"].as_str().is_some_and(|finding| finding.contains(part));
    let missing = looked(&mut bare(&cloud, &arguments));
    assert!(missing["state"] == "failed" && has_text(&missing, "there is no such file"), "{missing}");
    let built = program_for_this_machine();
    std::fs::write(cloud.path("mine"), &built).expect("a program");
    let found = looked(&mut bare(&cloud, &arguments));
    assert!(found["state"] == "ok" && has_text(&found, "nothing is built"), "{found}");
    std::fs::write(cloud.path("mine"), &built[..64]).expect("a program");
    let other = looked(&mut bare(&cloud, &arguments));
    assert!(other["state"] == "failed" && has_text(&other, "contains no version of the contract"), "{other}");
    // A package needs cargo, and is read by it.
    std::fs::remove_file(cloud.path("mine")).expect("a removed file");
    std::fs::create_dir_all(cloud.path("mine/src")).expect("a folder");
    cloud.write("mine/Cargo.toml", "[package]\nname = \"mine\"\nedition = \"2024\"\n\n[workspace]\n");
    cloud.write("mine/src/main.rs", "fn main() {}\n");
    let report = run(&mut bare(&cloud, &arguments)).exited(1).json_document();
    assert_eq!(check(&report, "rust")["state"], "failed");
    let mut with_cargo = cloud.typed(&arguments);
    let found = looked(with_cargo.env("AWS_PROFILE", "nobody"));
    assert!(found["state"] == "ok" && has_text(&found, "built as `mine`"), "{found}");
    cloud.write("mine/Cargo.toml", "[package\n");
    let mut with_cargo = cloud.typed(&arguments);
    let broken = looked(with_cargo.env("AWS_PROFILE", "nobody"));
    assert!(broken["state"] == "failed" && has_text(&broken, "`processor.code` names"), "{broken}");
}

/// AWS with a clock that is ten minutes ahead, and that only allows `GetCallerIdentity`.
fn services() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                while let Some((head, body)) = request(&mut client) {
                    let is_who = String::from_utf8_lossy(&body).contains("Action=GetCallerIdentity");
                    let denied = refusal(&head, "AccessDenied");
                    let (status, text) = if is_who { (200, WHO) } else { (403, denied.as_str()) };
                    let date = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(10);
                    let date = jiff::fmt::rfc2822::to_string(&date.to_zoned(jiff::tz::TimeZone::UTC))
                        .expect("a date");
                    let length = text.len();
                    let answer =
                        format!("HTTP/1.1 {status} S\r\ndate: {date}\r\ncontent-length: {length}\r\n\r\n");
                    if client.write_all((answer + text).as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    endpoint
}

const WHO: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::111122223333:user/ada</Arn><UserId>A</UserId><Account>111122223333</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

#[test]
fn the_account_the_clock_and_the_permissions_are_looked_at() {
    let cloud = Cloud::new();
    let endpoint = services();
    let examined = |account: &str| {
        let spec = format!("{SPEC}deploy: {{account: \"{account}\", region: eu-west-1}}\n");
        let spec = cloud.write("spec.yaml", &spec);
        let spec = spec.to_str().expect("UTF-8").to_owned();
        let mut command = cloud.command(&["doctor", &spec, "--endpoint-url", &endpoint, "--format", "json"]);
        command.env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b");
        run(&mut command).exited(1).json_document()
    };
    let report = examined("111122223333");
    let of = |name: &str| check(&report, name);
    assert_eq!(of("account")["state"], "ok");
    assert_eq!(
        of("credentials")["finding"],
        "arn:aws:iam::111122223333:user/ada, from keys of the environment"
    );
    assert_eq!((&of("clock")["state"], &of("aws")["state"]), (&"failed".into(), &"ok".into()));
    assert!(of("clock")["finding"].as_str().is_some_and(|text| text.contains("behind AWS's")), "{report:#}");
    assert_eq!(of("concurrency")["state"], "skipped");
    assert_eq!(of("reads")["state"], "failed");
    let denied = of("reads")["finding"].as_str().expect("a finding");
    assert!(denied.starts_with("denied: cloudformation:DescribeStacks, s3:ListBucket, "), "{denied}");
    assert!(of("reads")["fix"].as_str().is_some_and(|fix| fix.contains("pipectl permissions ")));

    let report = examined("444455556666");
    let account = check(&report, "account");
    assert_eq!(account["state"], "failed");
    assert!(account["finding"].as_str().is_some_and(|text| text.contains("the spec says `444455556666`")));
    assert_eq!(
        check(&report, "reads")["state"],
        "skipped",
        "an account that is not the spec's is asked no more"
    );
}

#[test]
fn without_a_spec_the_default_is_used_unless_it_is_production() {
    let cloud = Cloud::new();
    std::fs::create_dir(cloud.path("specs")).expect("a folder");
    cloud.write("specs/one.yaml", SPEC);
    let mut command = cloud.typed(&["doctor", "--local"]);
    run(command.current_dir(cloud.path("")))
        .succeeded()
        .reports(&[
            "  chosen        specs/one.yaml, the only one in `specs`",
            "next: pipectl plan specs/one.yaml --local",
        ])
        .prints(&["machine", "✓ rust", "pipectl can work here"]);
    let safe = SPEC
        .replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 18")
        .replace("max_receive_count: 2", "max_receive_count: 5");
    let deploy = "deploy: {account: \"123456789012\", region: eu-west-1, production: true}\n";
    cloud.write("specs/one.yaml", &format!("{safe}{deploy}alarms: {{notify: [ops@example.com]}}\n"));
    let mut command = cloud.typed(&["doctor", "--local"]);
    run(command.current_dir(cloud.path(""))).reports(&["`specs/one.yaml` is production and must be named"]);
}
