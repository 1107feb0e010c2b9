//! `pipectl validate` and related commands as a user sees them: formats, fixes, overlays, samples, a new project.

use std::fs;

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run};

const WRONG: &str = "\
version: 1
name: demo # the base of all names
environment: dev

deploy:
  acount: 123456789012 # ours

bus:
  pattern: {source: [demo.service]}

queue:
  retention: 4   # days, as before
  dead_letter:   {retention_days: \"14 days\"}

processor:
  architecture: ARM64
  tracing: yes

table:
  # ninety days
  ttl_day: 90

alarms: {notify: [ops@example.com]}
";

const FIXED: &str = "\
version: 1
name: demo # the base of all names
environment: dev

deploy:
  account: \"123456789012\" # ours

bus:
  pattern: {source: [demo.service]}

queue:
  retention_days: 4   # days, as before
  dead_letter:   {retention_days: 14}

processor:
  architecture: arm64
  tracing: true

table:
  # ninety days
  ttl_days: 90

alarms: {notify: [ops@example.com]}
";

fn validate(cloud: &Cloud, name: &str, text: &str, more: &[&str]) -> Run {
    let path = cloud.write(name, text);
    let mut arguments = vec!["validate", path.to_str().expect("UTF-8")];
    arguments.extend(more);
    cloud.run(&arguments)
}

#[test]
fn fix_makes_the_certain_edits_and_leaves_comments_and_layout() {
    let cloud = Cloud::new();
    validate(&cloud, "wrong.yaml", WRONG, &[])
        .exited(3)
        .reports(&["`pipectl validate --fix` fixes 6 of them"]);
    validate(&cloud, "wrong.yaml", WRONG, &["--fix"])
        .succeeded()
        .reports(&["fixed", "6 edits", "1 edit", "valid"]);
    assert_eq!(fs::read_to_string(cloud.path("wrong.yaml")).expect("the file"), FIXED);
}

#[test]
fn fix_keeps_windows_line_ends_a_byte_order_mark_and_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let cloud = Cloud::new();
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let path = cloud.write("wrong.yaml", &windows(WRONG));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("permissions");
    cloud.run(&["validate", path.to_str().expect("UTF-8"), "--fix"]).succeeded();
    assert_eq!(fs::read_to_string(&path).expect("the file"), windows(FIXED));
    assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o640);
}

#[test]
fn fix_leaves_what_has_two_meanings() {
    let cloud = Cloud::new();
    // A retention in seconds is not one in days; two keys cannot both become `ttl_days`.
    let text = "version: 1\nname: demo\nenvironment: dev\nbus:\n  pattern: {source: [a]}\nqueue: {retention: 345600}\n\
                table: {ttl_day: 90, ttl_dayz: 30}\nprocessor: {architecture: sparc, tracing: maybe}\n";
    validate(&cloud, "two.yaml", text, &["--fix"]).exited(3);
    let left = fs::read_to_string(cloud.path("two.yaml")).expect("the file");
    assert_eq!(left, text.replace("ttl_day:", "ttl_days:"));
}

const FORMER: [(&str, &str); 13] = [
    (
        "event:\n  sort_key: at # when\n  sort_key_format: text # as it is\n  type: none\n",
        "event:\n  sort_key: {attribute: at, from: $.detail.at, format: text} # when\n  # as it is\n  type: none\n",
    ),
    (
        "event:\n  sort_key_format: text\n  sort_key: 'at'\n",
        "event:\n  sort_key: {attribute: at, from: $.detail.at, format: text}\n",
    ),
    (
        "event:\n  sort_key: a-t\n  sort_key_format: text",
        "event:\n  sort_key: {attribute: a-t, from: $.detail.a-t, format: text}",
    ),
    ("event:\n  sort_key: at\n  sort_key_format: timestamp\n", "event:\n  sort_key: at\n"),
    (
        "event:\n  sort_key_format: text # alone\n",
        "event:\n  sort_key: {attribute: event_timestamp, from: $.detail.event_timestamp, format: text} # alone\n",
    ),
    ("event: {sort_key_format: timestamp}\n", "event: {sort_key: event_timestamp}\n"),
    (
        "event: {sort_key: at, sort_key_format: text}\n",
        "event: {sort_key: {attribute: at, from: $.detail.at, format: text}}\n",
    ),
    (
        "event: {sort_key_format: text, sort_key: at}\n",
        "event: {sort_key: {attribute: at, from: $.detail.at, format: text}}\n",
    ),
    (
        "event: {\n  sort_key: at, # when\n  sort_key_format: text # as it is\n}\n",
        "event: {\n  sort_key: {attribute: at, from: $.detail.at, format: text}, # when\n  # as it is\n}\n",
    ),
    (
        "event:\n  sort_key: {attribute: at, from: [$.time, $.id]}\n  sort_key_format: text\n",
        "event:\n  sort_key: {format: text, attribute: at, from: [$.time, $.id]}\n",
    ),
    (
        "event:\n  sort_key:\n    attribute: at\n    from: $.detail.when # there\n  sort_key_format: text\n",
        "event:\n  sort_key:\n    format: text\n    attribute: at\n    from: $.detail.when # there\n",
    ),
    (
        "event:\n  sort_key: {attribute: at, format: epoch_seconds}\n  sort_key_format: text\n",
        "event:\n  sort_key: {attribute: at, format: epoch_seconds}\n",
    ),
    (
        "\"event\": {\"sort_key\": \"at\", \"sort_key_format\": \"text\"}\n",
        "\"event\": {\"sort_key\": {\"attribute\": \"at\", \"from\": \"$.detail.at\", \"format\": \"text\"}}\n",
    ),
];

/// The former form still has the same meaning, in production too; its rewritten form gives the same template to the byte.
#[test]
fn the_former_format_of_a_sort_key_is_rewritten_and_the_template_stays() {
    let cloud = Cloud::new();
    let head = "version: 1\nname: demo\nenvironment: dev\ndeploy: {production: true, account: \"123456789012\", region: eu-west-1}\nbus: {pattern: {source: [a]}}\nalarms: {notify: [a@b.example]}\n";
    for windows in [false, true] {
        for (event, rewritten) in FORMER {
            let ends = |text: &str| if windows { text.replace('\n', "\r\n") } else { text.to_owned() };
            let path = cloud.write("former.yaml", &ends(&format!("{head}{event}")));
            let path = path.to_str().expect("UTF-8");
            let output = cloud.run(&["validate", path]).succeeded();
            assert!(output.stdout.contains("warning[event::former-format]"), "{event}:\n{}", output.stdout);
            let template = cloud.run(&["render", path, "--quiet"]).succeeded().stdout;
            cloud.run(&["validate", path, "--fix"]).succeeded().reports(&["fixed"]);
            assert_eq!(
                fs::read_to_string(path).expect("the file"),
                ends(&format!("{head}{rewritten}")),
                "{event}"
            );
            let output = cloud.run(&["validate", path]).succeeded();
            assert!(!output.stdout.contains("former-format"), "{}", output.stdout);
            let after = cloud.run(&["render", path, "--quiet"]).succeeded().stdout;
            // Only the record of the spec itself differs.
            let without_spec = |text: &str| {
                let lines = text.lines().filter(|line| !line.starts_with("  pipectl: {"));
                lines.map(str::to_owned).collect::<Vec<_>>()
            };
            assert!(without_spec(&after) == without_spec(&template), "{event}");
        }
    }
    // What version 1 of the contract can express is written as version 1, so that a deployed pipeline does not change.
    let event = "event: {sort_key: {attribute: at, from: $.detail.at, format: text}}\n";
    let path = cloud.write("plain.yaml", &format!("{head}{event}"));
    let template = cloud.run(&["render", path.to_str().expect("UTF-8"), "--quiet"]).succeeded();
    template.prints(&[
        r#"{\"version\":1,\"input\":\"envelope\",\"event\":{\"partition_key\":\"shipment_id\",\"sort_key\":\"at\",\"sort_key_format\":\"text\""#,
    ]);
    // A value in a base or at an anchor has other readers: the fix is only shown.
    cloud.write("base.yaml", &format!("{head}event:\n  sort_key_format: text\n"));
    for text in [
        "extends: base.yaml\nevent: {sort_key: at}\n".to_owned(),
        format!("{head}event:\n  sort_key: &at at\n  data: *at\n  sort_key_format: text\n")
            .replace("data: *at", "type: {attribute: *at}"),
    ] {
        let path = cloud.write("over.yaml", &text);
        cloud.run(&["validate", path.to_str().expect("UTF-8"), "--fix"]);
        assert_eq!(fs::read_to_string(path).expect("the file"), text);
    }
    // If the base has the sort key, the overlay replaces all of it.
    cloud.write("base.yaml", &format!("{head}event:\n  sort_key: at\n"));
    let path = cloud.write("over.yaml", "extends: base.yaml\nevent: {sort_key_format: text}\n");
    cloud.run(&["validate", path.to_str().expect("UTF-8"), "--fix"]).succeeded();
    let text = fs::read_to_string(path).expect("the file");
    assert_eq!(
        text,
        "extends: base.yaml\nevent: {sort_key: {attribute: at, from: $.detail.at, format: text}}\n"
    );
}

/// An edit that removed an anchor would leave its aliases without a value.
#[test]
fn fix_leaves_what_an_anchor_names() {
    let cloud = Cloud::new();
    let text = "version: 1\nname: demo\nenvironment: dev\nbus: {pattern: {source: [a]}}\nprocessor: {architecture: &arch ARM64}\ndeploy: {tags: {arch: *arch}}\n";
    let output = validate(&cloud, "anchor.yaml", text, &["--fix"]).exited(3);
    assert!(output.stdout.contains("spec::unknown-value"), "{}", output.stdout);
    assert_eq!(fs::read_to_string(cloud.path("anchor.yaml")).expect("the file"), text);
}

#[test]
fn an_account_id_with_a_leading_zero_is_put_into_quotes() {
    let cloud = Cloud::new();
    let text = "version: 1\nname: demo\nenvironment: dev\ndeploy: {account: 012345678901}\nbus: {pattern: {source: [a]}}\n";
    validate(&cloud, "zero.yaml", text, &["--fix"]).succeeded();
    assert!(
        fs::read_to_string(cloud.path("zero.yaml")).expect("the file").contains("account: \"012345678901\"")
    );
}

#[test]
fn sarif_is_what_the_official_schema_asks_for() {
    let cloud = Cloud::new();
    let mut schema: Value =
        serde_json::from_str(include_str!("../sarif-2.1.0.schema.json")).expect("a schema");
    // The published text has an invalid regular expression, for a field that is not written here.
    for location in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{location}/properties/language"));
        assert!(language.and_then(Value::as_object_mut).expect("the field").remove("pattern").is_some());
    }
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    cloud.write("with blank.yaml", WRONG);
    let specs =
        ["tests/invalid/queue__visibility-too-short/spec.yaml", "specs/reference.yaml", "no/such.yaml"];
    let blank = cloud.path("with blank.yaml");
    let mut arguments = vec!["validate", "--format", "sarif", blank.to_str().expect("UTF-8")];
    arguments.extend(specs);
    let output = cloud.run(&arguments).exited(3).json_document();
    let errors: Vec<String> = validator.iter_errors(&output).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let results = output["runs"][0]["results"].as_array().expect("results");
    let rules = output["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    assert!(
        results.iter().any(|one| one["level"] == "warning")
            && results.iter().any(|one| one["level"] == "error")
    );
    assert!(results.iter().any(|one| one["relatedLocations"].is_array()));
    let fix = results.iter().find(|one| one["fixes"].is_array()).expect("a fix");
    let address =
        fix["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("an address");
    assert!(address.starts_with("file:///") && address.ends_with("with%20blank.yaml"), "{address}");
    // A valid file also gives a document: a service then closes its open findings.
    let clean = cloud.run(&["validate", "specs/prod.yaml", "--format", "sarif"]).succeeded().json_document();
    assert!(validator.is_valid(&clean) && clean["runs"][0]["results"] == json!([]));
}

#[test]
fn annotations_are_lines_that_github_reads() {
    let cloud = Cloud::new();
    let output =
        cloud.run(&["validate", "--strict", "--format", "github", "specs/reference.yaml"]).exited(3).stdout;
    let first = output.lines().next().expect("a line");
    assert!(
        first.starts_with(
            "::error file=specs/reference.yaml,line=17,endLine=17,col=31,endColumn=34,title=queue%3A%3Avisibility-too-short::"
        ),
        "{first}"
    );
    assert!(
        first.contains("%0Ahelp: ") && output.lines().all(|line| line.starts_with("::error ")),
        "{output}"
    );
    assert_eq!(output.lines().count(), 3);
    // Also if there is no spec to read.
    let empty = cloud.path("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let without = |format: &str| {
        let mut command = cloud.command(&["validate", "--format", format]);
        crate::cloud::Run::of(command.current_dir(&empty).output().expect("pipectl runs")).exited(3)
    };
    let output = without("github");
    assert!(
        output.stdout.starts_with("::error title=source%3A%3Aunreadable::no spec to check"),
        "{}",
        output.stdout
    );
    let results = without("sarif").json_document()["runs"][0]["results"].clone();
    assert_eq!(
        (&results[0]["ruleId"], results.as_array().map(Vec::len)),
        (&"source::unreadable".into(), Some(1))
    );
    // Only `validate` writes these.
    cloud.run(&["render", "specs/dev.yaml", "--format", "github"]).exited(64);
}

#[test]
fn a_base_of_two_specs_is_reported_once() {
    let cloud = Cloud::new();
    cloud.write(
        "base.yaml",
        "version: 1\nname: demo\nbus: {pattern: {source: [a]}}\nqueue: {retention_days: 40}\n",
    );
    let one = cloud.write("one.yaml", "extends: base.yaml\nenvironment: one\n");
    let two = cloud.write("two.yaml", "extends: base.yaml\nenvironment: two\n");
    let paths = [one.to_str().expect("UTF-8"), two.to_str().expect("UTF-8")];
    let output = cloud.run(&["validate", paths[0], paths[1], "--format", "json"]).exited(3).json();
    let ranges: Vec<&Value> = output["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["code"] == "spec::out-of-range")
        .collect();
    assert_eq!(ranges.len(), 1, "{output}");
    assert!(ranges[0]["file"].as_str().expect("a file").ends_with("base.yaml"));
}

#[test]
fn resolved_prints_a_spec_with_the_origin_of_each_value() {
    let cloud = Cloud::new();
    fs::create_dir(cloud.path("bases")).expect("a folder");
    cloud.write(
        "bases/all.yaml",
        "version: 1\nname: demo\nbus:\n  pattern: {source: [a, b]}\nqueue: {retention_days: 5}\n",
    );
    cloud.write(
        "bases/eu.yaml",
        "extends: all.yaml\ndeploy: {region: eu-west-1}\nbus:\n  pattern: {source: [c]}\n",
    );
    let top = cloud.write(
        "top.yaml",
        "extends: bases/eu.yaml\nenvironment: prod\ntable: {ttl_days: 30}\nalarms: {notify: [a@b.c]}\n",
    );
    let top = top.to_str().expect("UTF-8");
    let output = cloud.run(&["validate", "--resolved", top]).succeeded();
    let line = |start: &str| {
        let found = output.stdout.lines().find(|line| line.trim_start().starts_with(start));
        found.unwrap_or_else(|| panic!("no `{start}` in\n{}", output.stdout)).to_owned()
    };
    assert!(line("name: demo").ends_with("bases/all.yaml:2"), "{}", output.stdout);
    // Lists are replaced as a whole, maps merged key by key.
    assert!(line("source: [c]").ends_with("bases/eu.yaml:4"), "{}", output.stdout);
    assert!(line("retention_days: 5").ends_with("bases/all.yaml:5"), "{}", output.stdout);
    assert!(line("ttl_days: 30").ends_with("top.yaml:3"), "{}", output.stdout);
    assert!(line("visibility_timeout_seconds: 370").ends_with("# default"), "{}", output.stdout);
    // The printed spec is equal to the original.
    let again = cloud.write("again.yaml", &output.stdout);
    let rendered = |path: &str| {
        let mut template = cloud.run(&["render", path, "-q", "-o", "json"]).succeeded().json_document();
        // It contains the spec as written.
        template.as_object_mut().expect("a template").remove("Metadata").expect("metadata");
        template
    };
    assert_eq!(rendered(again.to_str().expect("UTF-8")), rendered(top));

    let json = cloud.run(&["validate", "--resolved", top, "--format", "json"]).succeeded().json();
    assert_eq!(json["specs"][0]["spec"]["queue"]["retention_days"], 5);
    assert_eq!(json["specs"][0]["origins"]["/queue/retention_days"]["line"], 5);
    assert_eq!(json["specs"][0]["origins"]["/queue/receive_wait_seconds"], Value::Null);
}

#[test]
fn overlays_stay_in_their_folder_and_come_to_an_end() {
    let cloud = Cloud::new();
    fs::create_dir(cloud.path("specs")).expect("a folder");
    cloud.write("outside.yaml", crate::cloud::SPEC);
    std::os::unix::fs::symlink(cloud.path("outside.yaml"), cloud.path("specs/link.yaml")).expect("a link");
    for number in 0..10 {
        cloud.write(&format!("specs/chain{number}.yaml"), &format!("extends: chain{}.yaml\n", number + 1));
    }
    let absolute = cloud.path("outside.yaml");
    let cases = [
        ("../outside.yaml".to_owned(), "outside of the spec's folder"),
        ("a/../../outside.yaml".to_owned(), "outside of the spec's folder"),
        (absolute.to_str().expect("UTF-8").to_owned(), "outside of the spec's folder"),
        ("link.yaml".to_owned(), "outside of the spec's folder"),
        ("top.yaml".to_owned(), "is circular"),
        ("chain0.yaml".to_owned(), "more than 8 files"),
        ("missing.yaml".to_owned(), "there is no such file"),
        ("pipe".to_owned(), "it is a pipe, not a file"),
        (".".to_owned(), "it is a folder"),
    ];
    let made =
        std::process::Command::new("mkfifo").arg(cloud.path("specs/pipe")).status().expect("mkfifo runs");
    assert!(made.success());
    for (target, reason) in cases {
        let output =
            validate(&cloud, "specs/top.yaml", &format!("extends: {target}\nenvironment: dev\n"), &[])
                .exited(3);
        assert!(output.stdout.contains(reason), "{target}:\n{}", output.stdout);
        assert!(
            output.stdout.contains("top.yaml:1:10") || output.stdout.contains("chain6.yaml:1:10"),
            "{}",
            output.stdout
        );
    }
}

#[test]
fn samples_are_tried_and_stay_in_their_folder() {
    let cloud = Cloud::new();
    let output = cloud.run(&["test", "specs/prod.yaml", "--format", "json"]).succeeded().json();
    let samples = output["samples"].as_array().expect("samples");
    assert_eq!(samples.len(), 2);
    assert_eq!(samples[0]["row"]["shipment_id"], "SHP-2026-000042");
    assert_eq!((&samples[1]["matches"], &samples[1]["expected"]), (&json!(false), &json!(false)));
    assert!(samples[1]["reason"].as_str().expect("a reason").contains("`detail-type` wants"), "{output}");

    // An event that the pattern does not match never reaches the processor.
    let output = cloud.run(&["test", "specs/prod.yaml", "--event", "specs/samples/invoice.json"]).succeeded();
    assert!(output.stdout.contains("does not match"), "{}", output.stdout);
    cloud
        .run(&["test", "specs/prod.yaml", "--event", "no.json"])
        .exited(1)
        .reports(&["there is no such file"]);
    let refused = cloud.run(&["test", "tests/invalid/bus__sample-refused/spec.yaml"]).exited(1).stdout;
    assert!(refused.contains("missing-field"), "{refused}");
    let secret = cloud.write("secret.json", "{\"password\": \"hunter2\"}");
    fs::create_dir(cloud.path("specs")).expect("a folder");
    std::os::unix::fs::symlink(&secret, cloud.path("specs/link.json")).expect("a link");
    let text = format!(
        "{}  samples: {{match: [../secret.json, link.json]}}\n",
        "version: 1\nname: demo\nenvironment: dev\nbus:\n  pattern: {source: [a]}\n"
    );
    let output = validate(&cloud, "specs/top.yaml", &text, &[]).exited(3);
    assert_eq!(output.stdout.matches("outside of the spec's folder").count(), 2, "{}", output.stdout);
    assert!(!output.stdout.contains("hunter2"));
}

#[test]
fn an_event_given_by_hand_is_read_as_the_processor_reads_it() {
    let cloud = Cloud::new();
    let try_it = |data: &str, time: &str| {
        let detail = format!(r#"{{"shipment_id":"S-1",{time}"event_type":"x","event_data":{{"n":{data}}}}}"#);
        let event =
            format!(r#"{{"source":"shipment.service","detail-type":"shipment.created","detail":{detail}}}"#);
        let path = cloud.write("event.json", &event);
        let path = path.to_str().expect("UTF-8");
        let format = |format| cloud.run(&["test", "specs/dev.yaml", "--event", path, "--format", format]);
        (format("human"), format("json"))
    };
    let time = r#""event_timestamp":"2026-01-01T00:00:00Z","#;
    for exact in ["12345678901234567890123456789012345678", "36893488147419103233", "0.1234567890123456789"] {
        let (human, json) = try_it(exact, time);
        human.succeeded().prints(&["✓", &format!("\"n\":{exact}}}")]);
        json.succeeded().prints(&[&format!("\"n\":{exact}}}")]);
    }
    for (data, time, reason) in [
        ("1", "", "missing-field"),
        ("123456789012345678901234567890123456789", time, "number-too-precise"),
        ("{\"a\":1,\"a\":2}", time, "duplicate-key"),
    ] {
        let (human, json) = try_it(data, time);
        human.exited(1).prints(&["✗", reason]);
        assert!(json.exited(1).json()["samples"][0]["reason"].as_str().expect("a reason").contains(reason));
    }
}

#[test]
fn a_new_project_is_valid_and_complete() {
    let cloud = Cloud::new();
    let folder = cloud.path("new project");
    let folder = folder.to_str().expect("UTF-8");
    cloud
        .run(&["init", folder, "--name", "orders", "--environment", "dev"])
        .succeeded()
        .reports(&["next: pipectl validate '"]);
    let spec = format!("{folder}/specs/dev.yaml");
    cloud.run(&["validate", &spec, "--strict"]).succeeded();
    cloud.run(&["test", &spec]).succeeded();
    cloud.run(&["render", &spec]).succeeded();
    let text = fs::read_to_string(&spec).expect("the spec");
    let line = text.lines().next().expect("a line");
    let schema = line.strip_prefix("# yaml-language-server: $schema=").expect("the editor's line");
    let written_schema =
        fs::read_to_string(format!("{folder}/specs/{schema}")).expect("the schema, where the line says");
    assert_eq!(written_schema, fs::read_to_string("schema/pipeline.schema.json").expect("the schema"));
    // No existing file is replaced without a confirmation; another environment shares the samples.
    cloud.run(&["init", folder]).exited(4).reports(&["already exists"]);
    cloud.run(&["init", folder, "--environment", "prod"]).succeeded();
    cloud.run(&["init", folder, "--name", "Not A Name"]).exited(64).reports(&["spec::wrong-form"]);
    cloud.run(&["init", "/proc/nowhere"]).exited(1).reports(&["cannot be written"]);
}

/// A spec for a newer pipectl may contain unknown fields: only its version is reported, and nothing else in it.
#[test]
fn a_spec_for_another_pipectl_is_refused_by_every_command() {
    let cloud = Cloud::new();
    let write = |required: &str| {
        let text = format!("pipectl: {required}\n{}of_the_future: true\n", crate::cloud::SPEC);
        cloud.write("newer.yaml", &text).to_str().expect("UTF-8").to_owned()
    };
    let spec = write("\">=99\"");
    for command in
        ["validate", "render", "test", "plan", "apply", "status", "drift", "destroy", "send", "history"]
    {
        let run = cloud.run(&[command, &spec, "--format", "json"]).exited(3);
        let output = run.json_document();
        let all = output["diagnostics"].as_array().expect("a list");
        assert_eq!(all.len(), 1, "{command}: {output}");
        assert_eq!((&all[0]["code"], &all[0]["path"]), (&"spec::other-pipectl".into(), &"/pipectl".into()));
        let message = all[0]["message"].as_str().expect("a message");
        assert!(message.contains(concat!("this is pipectl ", env!("CARGO_PKG_VERSION"))), "{message}");
    }
    let spec = write("\">=0.1, <99\"");
    cloud.run(&["validate", &spec]).exited(3).prints(&["spec::unknown-key", "install a newer pipectl"]);
    let spec = write("newest");
    cloud.run(&["validate", &spec]).exited(3).prints(&["spec::wrong-form", ">=0.3"]);
}
