//! Files with thousands of mistakes: they are found and shown quickly, and briefly for people. The limit is on CPU time,
//! which does not depend on other programs.

use std::fmt::Write as _;

use serde_json::Value;

use super::through;
use crate::cloud::{Cloud, Run, SPEC};

/// Seconds of CPU time, ten times the need of an unoptimised build.
const SECONDS: u32 = 10;

const PATTERN: &str = "  pattern: {source: [shipment.service], detail-type: [{prefix: shipment.}]}\n";

/// Runs `validate` on the test's spec in this format; the system ends it at the limit.
fn validated(cloud: &Cloud, format: &str) -> Run {
    let spec = cloud.path("spec.yaml");
    let command = cloud.command(&["validate", spec.to_str().expect("UTF-8"), "--format", format]);
    let limits = format!("ulimit -c 0; ulimit -t {SECONDS}; exec \"$@\"");
    let mut held = through("sh", &limits, &command);
    let run = Run::of(held.output().expect("pipectl runs"));
    assert_eq!(run.code, Some(3), "{format}: {}", run.stderr);
    run
}

/// In each format, and briefly for people; the mistakes are counted.
fn bounded(cloud: &Cloud, least: usize) {
    let output = validated(cloud, "json").json_document();
    let output = output["diagnostics"].as_array().expect("a list").iter();
    let count = output.filter(|one| one["severity"] == "error").count();
    assert!(count >= least, "{count}");
    for format in ["sarif", "github"] {
        validated(cloud, format);
    }
    let run = validated(cloud, "human");
    assert_eq!(run.stdout.matches("error[").count(), count.min(100));
    assert_eq!(run.stdout.contains(" more: `--format json` lists them all"), count > 100);
    assert!(run.stderr.contains(&format!("{count} error")), "{}", run.stderr);
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "{}", line(number));
        text
    })
}

#[test]
fn a_key_that_occurs_ten_thousand_times_is_shown_a_hundred_times() {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &lines(9_000, |_| "name: a".to_owned()));
    bounded(&cloud, 8_000);
    // On one line, and far from the first one.
    cloud.write("spec.yaml", &format!("{{{}}}", "a: 1, ".repeat(9_000)));
    bounded(&cloud, 8_000);
}

#[test]
fn thousands_of_unknown_keys_are_few_words() {
    let cloud = Cloud::new();
    cloud
        .write("spec.yaml", &format!("{SPEC}{}", lines(4_000, |number| format!("retention_day{number}: 1"))));
    bounded(&cloud, 4_000);
    cloud.write(
        "spec.yaml",
        &format!("{SPEC}deploy:\n  tags:\n{}", lines(4_000, |number| format!("    t{number}: [1]"))),
    );
    bounded(&cloud, 1);
}

#[test]
fn a_key_of_a_hundred_kilobytes_is_not_compared_character_by_character() {
    let cloud = Cloud::new();
    let key = |number: usize| format!("? {}{number}\n: 1", "retention_days".repeat(7_000));
    cloud.write("spec.yaml", &format!("{SPEC}{}", lines(9, key)));
    bounded(&cloud, 9);
    // Also, a mistake's message does not repeat the key above it for each of many mistakes.
    let mistakes = lines(2_000, |number| format!("        k{number}: [{{prefx: a}}]"));
    let pattern = format!("  pattern:\n    detail:\n      ? {}\n      :\n{mistakes}", "k".repeat(100_000));
    cloud.write("spec.yaml", &SPEC.replace(PATTERN, &pattern));
    bounded(&cloud, 1);
    let tags = lines(3_000, |number| format!("        k{number}: 1"));
    cloud
        .write("spec.yaml", &format!("{SPEC}deploy:\n  tags:\n    ? {}\n    :\n{tags}", "k".repeat(100_000)));
    bounded(&cloud, 1);
}

#[test]
fn thousands_of_mistakes_in_patterns_and_resources_are_found_in_little_time() {
    let cloud = Cloud::new();
    let pattern = lines(1_500, |number| format!("    k{number}: [{{prefx: a}}]"));
    cloud.write("spec.yaml", &SPEC.replace(PATTERN, &format!("  pattern:\n{pattern}")));
    bounded(&cloud, 1_500);
    cloud.write("spec.yaml", &format!("{SPEC}deploy: {{extra: [more.yaml]}}\n"));
    let topic = |number: usize| format!("  T{number}: {{Type: AWS::SNS::Topic, DependsOn: Topc{number}}}");
    cloud.write("more.yaml", &format!("Resources:\n{}", lines(2_000, topic)));
    bounded(&cloud, 2_000);
    let circle = |number: usize| {
        format!("  T{number}: {{Type: AWS::SNS::Topic, DependsOn: T{}}}", (number + 1) % 2_000)
    };
    cloud.write("more.yaml", &format!("Resources:\n{}", lines(2_000, circle)));
    let output = validated(&cloud, "json").json_document();
    let codes: Vec<&Value> =
        output["diagnostics"].as_array().expect("a list").iter().map(|one| &one["code"]).collect();
    assert!(codes.iter().any(|code| **code == "render::circular-reference"), "{codes:?}");
    let policy = |number: usize| {
        format!(
            "  P{number}: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Queue], PolicyDocument: {{}}}}}}"
        )
    };
    cloud.write("more.yaml", &format!("Resources:\n{}", lines(1_000, policy)));
    bounded(&cloud, 1_000);
}
