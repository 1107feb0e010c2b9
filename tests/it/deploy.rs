//! Applies that are more than one change of one stack: with a trial period, several at once, two at the same time, too
//! large a template.

use std::fmt::Write as _;
use std::process::Stdio;

use pipectl::operate::VersionApi as _;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};

fn live_version(cloud: &Cloud, function: &str) -> Option<String> {
    let (runtime, clients) = cloud.clients();
    runtime.block_on(clients.live_version(function)).expect("an answer")
}

#[test]
fn a_new_version_is_tried_before_it_takes_over() {
    let cloud = Cloud::new();
    let canary = format!("{SPEC}deploy: {{rollout: {{canary: {{percent: 20, minutes: 1}}}}}}\n");
    cloud.write("spec.yaml", &canary);
    cloud.local("apply", &[]).succeeded();
    assert_eq!(live_version(&cloud, "walk-processor-test").as_deref(), Some("1"));

    // Settings that are not part of a version change at once.
    cloud.write("spec.yaml", &canary.replace("max_receive_count: 2", "max_receive_count: 3"));
    let output = cloud.local("apply", &["--format", "json"]).succeeded();
    assert_eq!(started(&output), 1);
    assert_eq!(live_version(&cloud, "walk-processor-test").as_deref(), Some("1"));

    let faster = canary.replace("processor:\n", "processor:\n  memory_mb: 1024\n");
    cloud.write("spec.yaml", &faster);
    let output = cloud.local("apply", &["--format", "json"]).succeeded();
    assert_eq!(started(&output), 2, "on trial, then as a whole");
    assert_eq!(output.json()["result"], "updated");
    assert_eq!(live_version(&cloud, "walk-processor-test").as_deref(), Some("2"));
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);

    // Other code alone too.
    let output = crate::artifacts::apply_other(&cloud, "other").succeeded();
    assert_eq!(output.stderr.matches("was healthy for 1 min").count(), 1, "{}", output.stderr);
    assert_eq!(live_version(&cloud, "walk-processor-test").as_deref(), Some("3"));
    let sent = cloud.local("send", &["--count", "20", "--wait", "--format", "json"]).succeeded().json();
    assert_eq!(sent["rows"], 20);
}

/// The number of operations that were started.
fn started(run: &Run) -> usize {
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["event"] == "started").count()
}

#[test]
fn several_specs_are_applied_side_by_side_and_one_failure_stops_no_other() {
    let cloud = Cloud::new();
    let path = |name: &str, text: &str| cloud.write(name, text).to_str().expect("UTF-8").to_owned();
    let east = path("east.yaml", &SPEC.replace("environment: test", "environment: east"));
    let west = path("west.yaml", &SPEC.replace("environment: test", "environment: west"));
    // The local cloud refuses a type it does not know.
    cloud.write("extra.yaml", "Resources: {Odd: {Type: AWS::Nothing::Here, Properties: {A: 1}}}\n");
    let broken = format!("{SPEC}deploy: {{extra: [extra.yaml]}}\n")
        .replace("environment: test", "environment: broken");
    let broken = path("broken.yaml", &broken);

    let output = cloud.run(&["apply", &east, &broken, &west, "--local"]).exited(1);
    for (spec, words) in [(&east, "created in"), (&west, "created in"), (&broken, "AWS::Nothing::Here")] {
        let line = output.stdout.lines().find(|line| line.contains(spec.as_str()));
        assert!(line.is_some_and(|line| line.contains(words)), "{}", output.stdout);
    }
    assert!(output.stdout.contains("help: "), "{}", output.stdout);

    let output = cloud.run(&["apply", &east, &west, "--local", "--format", "json"]).succeeded();
    let mut results: Vec<(String, String)> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|line| (line["spec"].to_string(), line["result"].to_string()))
        .collect();
    results.sort();
    assert_eq!(
        results,
        [
            (json!(east).to_string(), "\"unchanged\"".to_owned()),
            (json!(west).to_string(), "\"unchanged\"".to_owned())
        ]
    );

    // Before any cloud is called.
    cloud
        .run(&["apply", &east, &east, "--local"])
        .exited(3)
        .reports(&["the stack `walk-east` is also the stack of"]);
    cloud.run(&["apply", &east, &west]).exited(4).reports(&["add `--yes`"]);
    let wrong = path("wrong.yaml", &SPEC.replace("version: 1", "version: 9"));
    cloud.run(&["apply", &east, &wrong, "--local"]).exited(3);
}

#[test]
fn of_two_applies_one_wins_and_the_other_succeeds_or_reports_the_conflict() {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let spec = cloud.path("spec.yaml");
    let spec = spec.to_str().expect("UTF-8");
    let begin = || {
        let mut command = cloud.command(&["apply", spec, "--local"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pipectl runs")
    };
    let both = [begin(), begin()];
    let ends = both.map(|child| Run::of(child.wait_with_output().expect("an end")));
    for end in &ends {
        assert!([Some(0), Some(5)].contains(&end.code), "{}", end.stderr);
        assert!(end.code == Some(0) || end.stderr.contains("error[stack::busy]"), "{}", end.stderr);
    }
    assert!(ends.iter().any(|end| end.code == Some(0)));
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
}

#[test]
fn a_template_too_large_for_a_call_is_uploaded_to_the_bucket() {
    let cloud = Cloud::new();
    let mut spec = format!("{SPEC}deploy:\n  tags:\n");
    for number in 0..45 {
        writeln!(spec, "    tag-{number:02}: {}", "x".repeat(250)).expect("a string");
    }
    let path = cloud.write("spec.yaml", &spec);
    let rendered = cloud.run(&["render", path.to_str().expect("UTF-8")]).succeeded().stdout;
    assert!(rendered.len() > 51_200 && rendered.len() < 1_000_000, "{}", rendered.len());
    cloud.local("apply", &[]).succeeded().reports(&["created walk-test"]);
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
}

#[test]
fn history_lists_applies_and_rollback_restores_one_with_its_code() {
    let cloud = Cloud::new();
    let spec = cloud.path("spec.yaml");
    let spec = spec.to_str().expect("UTF-8");
    cloud.run(&["rollback", spec, "--local"]).exited(1).reports(&["error[stack::missing]", "pipectl apply"]);
    cloud.local("history", &[]).succeeded().reports(&["walk-test was never applied"]);
    cloud.local("apply", &[]).succeeded();
    cloud.local("rollback", &[]).exited(1).reports(&["only 1 applies of stack `walk-test` are recorded"]);

    // Other settings and another program: the debug build of the same one.
    cloud.write("spec.yaml", &SPEC.replace("processor:\n", "processor:\n  memory_mb: 1024\n"));
    let bootstrap = cloud.path("bootstrap");
    std::fs::copy(built_bootstrap(), &bootstrap).expect("a processor");
    let mut bytes = std::fs::OpenOptions::new().append(true).open(&bootstrap).expect("a file");
    std::io::Write::write_all(&mut bytes, b"another build").expect("a written file");
    let mut apply = cloud.command(&["apply", spec, "--local"]);
    apply.env("PIPECTL_PROCESSOR", &bootstrap);
    Run::of(apply.output().expect("pipectl runs")).succeeded().reports(&["MemorySize: 512 → 1024"]);
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    let applies = history["applies"].as_array().expect("applies");
    assert_eq!(applies.len(), 2, "an apply without changes would not be told");
    assert_ne!(applies[0]["artifact"], applies[1]["artifact"]);

    cloud.local("rollback", &[]).succeeded().reports(&["MemorySize: 1024 → 512", "updated walk-test"]);
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    let artifacts: Vec<&Value> =
        history["applies"].as_array().expect("applies").iter().map(|apply| &apply["artifact"]).collect();
    assert_eq!(artifacts.len(), 3);
    assert_eq!(artifacts[0], artifacts[2], "the former code too");
    is_shown_to_people(&cloud);
    let sent = cloud.local("send", &["--count", "20", "--wait", "--format", "json"]).succeeded().json();
    assert_eq!(sent["rows"], 20);
}

/// The history with the newest apply first, and the outputs with their names.
fn is_shown_to_people(cloud: &Cloud) {
    let history = cloud.local("history", &[]).succeeded();
    let backs = history.stdout.lines().filter_map(|line| line.split_whitespace().next());
    assert_eq!(
        backs.filter(|back| *back != "·").collect::<Vec<_>>(),
        ["now", "1", "2"],
        "{}",
        history.stdout
    );
    cloud.local("outputs", &[]).succeeded().prints(&["UndeliveredQueueURL", "walk-test"]);
}

/// The release build from an earlier apply of this test.
fn built_bootstrap() -> std::path::PathBuf {
    crate::tools::target("release/bootstrap")
}
