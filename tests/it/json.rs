//! `--format json` of every command that clap knows: stdout is JSON of version 1, after success and after failure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};
use crate::tools::target;

/// Commands that print documents of other tools, each with a key of the document.
const DOCUMENTS: [(&str, &str); 3] =
    [("permissions", "Statement"), ("render", "AWSTemplateFormatVersion"), ("schema", "$schema")];

/// Commands whose stdout has another protocol; their failures are still JSON.
const PROTOCOLS: [&str; 1] = ["lsp"];

/// Commands that run until they are stopped; `it::local_console` reads their JSON.
const SERVERS: [&str; 1] = ["local ui"];

/// Each command with arguments that fail without a cloud, and the exit code.
const FAILURES: &[(&str, &[&str], i32)] = &[
    ("apply", &["none.yaml"], 3),
    ("build", &["none.yaml"], 3),
    ("capacity", &["none.yaml"], 3),
    ("completions", &["no-shell"], 64),
    ("cost", &["none.yaml"], 3),
    ("destroy", &["none.yaml"], 3),
    ("dev", &["none.yaml"], 3),
    ("dlq edit", &["none.yaml", "id"], 3),
    ("dlq export", &["none.yaml", "new.jsonl"], 3),
    ("dlq import", &["none.yaml", "none.jsonl"], 3),
    ("dlq list", &["none.yaml"], 3),
    ("dlq purge", &["none.yaml"], 3),
    ("dlq redrive", &["none.yaml"], 3),
    ("dlq show", &["none.yaml", "id"], 3),
    ("doctor", &["none.yaml"], 3),
    ("drift", &["none.yaml"], 3),
    ("eject", &["no-template"], 64),
    ("erase", &["none.yaml", "--key", "S-1"], 3),
    ("explain", &["queue.retention_dayz"], 64),
    ("history", &["none.yaml"], 3),
    ("init", &["FOLDER", "--name", "Not A Name"], 64),
    ("list", &["--regions", "nowhere"], 64),
    ("local down", &[], 1),
    ("local logs", &[], 1),
    ("local status", &[], 1),
    ("local ui", &["none.yaml"], 1),
    ("local up", &[], 1),
    ("logs", &["none.yaml"], 3),
    ("lsp", &[], 1),
    ("man", &["aply"], 64),
    ("outputs", &["none.yaml"], 3),
    ("permissions", &["none.yaml"], 3),
    ("plan", &["none.yaml"], 3),
    ("query", &["none.yaml"], 3),
    ("recover", &["none.yaml"], 3),
    ("render", &["none.yaml"], 3),
    ("replay", &["none.yaml", "--from", "2h", "--to", "1h"], 3),
    ("rollback", &["none.yaml"], 3),
    ("schema", &["--row", "none.yaml"], 3),
    ("send", &["none.yaml"], 3),
    ("status", &["none.yaml"], 3),
    ("test", &["none.yaml"], 3),
    ("trace", &["none.yaml", "id"], 3),
    ("validate", &["none.yaml"], 3),
    ("verify", &["none.yaml"], 3),
    ("version", &["--licenses"], 1),
    ("explain", &["queue", "--policy", "none.yaml"], 64),
    ("explain", &["none.yaml", "retention"], 3),
    ("render", &["none.yaml", "--dashboard-preview", "page.txt"], 64),
    ("validate", &["specs/dev.yaml", "none.yaml"], 3),
];

/// The commands that do something, by full name.
fn commands() -> BTreeSet<String> {
    fn collect(command: &clap::Command, name: &str, found: &mut BTreeSet<String>) {
        for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
            let name = format!("{name} {}", inner.get_name()).trim_start().to_owned();
            match inner.has_subcommands() {
                true => collect(inner, &name, found),
                false => drop(found.insert(name)),
            }
        }
    }
    let mut found = BTreeSet::new();
    collect(&pipectl::cli::commands(), "", &mut found);
    found
}

/// The output of a run: one document, or one object per line.
#[track_caller]
fn documents(name: &str, run: &Run) -> Vec<Value> {
    let whole = serde_json::from_str(&run.stdout).map(|whole| vec![whole]);
    let lines = || run.stdout.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>();
    let documents =
        whole.or_else(|_| lines()).unwrap_or_else(|error| panic!("{name}: {error}:\n{}", run.stdout));
    assert!(!documents.is_empty(), "{name} wrote nothing to stdout:\n{}", run.stderr);
    documents
}

#[track_caller]
fn has_version_1(name: &str, run: &Run) {
    let of_others = DOCUMENTS.iter().find(|(command, _)| *command == name);
    for document in documents(name, run) {
        match of_others {
            Some((_, key)) => assert!(document.get(key).is_some(), "{name}: {document}"),
            None => assert_eq!(document["version"], 1, "{name}: {document}"),
        }
    }
}

#[track_caller]
fn fails_in_json(name: &str, run: Run, code: i32) -> Value {
    let run = run.exited(code);
    let documents = documents(name, &run);
    assert!(documents.iter().all(|one| one["version"] == 1), "{name}: {}", run.stdout);
    let diagnostic = documents.last().map(|last| last["diagnostics"][0].clone()).unwrap_or_default();
    for key in ["code", "message", "docs"] {
        assert!(
            diagnostic[key].as_str().is_some_and(|text| !text.is_empty()),
            "{name}, {key}: {}",
            run.stdout
        );
    }
    assert!(!run.stderr.contains("error["), "{name} reports it once: {}", run.stderr);
    diagnostic
}

#[test]
fn every_command_fails_in_json() {
    let cloud = Cloud::new();
    let folder = cloud.path("new");
    let named: BTreeSet<String> = FAILURES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(named, commands(), "each command, and no other, is tried");
    for (name, arguments, code) in FAILURES {
        let mut words: Vec<&str> = name.split(' ').chain(arguments.iter().copied()).collect();
        words
            .iter_mut()
            .filter(|word| **word == "FOLDER")
            .for_each(|word| *word = folder.to_str().expect("UTF-8"));
        words.extend(["--format", "json"]);
        let mut command = cloud.command(&words);
        if name.starts_with("local") {
            // There is no place to store anything.
            let names =
                ["HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "PIPECTL_CACHE_DIR", "PIPECTL_LOCAL_DIR"];
            for name in names {
                command.env_remove(name);
            }
        }
        fails_in_json(name, Run::of(command.output().expect("pipectl runs")), *code);
    }
}

/// Before clap has parsed anything, the format is already on the command line.
#[test]
fn wrong_usage_is_json_where_the_command_line_asks_for_it() {
    let cloud = Cloud::new();
    for name in commands() {
        let words: Vec<&str> = name.split(' ').collect();
        for format in [&["--format", "json"][..], &["--format=json"]] {
            let behind = [&words[..], &["--no-such-flag"], format].concat();
            let before = [format, &words[..], &["--no-such-flag"]].concat();
            for line in [behind, before] {
                let output = fails_in_json(&name, cloud.run(&line), 64);
                assert_eq!(output["code"], "usage::wrong");
                assert!(
                    output["message"].as_str().is_some_and(|text| text.contains("--no-such-flag")),
                    "{output}"
                );
            }
        }
    }
    let output = fails_in_json("none", cloud.run(&["--format", "json"]), 64);
    assert_eq!(output["message"], "no command was given");
    let output = fails_in_json("dlq", cloud.run(&["dlq", "--format", "json"]), 64);
    assert_eq!(output["message"], "no command was given");
    let output = fails_in_json("plna", cloud.run(&["plna", "--format", "json"]), 64);
    assert!(output["help"].as_str().is_some_and(|text| text.contains("'plan'")), "{output}");
    let help = cloud.run(&["plan", "--help", "--format", "json"]).succeeded().json_document();
    assert!(help["help"].as_str().is_some_and(|text| text.contains("--detailed-exitcode")), "{help}");
    let version = cloud.run(&["--version", "--format=json"]).succeeded().json_document();
    assert_eq!(version, json!({"version": 1, "pipectl": env!("CARGO_PKG_VERSION")}));
    // For people it is still text.
    cloud.run(&["plan"]).exited(64).reports(&["error: ", "Usage: pipectl plan"]);
}

/// Each command once on one pipeline; every one that is tried is removed from the list of all commands.
#[test]
fn every_command_succeeds_in_json() {
    let cloud = Cloud::new();
    let mut left = commands();
    let mut run = |words: &[&str]| {
        let mut command = cloud.command(&[words, &["--format", "json"]].concat());
        let built = target("release/bootstrap");
        if built.exists() {
            command.env("PIPECTL_PROCESSOR", built);
        }
        let run = Run::of(command.output().expect("pipectl runs")).succeeded();
        let two = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        let name = if left.contains(&two) { two } else { words[0].to_owned() };
        has_version_1(&name, &run);
        left.remove(&name);
        run
    };
    let path = |name: &str| cloud.path(name).to_str().expect("UTF-8").to_owned();
    let (spec, folder, templates, zip, page) =
        (path("spec.yaml"), path("new"), path("templates"), path("p.zip"), path("page.html"));
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    run(&["init", &folder]);
    run(&["validate", "specs/dev.yaml"]);
    run(&["validate", "specs/dev.yaml", "--resolved"]);
    run(&["schema"]);
    run(&["render", "specs/dev.yaml"]);
    assert!(has_page(&run(&["explain"]), "queue::visibility-too-short"));
    for topic in
        ["queue::visibility-too-short", "queue.retention_days", "missing-field", "exit-codes", "json"]
    {
        assert_eq!(run(&["explain", topic]).json_document()["name"], topic);
    }
    run(&["explain", "specs/dev.yaml", "retention"]);
    let ejected = run(&["eject", "alarms", "--to", &templates]).json_document();
    assert_eq!(ejected["files"], json!([format!("{templates}/alarms.yaml.j2")]));
    run(&["build", "--architecture", architecture, "--output", &zip]);
    run(&["test", "specs/dev.yaml"]);
    run(&["permissions", "specs/prod.yaml"]);
    run(&["cost", "specs/prod.yaml"]);
    run(&["capacity", "specs/prod.yaml"]);
    run(&["completions", "bash"]);
    run(&["man", "apply"]);
    run(&["version"]);
    run(&["local", "up"]);
    run(&["local", "status"]);
    assert!(run(&["local", "logs"]).json_document()["lines"].is_array());
    run(&["plan", &spec, "--local"]);
    run(&["apply", &spec, "--local"]);
    cloud.write("spec.yaml", &SPEC.replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 4"));
    run(&["apply", &spec, "--local"]);
    run(&["send", &spec, "--local"]);
    run(&["status", &spec, "--local"]);
    run(&["verify", &spec, "--local"]);
    run(&["outputs", &spec, "--local"]);
    run(&["query", &spec, "--local"]);
    run(&["logs", &spec, "--local"]);
    run(&["list", "--local"]);
    run(&["doctor", &spec, "--local"]);
    let (one, all) = (path("one.jsonl"), path("all.jsonl"));
    let detail = json!({"shipment_id": "s", "event_timestamp": "2026-01-01T00:00:00Z", "event_data": {}});
    let body =
        json!({"id": "e", "source": "shipment.service", "detail-type": "shipment.created", "detail": detail});
    cloud.write("one.jsonl", &format!("{}\n", json!({"message_id": "m", "body": body.to_string()})));
    run(&["dlq", "import", &spec, &one, "--local"]);
    let listed = run(&["dlq", "list", &spec, "--local"]).json_document();
    let id = listed["messages"][0]["message_id"].as_str().expect("an id").to_owned();
    run(&["dlq", "show", &spec, &id, "--local"]);
    run(&["trace", &spec, &id, "--local"]);
    run(&["replay", &spec, "--from", "1h", "--to", "0s", "--local"]);
    run(&["dlq", "export", &spec, &all, "--local"]);
    run(&["dlq", "edit", &spec, &id, "--set", "event_type=created", "--local"]);
    run(&["dlq", "redrive", &spec, "--local"]);
    run(&["dlq", "purge", &spec, "--local"]);
    run(&["erase", &spec, "--key", "nobody", "--local"]);
    run(&["history", &spec, "--local"]);
    run(&["drift", &spec, "--local"]);
    run(&["rollback", &spec, "--local"]);
    assert_eq!(run(&["recover", &spec, "--local"]).json()["result"], "unchanged");
    assert_eq!(run(&["dev", &spec, "--once"]).json()["event"], "ended");
    run(&["destroy", &spec, "--local"]);
    assert_eq!(run(&["destroy", &spec, "--local"]).json()["state"], "DELETE_COMPLETE");
    assert_eq!(run(&["recover", &spec, "--local"]).json()["result"], "unchanged");
    assert_eq!(run(&["local", "down"]).json()["result"], "stopped");
    assert_eq!(run(&["local", "down"]).json()["result"], "not_running");
    let preview = run(&["render", "specs/dev.yaml", "-q"]);
    assert!(preview.stderr.is_empty());
    let preview = cloud.run(&["render", "specs/dev.yaml", "--dashboard-preview", &page, "--format", "json"]);
    assert_eq!(preview.succeeded().json_document(), json!({"version": 1, "file": page}));
    left.retain(|name| !PROTOCOLS.iter().chain(&SERVERS).any(|other| other == name));
    assert!(left.is_empty(), "{left:?} are not tried");
}

/// Whether a list of topics has this one.
fn has_page(run: &Run, name: &str) -> bool {
    let list = run.json_document();
    list["topics"].as_array().is_some_and(|topics| topics.iter().any(|topic| topic["name"] == name))
}
