//! What is meant where the command line does not say it: a spec, a cloud, and what other tools call a command.

use std::process::Command;

use crate::cloud::{Cloud, Run, SPEC};

/// A folder with a folder of specs.
fn folder(specs: &[(&str, &str)]) -> Cloud {
    let cloud = Cloud::new();
    std::fs::create_dir(cloud.path("specs")).expect("a folder");
    for (name, text) in specs {
        cloud.write(&format!("specs/{name}"), text);
    }
    cloud
}

fn run(cloud: &Cloud, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command: Command = cloud.typed(arguments);
    command.current_dir(cloud.path("")).envs(variables.iter().copied());
    Run::of(command.output().expect("pipectl runs"))
}

fn production() -> String {
    let safe = SPEC
        .replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 18")
        .replace("max_receive_count: 2", "max_receive_count: 5");
    let deploy = "deploy: {account: \"123456789012\", region: eu-west-1, production: true}\n";
    format!("{safe}{deploy}alarms: {{notify: [ops@example.com]}}\n")
}

#[test]
fn the_only_spec_is_meant_and_named_on_the_first_line() {
    let cloud = folder(&[("one.yaml", SPEC)]);
    let meant = run(&cloud, &["render"], &[]).succeeded();
    assert_eq!(meant.stderr.lines().next(), Some("  chosen        specs/one.yaml, the only one in `specs`"));
    let named = run(&cloud, &["render", "specs/one.yaml"], &[]).succeeded();
    assert!(!named.stderr.contains("chosen"), "{}", named.stderr);
    // What removes something is told its spec.
    for words in [&["destroy"][..], &["rollback"], &["dlq", "purge"], &["erase", "--key", "k"]] {
        run(&cloud, words, &[]).exited(64).says(&["<SPEC>"]);
    }
    cloud.write("specs/two.yaml", SPEC);
    run(&cloud, &["render"], &[]).exited(64).says(&["<SPEC>"]);
    let variable = [("PIPECTL_SPEC", "specs/two.yaml")];
    run(&cloud, &["render"], &variable).succeeded().says(&["specs/two.yaml, by `PIPECTL_SPEC`"]);
    run(&cloud, &["destroy"], &variable).exited(64);
}

#[test]
fn production_is_named_and_never_local_by_a_variable() {
    let cloud = folder(&[("one.yaml", &production())]);
    run(&cloud, &["render"], &[]).exited(4).says(&["error[guard::production]", "pipectl … specs/one.yaml"]);
    let spec = "specs/one.yaml";
    run(&cloud, &["render", spec], &[("PIPECTL_LOCAL", "1")])
        .exited(4)
        .says(&["error[guard::production]", "unset `PIPECTL_LOCAL`"]);
    for off in ["0", ""] {
        let run = run(&cloud, &["render", spec], &[("PIPECTL_LOCAL", off)]).succeeded();
        assert!(!run.stderr.contains("chosen"), "{}", run.stderr);
    }
    run(&cloud, &["render", spec, "--local"], &[("PIPECTL_LOCAL", "1")]).succeeded();
}

#[test]
fn what_other_tools_call_a_command_is_understood_with_a_hint() {
    let cloud = folder(&[("one.yaml", SPEC)]);
    run(&cloud, &["check", "specs/one.yaml"], &[]).succeeded().says(&["`check` is `pipectl validate`"]);
    run(&cloud, &["diff", "--offline"], &[]).exited(1).says(&["`diff` is `pipectl plan`"]);
    run(&cloud, &["delete"], &[]).exited(64);
    let help = run(&cloud, &["--help"], &[]).succeeded();
    assert!(!help.stdout.contains("\n  delete"), "{}", help.stdout);
    // Each command has a manual page, those within others too.
    run(&cloud, &["man", "outputs"], &[]).succeeded().prints(&["outputs of the deployed stack"]);
    run(&cloud, &["man", "dlq", "list"], &[]).succeeded().prints(&["dead letters"]);
    run(&cloud, &["man", "dlq", "nothing"], &[]).exited(64);
    run(&cloud, &["completions", "zsh"], &[]).succeeded().prints(&["outputs", "_files"]);
}
