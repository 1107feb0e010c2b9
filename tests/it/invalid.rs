//! One folder of invalid specs per code, with the messages of pipectl: `spec.yaml`, and `also-NAME.yaml` for each further
//! message of the code.

use std::fmt::Write as _;
use std::fs;
use std::iter;
use std::path::Path;

use pipectl::diagnostic::CODES;
use serde_json::Value;

use crate::cloud::Cloud;

const FOLDER: &str = "tests/invalid";

fn folder(code: &str) -> String {
    format!("{FOLDER}/{}", code.replace("::", "__"))
}

/// Codes about a spec's text that a folder of text files can show; the others have tests of their own below.
fn shown_by_a_file(code: &str) -> bool {
    let area = code.split("::").next().unwrap_or_default();
    let about_a_spec = [
        "source",
        "spec",
        "deploy",
        "load",
        "bus",
        "queue",
        "slo",
        "processor",
        "event",
        "tests",
        "table",
        "alarms",
        "render",
    ]
    .contains(&area);
    about_a_spec
        && ![
            "source::unreadable",
            "source::unwritable",
            "source::not-utf8",
            "source::too-large",
            "render::broken-template",
            "render::not-started",
            "render::too-large",
        ]
        .contains(&code)
}

#[test]
fn every_code_about_a_spec_has_its_folder_and_every_folder_its_code() {
    for code in CODES.iter().filter(|code| shown_by_a_file(code.name)) {
        assert!(Path::new(&folder(code.name)).join("spec.yaml").is_file(), "{} has no example", code.name);
    }
    for entry in fs::read_dir(FOLDER).expect("the examples") {
        let name = entry.expect("an example").file_name().into_string().expect("UTF-8").replace("__", "::");
        assert!(CODES.iter().any(|code| code.name == name), "{name} is no code");
    }
}

/// The further specs of a code, in order.
fn also(code: &str) -> Vec<String> {
    let names =
        fs::read_dir(folder(code)).expect("the examples").map(|entry| entry.expect("an example").file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().expect("UTF-8")).collect();
    names.retain(|name| name.starts_with("also-") && name.ends_with(".yaml"));
    names.sort();
    names.iter().map(|name| format!("{}/{name}", folder(code))).collect()
}

#[test]
fn every_invalid_spec_has_its_reviewed_messages() {
    let cloud = Cloud::new();
    let mut page = String::new();
    for code in CODES.iter().filter(|code| shown_by_a_file(code.name)) {
        let [spec, other] = ["spec", "other"].map(|name| format!("{}/{name}.yaml", folder(code.name)));
        let mut arguments = vec!["validate", "--strict"];
        // Errors of two specs together.
        arguments.extend(Path::new(&other).is_file().then_some(other.as_str()));
        arguments.push(&spec);
        let also = also(code.name);
        let alone = also.iter().map(|spec| vec!["validate", "--strict", spec.as_str()]);
        for arguments in iter::once(arguments).chain(alone) {
            let run = cloud.run(&arguments).exited(3);
            assert!(run.stdout.contains(&format!("error[{}]", code.name)), "{}:\n{}", code.name, run.stdout);
            let _ = writeln!(page, "{}\n{}", run.stdout, run.stderr);
        }
    }
    insta::assert_snapshot!("invalid", page);
}

#[test]
fn json_has_the_published_shape() {
    let cloud = Cloud::new();
    let spec = format!("{}/spec.yaml", folder("queue::visibility-too-short"));
    let run = cloud.run(&["validate", &spec, "--format", "json"]).exited(3).json();
    assert_eq!(run["version"], 1);
    let diagnostic = &run["diagnostics"][0];
    let keys: Vec<&str> = diagnostic.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "code",
            "column",
            "docs",
            "end_column",
            "end_line",
            "file",
            "help",
            "line",
            "message",
            "path",
            "related",
            "severity"
        ]
    );
    assert_eq!(diagnostic["path"], "/queue/visibility_timeout_seconds");
    assert_eq!(
        (&diagnostic["line"], &diagnostic["column"], &diagnostic["end_column"]),
        (&8.into(), &31.into(), &33.into())
    );
    assert_eq!(diagnostic["related"][0]["path"], "/processor/timeout_seconds");
    assert_eq!(diagnostic["related"][0]["line"], 10);
}

#[test]
fn examples_are_valid_and_the_reference_has_its_one_warning() {
    let cloud = Cloud::new();
    let all = cloud.run(&["validate", "--format", "json"]).succeeded().json();
    let codes: Vec<&Value> =
        all["diagnostics"].as_array().expect("a list").iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["queue::visibility-too-short", "queue::too-few-receives", "alarms::notify-nobody"]);
    cloud.run(&["validate", "specs/reference.yaml", "--strict"]).exited(3);
}

#[test]
fn hostile_and_broken_files_are_refused_with_a_reason() {
    let cloud = Cloud::new();
    let bomb: String = (0..9).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |mut text, level| {
        let names = vec![format!("*a{level}"); 9].join(", ");
        let _ = writeln!(text, "a{}: &a{} [{names}]", level + 1, level + 1);
        text
    });
    let cases: [(&str, Vec<u8>, &str); 16] = [
        ("bomb.yaml", bomb.into_bytes(), "error[source::too-large]"),
        ("brackets.yaml", vec![b'['; 20_000], "error[source::too-large]: more than 32 levels"),
        ("braces.yaml", b"{a: ".repeat(20_000), "error[source::too-large]: more than 32 levels"),
        ("dashes.yaml", b"- ".repeat(20_000), "error[source::too-large]: more than 32 levels"),
        ("large.yaml", b"# a comment of five megabytes\n".repeat(180_000), "error[source::too-large]"),
        ("many.yaml", b"- 1\n".repeat(10_001), "error[source::too-large]: more than 10000 values"),
        ("latin.yaml", b"name: Gda\xF1sk\n".to_vec(), "error[source::not-utf8]"),
        ("utf16.yaml", b"\xFF\xFEv\0e\0r\0".to_vec(), "it is UTF-16"),
        ("nul.yaml", b"name: a\0b\n".to_vec(), "error[source::syntax]: the control character U+0000"),
        (
            "mac.yaml",
            b"name: a\rversion: 1\n".to_vec(),
            "error[source::syntax]: the control character U+000D",
        ),
        ("escape.yaml", b"name: \x1b[2Jb\n".to_vec(), "error[source::syntax]: the control character U+001B"),
        ("empty.yaml", Vec::new(), "error[source::empty]"),
        ("two.yaml", b"version: 1\n---\nversion: 1\n".to_vec(), "error[source::unsupported]"),
        ("merge.yaml", b"a: &a {b: 1}\nc: {<<: *a}\n".to_vec(), "merge keys"),
        ("list.yaml", b"[1, 2]\n".to_vec(), "error[spec::wrong-type]: the spec is a list, but must be a map"),
        ("cycle.yaml", b"extends: cycle.yaml\nversion: 1\n".to_vec(), "is circular"),
    ];
    for (name, bytes, reason) in cases {
        let path = cloud.path(name);
        fs::write(&path, bytes).expect("a written file");
        let run = cloud.run(&["validate", path.to_str().expect("UTF-8")]).exited(3);
        assert!(run.stdout.contains(reason), "{name}: `{reason}` is not in\n{}", run.stdout);
        assert!(run.stdout.len() < 4000, "{name} is told in {} bytes", run.stdout.len());
        assert!(run.stdout.contains(&format!("{name}:")), "{name} has no place:\n{}", run.stdout);
    }
}

#[test]
fn what_is_no_file_is_named_and_the_other_commands_refuse_it_alike() {
    let cloud = Cloud::new();
    for (path, reason) in [("no/such.yaml", "there is no such file"), ("specs", "it is a folder")] {
        // All specs of a folder can be checked at once.
        if path != "specs" {
            cloud.run(&["validate", path]).exited(3).prints(&["error[source::unreadable]", reason]);
        }
        for verb in ["render", "plan", "apply", "destroy", "status", "send"] {
            cloud.run(&[verb, path]).exited(3).reports(&["error[source::unreadable]", reason, "help:"]);
        }
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    let cloud = Cloud::new();
    let text = format!("\u{feff}{}", crate::cloud::SPEC.replace('\n', "\r\n"));
    let path = cloud.write("windows.yaml", &text);
    cloud.run(&["validate", path.to_str().expect("UTF-8")]).succeeded();
}

#[test]
fn an_overlay_inherits_from_its_base_and_errors_point_into_the_right_file() {
    let cloud = Cloud::new();
    cloud.write("base.yaml", &format!("{}table: {{ttl_days: 30}}\n", crate::cloud::SPEC));
    let overlay =
        cloud.write("over.yaml", "extends: base.yaml\nenvironment: other\nqueue: {retention_days: 2}\n");
    let overlay = overlay.to_str().expect("UTF-8");
    let template = cloud.run(&["render", overlay, "--output", "json", "--quiet"]).succeeded().json_document();
    let queue = &template["Resources"]["Queue"]["Properties"];
    assert_eq!(
        (&queue["QueueName"], &queue["MessageRetentionPeriod"]),
        (&"walk-queue-other".into(), &172_800.into())
    );
    assert_eq!(queue["VisibilityTimeout"], 3, "from the base");

    cloud.write("base.yaml", &format!("{}table: {{ttl_days: 0}}\n", crate::cloud::SPEC));
    let run = cloud.run(&["validate", overlay, "--format", "json"]).exited(3).json();
    let range =
        run["diagnostics"].as_array().expect("a list").iter().find(|one| one["code"] == "spec::out-of-range");
    assert!(range.expect("it")["file"].as_str().expect("a file").ends_with("base.yaml"), "{run}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let cloud = Cloud::new();
    let spec = format!("{}/spec.yaml", folder("spec::unknown-key"));
    for arguments in [vec!["schema"], vec!["render", "specs/prod.yaml"], vec!["validate", &spec], vec!["man"]]
    {
        let mut child = cloud
            .command(&arguments)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("pipectl runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("an end");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked") && !stderr.contains("error:"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn wrong_usage_exits_with_64() {
    let cloud = Cloud::new();
    for arguments in [
        vec!["frobnicate"],
        vec!["apply"],
        vec!["send", "x.yaml", "--count", "0"],
        vec!["apply", "x", "--accept", "y"],
        vec!["explain", "queue.retention"],
    ] {
        cloud.run(&arguments).exited(64);
    }
    cloud.run(&["--help"]).succeeded();
    cloud.run(&["--version"]).succeeded();
}
