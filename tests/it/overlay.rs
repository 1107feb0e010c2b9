//! What an overlay may remove and replace, and which files of a folder are specs.

use std::fs;

use serde_json::json;

use crate::cloud::{Cloud, Run};

const BASE: &str = "\
version: 1
name: parcels
bus:
  pattern: {source: [parcel.desk], detail-type: [parcel.scanned]}
queue: {fair_by: $.detail.depot}
processor: {reserved_concurrency: 50, batch: {max_concurrency: 20}}
deploy: {tags: {team: parcels, cost: c1}}
alarms: {notify: [ops@example.com], dead_letters: off}
";

fn resolved(cloud: &Cloud, base: &str, over: &str) -> Run {
    cloud.write("base.yaml", base);
    let over = cloud.write("over.yaml", &format!("extends: base.yaml\nenvironment: stg\n{over}"));
    cloud.run(&["validate", "--resolved", over.to_str().expect("UTF-8")])
}

#[test]
fn naming_one_of_two_exclusive_fields_drops_the_others_of_a_base() {
    let cloud = Cloud::new();
    let over = "processor: {reserved_concurrency: 200, batch: {pollers: {min: 2, max: 10}}}\n";
    let output = resolved(&cloud, BASE, over).succeeded();
    output.prints(&["pollers:", "max: 10", "# max_concurrency:", "unset by", "over.yaml:3"]);
    let back = "processor: {batch: {max_concurrency: 30}}\n";
    let base = BASE.replace("max_concurrency: 20", "pollers: {min: 2, max: 5}");
    resolved(&cloud, &base, back).succeeded().prints(&["max_concurrency: 30", "# pollers:", "unset by"]);
    // In one file they still conflict.
    let both = "processor: {batch: {max_concurrency: 30, pollers: {min: 2, max: 3}}}\n";
    resolved(&cloud, BASE, both).exited(3).prints(&["processor::pollers-with-concurrency"]);
}

#[test]
fn null_unsets_what_a_base_sets_wherever_a_field_is_optional() {
    let cloud = Cloud::new();
    let over = "\
processor: {reserved_concurrency: ~}
queue: {fair_by:}
bus: {pattern: {detail-type: null}}
deploy: {tags: {cost: null}}
alarms: {dead_letters: null}
";
    let output = resolved(&cloud, BASE, over).succeeded();
    let output =
        output.prints(&["# detail-type:", "over.yaml:5", "# cost:", "# reserved_concurrency:", "# fair_by:"]);
    assert!(!output.stdout.contains("c1") && !output.stdout.contains("parcel.scanned"), "{}", output.stdout);
    let json = cloud.run(&[
        "validate",
        "--resolved",
        "--format",
        "json",
        cloud.path("over.yaml").to_str().expect("UTF-8"),
    ]);
    let json = json.succeeded().json();
    assert_eq!(json["specs"][0]["unset"]["/bus/pattern/detail-type"]["line"], 5, "{json}");
    // The printed spec is equal to the original.
    let again = cloud.write("again.yaml", &output.stdout);
    cloud.run(&["validate", "--strict", again.to_str().expect("UTF-8")]).succeeded();

    // There is nothing to remove, or it is required.
    resolved(&cloud, BASE, "table: {ttl_days: null}\n").exited(3).prints(&["`table.ttl_days` has no value"]);
    resolved(&cloud, BASE, "name: null\n").exited(3).prints(&["the spec lacks `name`"]);
}

#[test]
fn what_a_file_between_takes_away_does_not_come_back() {
    let cloud = Cloud::new();
    cloud.write("root.yaml", BASE);
    cloud.write("middle.yaml", "extends: root.yaml\ndeploy: {tags: null}\n");
    let top =
        cloud.write("top.yaml", "extends: middle.yaml\nenvironment: dev\ndeploy: {tags: {owner: me}}\n");
    let output = cloud.run(&["validate", "--resolved", top.to_str().expect("UTF-8")]).succeeded();
    assert!(output.stdout.contains("owner: me") && !output.stdout.contains("cost"), "{}", output.stdout);
}

#[test]
fn a_base_may_lie_anywhere_in_the_repository() {
    let cloud = Cloud::new();
    for folder in ["repository/.git", "repository/platform", "repository/team/specs", "repository/.hidden"] {
        fs::create_dir_all(cloud.path(folder)).expect("a folder");
    }
    cloud.write("repository/platform/base.yaml", BASE);
    cloud.write("repository/.hidden/base.yaml", BASE);
    cloud.write("outside.yaml", BASE);
    let over = |base: &str| {
        let text = format!("extends: {base}\nenvironment: stg\n");
        let path = cloud.write("repository/team/specs/stg.yaml", &text);
        cloud.run(&["validate", path.to_str().expect("UTF-8")])
    };
    over("../../platform/base.yaml").succeeded();
    for (base, reason) in [
        ("../../../outside.yaml", "outside of the spec's folder and of its repository"),
        ("../../../missing.yaml", "outside of the spec's folder and of its repository"),
        ("../../.hidden/base.yaml", "begins with a dot"),
        ("/etc/passwd", "outside of the spec's folder and of its repository"),
    ] {
        over(base).exited(3).prints(&[reason]);
    }
}

#[test]
fn every_spec_of_a_folder_is_checked_once_and_what_is_none_is_named() {
    let cloud = Cloud::new();
    fs::create_dir_all(cloud.path("specs/samples")).expect("a folder");
    let valid = crate::cloud::SPEC;
    cloud.write("specs/a.yaml", valid);
    cloud.write(
        "specs/b.yml",
        "version: 1\nname: other\nenvironment: dev\nbus: {pattern: {source: [a]}}\nquee: {}\n",
    );
    cloud.write("specs/base.yaml", BASE);
    cloud.write("specs/stg.yaml", "extends: base.yaml\nenvironment: stg\n");
    cloud.write("specs/notes.txt", "none");
    let at = |arguments: &[&str]| {
        let mut command = cloud.command(arguments);
        Run::of(command.current_dir(cloud.path("")).output().expect("pipectl runs"))
    };
    let output = at(&["validate"]).exited(3);
    assert!(output.stdout.contains("specs/b.yml:5"), "{}", output.stdout);
    assert!(!output.stdout.contains("lacks `environment`"), "{}", output.stdout);
    output.reports(&[
        "skipped specs/base.yaml: it is a base that `specs/stg.yaml` extends, without an `environment`",
        "skipped specs/notes.txt: its name does not end in `.yaml` or `.yml`",
        "3 specs",
    ]);
    let json = at(&["validate", "specs", "--format", "json"]).exited(3).json();
    assert_eq!(json["skipped"][0]["file"], "specs/notes.txt", "{json}");
    assert_eq!(json["skipped"].as_array().map(Vec::len), Some(2));

    // A base that is named is checked by itself; a spec that is named twice is read once.
    at(&["validate", "specs/base.yaml"]).exited(3).prints(&["the spec lacks `environment`"]);
    at(&["validate", "specs/a.yaml", "./specs/a.yaml", "specs/../specs/a.yaml"])
        .succeeded()
        .reports(&["specs/a.yaml"]);
    // A complete file is a pipeline of its own, extended or not.
    cloud.write("specs/base.yaml", &format!("{BASE}environment: base\nqueu: 1\n"));
    at(&["validate"]).exited(3).prints(&["specs/base.yaml:10"]);
    at(&["validate", "nowhere"]).exited(3).prints(&["there is no such file"]);
    assert_eq!(
        at(&["validate", "specs/samples", "--format", "json"]).exited(3).json()["diagnostics"][0]["file"],
        json!(null)
    );
}
