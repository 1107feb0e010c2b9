//! What applies if the command line does not say it: a spec, a cloud, and the names that other tools use for a command.

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
fn the_only_spec_is_the_default_and_named_on_the_first_line() {
    let cloud = folder(&[("one.yaml", SPEC)]);
    let run_output = run(&cloud, &["render"], &[]).succeeded();
    assert_eq!(
        run_output.stderr.lines().next(),
        Some("  chosen        specs/one.yaml, the only one in `specs`; AWS")
    );
    run(&cloud, &["render", "--local"], &[])
        .succeeded()
        .reports(&["the only one in `specs`; the local cloud\n"]);
    run(&cloud, &["render"], &[("PIPECTL_LOCAL", "1")])
        .succeeded()
        .reports(&["the only one in `specs`; the local cloud, by `PIPECTL_LOCAL`\n"]);
    let named = run(&cloud, &["render", "specs/one.yaml"], &[]).succeeded();
    assert!(!named.stderr.contains("chosen"), "{}", named.stderr);
    // A command that deletes something requires its spec.
    for words in [&["destroy"][..], &["rollback"], &["dlq", "purge"], &["erase", "--key", "k"]] {
        run(&cloud, words, &[]).exited(64).reports(&["<SPEC>"]);
    }
    cloud.write("specs/two.yaml", SPEC);
    run(&cloud, &["render"], &[]).exited(64).reports(&["<SPEC>"]);
    let variable = [("PIPECTL_SPEC", "specs/two.yaml")];
    run(&cloud, &["render"], &variable).succeeded().reports(&["specs/two.yaml, by `PIPECTL_SPEC`"]);
    run(&cloud, &["destroy"], &variable).exited(64);
}

#[test]
fn production_is_named_and_never_local_by_a_variable() {
    let cloud = folder(&[("one.yaml", &production())]);
    run(&cloud, &["render"], &[])
        .exited(4)
        .reports(&["error[guard::production]", "pipectl … specs/one.yaml"]);
    let spec = "specs/one.yaml";
    run(&cloud, &["render", spec], &[("PIPECTL_LOCAL", "1")])
        .exited(4)
        .reports(&["error[guard::production]", "unset `PIPECTL_LOCAL`"]);
    run(&cloud, &["dev", "specs/one.yaml"], &[("PIPECTL_LOCAL", "1")])
        .exited(4)
        .reports(&["error[guard::production]"]);
    for off in ["0", ""] {
        let run = run(&cloud, &["render", spec], &[("PIPECTL_LOCAL", off)]).succeeded();
        assert!(!run.stderr.contains("chosen"), "{}", run.stderr);
    }
    run(&cloud, &["render", spec, "--local"], &[("PIPECTL_LOCAL", "1")]).succeeded();
}

#[test]
fn what_other_tools_call_a_command_is_understood_with_a_hint() {
    let cloud = folder(&[("one.yaml", SPEC)]);
    run(&cloud, &["check", "specs/one.yaml"], &[]).succeeded().reports(&["`check` is `pipectl validate`"]);
    run(&cloud, &["diff", "--offline"], &[]).exited(1).reports(&["`diff` is `pipectl plan`"]);
    run(&cloud, &["delete"], &[]).exited(64);
    // A file may have such a name.
    let named = run(&cloud, &["render", "up"], &[]).exited(3);
    assert!(!named.stderr.contains("hint"), "{}", named.stderr);
    run(&cloud, &["tail", "none.yaml"], &[]).exited(3).reports(&["`tail` is `pipectl logs --follow`"]);
    run(&cloud, &["help", "tail"], &[]).succeeded().prints(&["--follow"]);
    let help = run(&cloud, &["--help"], &[]).succeeded();
    assert!(!help.stdout.contains("\n  delete"), "{}", help.stdout);
    // Each command has a manual page, including subcommands.
    run(&cloud, &["man", "outputs"], &[]).succeeded().prints(&["outputs of the deployed stack"]);
    run(&cloud, &["man", "dlq", "list"], &[]).succeeded().prints(&["dead letters"]);
    run(&cloud, &["man", "dlq", "nothing"], &[]).exited(64);
    run(&cloud, &["completions", "zsh"], &[]).succeeded().prints(&["outputs", "_files"]);
}

/// In bash, where nothing is typed yet.
#[test]
fn a_shell_offers_specs_and_no_command_of_pipectls_own() {
    let cloud = folder(&[("one.yaml", SPEC)]);
    let script = run(&cloud, &["completions", "bash"], &[]).succeeded().stdout;
    cloud.write("completion.bash", &script);
    let offered = |words: &[&str]| {
        let line = r#"source ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
            _pipectl_or_specs pipectl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"; echo "${COMPREPLY[*]}""#;
        let mut bash = Command::new("bash");
        let output = bash.args(["-c", line, "bash"]).args(words).current_dir(cloud.path("")).output();
        String::from_utf8(output.expect("bash runs").stdout).expect("UTF-8").trim().to_owned()
    };
    for words in [&["pipectl", "plan", ""][..], &["pipectl", "dlq", "list", ""], &["pipectl", "doctor", ""]] {
        assert_eq!(offered(words), "specs/one.yaml spec.yaml", "{words:?}");
    }
    assert!(offered(&["pipectl", "plan", "--off"]).contains("--offline"));
    assert!(!offered(&["pipectl", "schema", ""]).contains("one.yaml"));
    let commands = offered(&["pipectl", ""]);
    assert!(commands.contains("doctor") && !commands.contains("expand-templates"), "{commands}");
    assert!(!offered(&["pipectl", "help", ""]).contains("expand-templates"));
}
