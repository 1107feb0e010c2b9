//! `processor.code`: the user's program decides the results of `pipectl test`, and an incompatible one is refused before
//! anything is uploaded.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::cloud::Cloud;

const SPEC: &str = "\
version: 1
name: carriers
environment: test
bus:
  pattern: {source: [shop]}
  samples: {match: [known.json]}
event:
  attributes: {carrier: $.detail.carrier}
tests:
  - {event: known.json, row: {carrier: United Parcel Service}}
  - {event: unknown.json, dead_letter: rejected-by-code}
  - {event: keyless.json, dead_letter: missing-field}
processor:
  code: mine
";

/// The program of `processor/examples/own_code.rs`. `cargo test` builds it; a run of single tests does not.
fn example() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_pipectl")).parent().expect("a folder");
    let program = target.join("examples/own_code");
    if !program.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built =
            Command::new(cargo).args(["build", "--workspace", "--locked", "--example", "own_code"]).status();
        assert!(built.is_ok_and(|status| status.success()), "the example is built");
    }
    program
}

fn event(detail: serde_json::Value) -> String {
    json!({"source": "shop", "detail-type": "d", "time": "2026-01-31T09:05:00Z", "detail": detail})
        .to_string()
}

/// A folder with the spec, its events and the program `mine`.
fn folder(program: &[u8]) -> (Cloud, String) {
    let cloud = Cloud::new();
    let carrier = |code| {
        event(
            json!({"shipment_id": "S-1", "event_timestamp": "2026-01-31T09:05:00Z", "event_type": "k", "carrier_code": code}),
        )
    };
    cloud.write("known.json", &carrier("UPS"));
    cloud.write("unknown.json", &carrier("pigeon"));
    cloud.write("keyless.json", &event(json!({"event_type": "k"})));
    std::fs::write(cloud.path("mine"), program).expect("a program");
    #[cfg(unix)]
    std::fs::set_permissions(cloud.path("mine"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("an executable program");
    let spec = cloud.write("carriers.yaml", SPEC).to_str().expect("UTF-8").to_owned();
    (cloud, spec)
}

#[test]
#[cfg(target_os = "linux")]
fn events_are_decided_by_the_program_that_the_spec_names() {
    let (cloud, spec) = folder(&std::fs::read(example()).expect("a program"));
    cloud.run(&["test", &spec]).succeeded().prints(&[
        "✓ known.json matches",
        "✓ known.json becomes the row of its test",
        "✓ unknown.json becomes a dead letter (rejected-by-code), as its test expects",
        "✓ keyless.json becomes a dead letter (missing-field), as its test expects",
    ]);
    // Validating a spec runs nothing: the program's result for an event stays unknown.
    std::fs::write(cloud.path("mine"), "\x7fELF of nobody").expect("a file");
    cloud.run(&["validate", &spec]).succeeded();
    cloud.run(&["test", &spec]).exited(1).reports(&["error[package::other-contract]", "does not call"]);
}

#[test]
fn another_contract_is_refused_before_anything_is_uploaded() {
    let mut program = std::fs::read(example()).expect("a program");
    let mark = b"pipectl-contract:2;";
    let locations: Vec<usize> =
        program.windows(mark.len()).enumerate().filter(|(_, part)| part == mark).map(|(at, _)| at).collect();
    let [location] = locations[..] else { panic!("{locations:?}") };
    program[location + mark.len() - 2] = b'1';
    let (cloud, spec) = folder(&program);
    let zip = cloud.path("out.zip");
    let build = ["build", &spec, "--output", zip.to_str().expect("UTF-8")];
    // The spec is right: it is the program that cannot be used.
    for arguments in [&build[..], &["test", &spec], &["send", &spec, "--local"]] {
        cloud.run(arguments).exited(1).reports(&[
            "error[package::other-contract]",
            "has version 1 of the contract, but this pipectl needs version 2",
            "write `pipectl-processor = \"=",
        ]);
    }
    assert!(!zip.exists());
}

#[test]
fn code_that_cannot_run_here_or_is_outside_of_the_folder_is_reported() {
    let program = std::fs::read(example()).expect("a program");
    let (cloud, spec) = folder(&zipped(&program));
    cloud.run(&["test", &spec]).exited(1).reports(&["error[package::not-here]", "it is a zip"]);
    for outside in ["../mine", "/mine", "a/../../mine"] {
        cloud.write("carriers.yaml", &SPEC.replace("code: mine", &format!("code: {outside}")));
        cloud.run(&["validate", &spec]).exited(3).prints(&["error[spec::wrong-form]"]);
    }
}

/// A path that cannot be code is wrong in the spec, at its line, for each command that needs the code. The others work without it.
#[test]
fn a_path_that_cannot_be_code_is_reported_at_its_line() {
    let (cloud, spec) = folder(b"#!/bin/sh\n");
    let line = SPEC.lines().position(|line| line.contains("code: mine")).expect("a line") + 1;
    let location = format!("carriers.yaml:{line}:9");
    let refused = |reason: &str, help: &str| {
        let code = "error[processor::unusable-code]: `mine` cannot be used as code of your own";
        cloud.run(&["validate", &spec]).exited(3).prints(&[code, reason, &location, help]);
    };
    refused("it is neither a program for Linux nor a zip", "the folder of a Cargo package");
    std::fs::remove_file(cloud.path("mine")).expect("a removed file");
    refused("there is no such file", "correct the path: it is relative to this file");
    for arguments in [
        &["test", &spec][..],
        &["build", &spec],
        &["plan", &spec, "--local"],
        &["apply", &spec, "--local"],
        &["send", &spec, "--local"],
        &["erase", &spec, "--key", "S-1", "--local"],
        &["dev", &spec],
    ] {
        cloud.run(arguments).exited(3).reports(&["error[processor::unusable-code]", &location]);
    }
    cloud.run(&["render", &spec]).succeeded();
    std::fs::create_dir_all(cloud.path("mine/src")).expect("a folder");
    refused("it is a folder without a `Cargo.toml`", "name the folder of a Cargo package");
    cloud.write("mine/Cargo.toml", "[package]\nname = \"mine\"\n");
    refused("its package has no program", "write `src/main.rs`");
    cloud.write("mine/src/main.rs", "fn main() {}\n");
    cloud.run(&["validate", &spec]).succeeded();
}

/// A canary that the code rejects proves the pipeline all the same: it is invented. And nothing is redriven where the code cannot
/// decide, unless that is asked for.
#[test]
#[cfg(target_os = "linux")]
fn a_pipeline_with_own_code_is_verified_and_its_dead_letters_are_decided_by_it() {
    let program = std::fs::read(example()).expect("a program");
    let (cloud, _) = folder(&program);
    let text = format!(
        "{}  code: mine\nevent:\n  attributes: {{carrier: $.detail.carrier_code}}\n",
        crate::cloud::SPEC
    );
    let spec = cloud.write("spec.yaml", &text);
    let spec = spec.to_str().expect("UTF-8");
    cloud.local("apply", &[]).succeeded();
    let found = cloud.local("verify", &["--format", "json"]).succeeded().json();
    let canary = &found["canary"];
    assert_eq!(
        (&found["verified"], &canary["stored"], &canary["deleted"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert_eq!(canary["rejected_by_code"], "rejected-by-code: the carrier is unknown", "{found}");
    cloud.local("verify", &[]).succeeded().prints(&["rejects this event", "`bus.samples.match`"]);

    std::fs::write(cloud.path("mine"), zipped(&program)).expect("a zip");
    cloud.run(&["dlq", "list", spec, "--local"]).succeeded().reports(&["not decided", "it is a zip"]);
    cloud.run(&["dlq", "redrive", spec, "--local"]).exited(1).reports(&["error[package::not-here]"]);
    cloud.run(&["dlq", "redrive", spec, "--local", "--force"]).succeeded().reports(&["not decided"]);
}

/// A zip with the program as `bootstrap`.
fn zipped(program: &[u8]) -> Vec<u8> {
    let mut zipped = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zipped.start_file("bootstrap", zip::write::SimpleFileOptions::default()).expect("a zip");
    std::io::Write::write_all(&mut zipped, program).expect("a zip");
    zipped.finish().expect("a zip").into_inner()
}

/// A program with the contract's marker and no other part of pipectl, so that it is built in a second.
const MAIN: &str = r##"
#[used]
static CONTRACT: [u8; 19] = *b"pipectl-contract:2;";

fn main() {
    std::hint::black_box(&CONTRACT);
    for line in std::io::stdin().lines() {
        let is_wanted = line.is_ok_and(|line| line.contains("UPS"));
        let message = if is_wanted { "not today" } else { "never" };
        println!(r#"{{"rejection":{{"reason":"rejected-by-code","message":"{message}"}}}}"#);
    }
}
"##;

#[test]
fn a_package_is_built_for_this_machine_and_decides() {
    let (cloud, spec) = folder(b"");
    std::fs::remove_file(cloud.path("mine")).expect("a removed file");
    std::fs::create_dir_all(cloud.path("mine/src")).expect("a folder");
    cloud.write("mine/Cargo.toml", "[package]\nname = \"mine\"\nedition = \"2024\"\n\n[workspace]\n");
    cloud.write("mine/src/main.rs", MAIN);
    let output = cloud.run(&["test", &spec]).exited(1);
    for expected in ["not today", "never"] {
        assert!(output.stdout.contains(expected), "{}\n{}", output.stdout, output.stderr);
    }
    cloud.write("mine/src/main.rs", "fn main() {}\n");
    let refused = cloud.run(&["test", &spec]).exited(1);
    refused.reports(&["error[package::other-contract]", "does not call"]);
    cloud.write("mine/src/main.rs", "fn main() { wrong }\n");
    let refused = cloud.run(&["test", &spec]).exited(1);
    refused.reports(&[
        "error[package::build-failed]",
        "the package in `",
        "run `cargo build --release` in `",
    ]);
}
