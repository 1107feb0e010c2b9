//! Texts from outside that reach a terminal or the log of a CI job: file names, spec values, rows, dead letters, messages
//! of AWS. Every character is visible, none controls the terminal, and output for programs has the exact values.

use std::fs;

use pipectl::diagnostic::is_visible;
use pipectl::report::resolved_text;
use pipectl::validate::{Resolved, exact_json};
use processor::pointer::below;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::confined;
use crate::cases::cases;
use crate::cloud::{Cloud, Run, SPEC};
use crate::reach::{Desk, KEYS, aws};
use crate::scripted::{Answer, Request};

/// Reverses text, hides characters, breaks the line, clears the screen, sets its title.
const EVIL: &str = "a\u{202e}b\u{200b}c\u{2028}d\u{e0041}e";
const SHOWN: &str = "a\\u{202e}b\\u{200b}c\\u{2028}d\\u{e0041}e";
/// Not allowed in a spec, but possible in a file name or a service's answer.
const STEERING: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{8}";

/// Only visible characters, and our own colours.
#[track_caller]
fn seen(run: Run) -> Run {
    for text in [&run.stdout, &run.stderr] {
        let mut remainder = text.as_str();
        while let Some(character) = remainder.chars().next() {
            let colour = remainder
                .strip_prefix("\u{1b}[")
                .and_then(|remainder| remainder.split_once('m'))
                .filter(|(numbers, _)| {
                    numbers.split(';').all(|number| {
                        ["", "0", "1", "2", "4"].contains(&number) || number.starts_with(['3', '9'])
                    })
                });
            remainder = match colour {
                Some((_, remainder)) => remainder,
                None => {
                    assert!(
                        is_visible(character) || matches!(character, '\n' | '\t'),
                        "{character:?} in {text}"
                    );
                    &remainder[character.len_utf8()..]
                }
            };
        }
        for line in text.lines() {
            let command = line.trim_start().starts_with("::") && !line.trim_start().starts_with(":::")
                || line.contains("##[");
            assert!(!command, "a command to GitHub's runner: {line}");
        }
    }
    run
}

fn validate(cloud: &Cloud, name: &str, text: &str, more: &[&str]) -> Run {
    let folder = cloud.path("specs");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), text).expect("a written file");
    let mut command = cloud.command(&[&["validate"], more].concat());
    command.current_dir(cloud.path(""));
    let run = confined::run(&command);
    fs::remove_file(folder.join(name)).expect("a file");
    run
}

#[test]
fn a_files_name_is_shown_as_it_is_spelled() {
    let cloud = Cloud::new();
    for name in [
        format!("{EVIL}.yaml"),
        format!("{STEERING}.yaml"),
        "x\n::error file=a::b\n##[add-mask]c.yaml".to_owned(),
        "::add-mask::a.yaml".to_owned(),
    ] {
        for more in [&[][..], &["--color", "always"], &["--resolved"], &["--fix"]] {
            for text in [SPEC, "version: 1\nnom: a\nqueue: {retention_days: 99}\n", ": - :", ""] {
                seen(validate(&cloud, &name, text, more));
            }
        }
        let output = validate(&cloud, &name, "nom: a\n", &["--format", "json"]).exited(3);
        let output = seen(output).json_document();
        assert_eq!(output["diagnostics"][0]["file"], format!("specs/{name}"), "programs get the name itself");
    }
    let run = validate(&cloud, &format!("{EVIL}.yaml"), "nom: a\n", &[]).exited(3);
    run.prints(&[&format!("--> specs/{SHOWN}.yaml:1:1")]).reports(&[&format!("specs/{SHOWN}.yaml")]);
}

#[test]
fn what_a_spec_contains_is_shown_at_its_location() {
    let cloud = Cloud::new();
    let text = format!(
        "version: 1\nname: {EVIL}\n{EVIL}: 1\nqueue: {{\"{EVIL}\": [{EVIL}]}}\nprocessor: {{memory_mb: 1}} # {EVIL}\n"
    );
    for more in [&[][..], &["--color", "always"], &["--format", "json"], &["--format", "sarif"]] {
        seen(validate(&cloud, "a.yaml", &text, more).exited(3));
    }
    let output = validate(&cloud, "a.yaml", &text, &[]).exited(3).prints(&[SHOWN]).stdout;
    // The mark stays under the text it marks, whatever precedes it.
    let lines: Vec<&str> = output.lines().collect();
    let at = lines.iter().position(|line| line.contains("memory_mb: 1}")).expect("the line");
    let mark = lines[at + 1].find('^').expect("a mark");
    assert_eq!(&lines[at][mark..=mark], "1", "{}\n{}", lines[at], lines[at + 1]);
    let text = format!("version: 1\nqueue: {{\"{EVIL}\": 1, retention_days: 99}}\n");
    let output = validate(&cloud, "a.yaml", &text, &[]).exited(3).stdout;
    let lines: Vec<&str> = output.lines().collect();
    let marked = |pair: &[&str]| Some(pair[0].get(pair[1].find('^')?..)?.starts_with("99"));
    assert!(lines.windows(2).any(|pair| marked(pair) == Some(true)), "{output}");
}

/// Patterns and tags may contain any character, and the printed spec is equal to the original.
#[test]
fn a_resolved_spec_is_yaml_with_the_same_values() {
    let cloud = Cloud::new();
    let base = "base\nqueue: {x: 1}\u{202e} # ##[x].yaml";
    let pattern = json!({"source": [EVIL, "##[group]", "::error::x", "no", "1", "\"\\", "\u{feff}\u{ad}"], "detail": {EVIL: [{"prefix": EVIL}]}});
    fs::create_dir_all(cloud.path("specs")).expect("a folder");
    fs::write(
        cloud.path("specs").join(base),
        "version: 1\nname: demo\nenvironment: dev\nalarms: {notify: [a@b.c]}\n",
    )
    .expect("a file");
    let text = format!(
        "extends: {}\nbus: {{pattern: {pattern}}}\ndeploy: {{tags: {{team: \"a\u{2028}b\u{3000}c\"}}}}\n",
        json!(base)
    );
    let output =
        seen(validate(&cloud, "top.yaml", &text, &["--resolved", "specs/top.yaml"]).exited(0)).stdout;
    let read: Value = serde_yaml::from_str(&output).expect("YAML");
    assert_eq!(read["bus"]["pattern"], pattern, "{output}");
    assert_eq!(read["deploy"]["tags"]["team"], "a\u{2028}b\u{3000}c");
    assert!(output.contains("base queue: {x: 1}\\u{202e} # \\u{23}#[x].yaml:1"), "{output}");
    let again = validate(&cloud, "again.yaml", &output, &["--resolved", "specs/again.yaml"]).exited(0).stdout;
    assert_eq!(serde_yaml::from_str::<Value>(&again).expect("YAML"), read);
    let json = validate(&cloud, "top.yaml", &text, &["--resolved", "--format", "json", "specs/top.yaml"]);
    assert_eq!(seen(json.exited(0)).json_document()["specs"][0]["spec"]["bus"]["pattern"], pattern);

    // A template is for programs, and exact to the character.
    fs::write(cloud.path("specs/top.yaml"), &text).expect("a file");
    let spec = cloud.path("specs/top.yaml");
    let rendered = |language: &str| {
        cloud.run(&["render", spec.to_str().expect("UTF-8"), "-q", "-o", language]).exited(0).stdout
    };
    let from_json: Value = serde_json::from_str(&rendered("json")).expect("JSON");
    let from_yaml: Value = serde_yaml::from_str(&rendered("yaml")).expect("YAML");
    let found = |template: &Value| template["Resources"]["Rule"]["Properties"]["EventPattern"].clone();
    assert_eq!(found(&from_json), found(&from_yaml));
    assert!(found(&from_json).to_string().contains('\u{202e}'), "{}", found(&from_json));
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn every_text_of_a_resolved_spec_is_read_back_as_it_was(text in any::<String>(), key in any::<String>()) {
        let value = json!([{ key.clone(): text.clone() }, text.clone(), text]);
        let path = below("", &key);
        let written = resolved_text(&[Resolved { path, value: Some(exact_json(&value)), location: None, unset_by: None }], &[]);
        let written = anstream::adapter::strip_str(&written).to_string();
        prop_assert!(written.chars().all(is_visible), "{}", written);
        let read: Value = serde_yaml::from_str(&written).expect("YAML");
        prop_assert_eq!(&read[&key], &value, "{}", written);
    }
}

/// One line each, whatever is in a name or a value; GitHub can parse the name.
#[test]
fn no_name_and_no_value_makes_an_annotation_of_its_own() {
    let cloud = Cloud::new();
    let name = "a,line=7::b%0A%25c\r\n::error file=x::y\n##[add-mask]z\u{202e}.yaml";
    let text = "version: 1\nalarms: {notify: [a@b.example]}\n\"k\\n::error::injected\\r\\n%0A::x\": 1\n";
    let output = validate(&cloud, name, text, &["--format", "github"]).exited(3).stdout;
    assert!(output.lines().all(|line| line.starts_with("::error file=specs/a%2C")), "{output}");
    let expected = validate(&cloud, name, text, &["--format", "json"]).exited(3).json_document();
    let expected = expected["diagnostics"].as_array().expect("a list");
    assert_eq!(output.lines().count(), expected.len(), "{output}");
    for line in output.lines() {
        let (properties, message) = line["::error ".len()..].split_once("::").expect("a command");
        let decoded = |text: &str| {
            let pairs = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
            pairs.iter().fold(text.to_owned(), |text, (code, replacement)| text.replace(code, replacement))
        };
        let file = properties.split(',').find_map(|one| one.strip_prefix("file=")).expect("a file");
        assert_eq!(decoded(file), format!("specs/{name}"));
        assert!(decoded(message).chars().all(|one| one == '\n' || is_visible(one)), "{message}");
    }
}

#[test]
fn an_argument_is_no_command_to_the_terminal() {
    let cloud = Cloud::new();
    for arguments in [
        &[&*format!("{STEERING}{EVIL}")][..],
        &["validate", &format!("--{STEERING}{EVIL}")],
        &["render", &format!("no{STEERING}{EVIL}.yaml")],
        &["explain", &format!("{STEERING}{EVIL}")],
        &["man", &format!("{STEERING}{EVIL}")],
        &["send", "specs/dev.yaml", "--event", &format!("{STEERING}{EVIL}")],
        &["apply", "specs/dev.yaml", "--accept", &format!("{STEERING}{EVIL}")],
    ] {
        for color in ["never", "always"] {
            let run = seen(confined::run(&cloud.command(&[arguments, &["--color", color]].concat())));
            assert!(run.stderr.contains("\\u{202e}"), "{arguments:?}: {}", run.stderr);
        }
    }
}

#[test]
fn the_words_of_a_service_are_shown_and_not_obeyed() {
    let desk = Desk::before(|request: &Request| {
        if !request.path.contains("list-type=2") {
            return aws(request);
        }
        let message = format!("no\n::error::injected\n##[add-mask]x{EVIL}\u{9b}31m\u{9d}0;title\u{9c}");
        let body = format!("<Error><Code>Strange\u{202e}</Code><Message>{message}</Message></Error>");
        Answer::new(403, "application/xml", body).with("x-amz-request-id", "R\u{202e}")
    });
    for more in [&[][..], &["--color", "always"], &["-vv"], &["--format", "json"]] {
        seen(desk.run(more, &KEYS).exited(1));
    }
    // The message is on one line: line breaks and control characters are replaced by blanks.
    let shown = SHOWN.replace("\\u{2028}", " ");
    desk.run(&[], &KEYS).exited(1).reports(&[
        &shown,
        "31m 0;title (Strange\\u{202e})",
        "request id R\\u{202e}",
    ]);
}

/// Events whose keys and values contain control codes, through the real pipeline: as rows, as dead letters, in the log.
#[test]
fn rows_dead_letters_and_logs_are_escaped_for_the_terminal() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let evil = format!("::add-mask::{STEERING}{EVIL}");
    let whole = json!({"shipment_id": evil, "event_timestamp": "2026-01-31T09:00:00Z", "event_type": evil, "event_data": {&*evil: evil}});
    let broken = json!({"shipment_id": evil, "event_timestamp": evil, "event_type": evil, "event_data": {&*evil: evil}, &*evil: evil});
    for (event, code) in [(&whole, 0), (&broken, 1)] {
        let file = cloud.write("event.json", &event.to_string());
        seen(cloud.local("send", &["--event", file.to_str().expect("UTF-8"), "--wait"]).exited(code));
    }
    let path = cloud.path("spec.yaml");
    let spec = path.to_str().expect("UTF-8");
    for color in ["never", "always"] {
        let run = |arguments: &[&str]| {
            seen(cloud.run(&[arguments, &["--local", "--color", color]].concat()).exited(0))
        };
        run(&["query", spec]).prints(&["a\\u{202e}b", "\\u{1b}[2J"]);
        run(&["query", spec, "--format", "json"]);
        run(&["dlq", "list", spec, "--show-payload"]).prints(&["invalid-timestamp", "::add-mask::"]);
        run(&["dlq", "list", spec, "--format", "json"]);
        run(&["status", spec]);
    }
    let rows = cloud.run(&["query", spec, "--local", "--format", "json"]).succeeded().json();
    assert_eq!(rows["rows"][0]["shipment_id"], evil, "programs get the value itself");
    let test = cloud.write(
        "event.json",
        &json!({"source": "shipment.service", "detail-type": "shipment.x", "detail": whole}).to_string(),
    );
    seen(cloud.run(&["test", spec, "--event", test.to_str().expect("UTF-8")]).exited(0))
        .prints(&["a\\u{202e}b"]);

    let state = cloud.path("state");
    let log = state.join("ministack.log");
    let mut text = fs::read(&log).expect("a log");
    text.extend(format!("\n::error::x\n{STEERING}{EVIL}\r\n").bytes());
    text.push(0xff);
    fs::write(&log, text).expect("a log");
    seen(cloud.run(&["local", "logs"]).exited(0)).prints(&["\\u{1b}[2J"]);
}
