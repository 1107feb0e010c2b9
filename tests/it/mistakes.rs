//! The advice for users who know other tools, and that all mistakes are shown at once.

use crate::cloud::{Cloud, Run};

fn validate(cloud: &Cloud, text: &str) -> Run {
    let path = cloud.write("specs/spec.yaml", text);
    cloud.run(&["validate", path.to_str().expect("UTF-8")])
}

fn cloud() -> Cloud {
    let cloud = Cloud::new();
    std::fs::create_dir_all(cloud.path("specs")).expect("a folder");
    cloud
}

#[test]
fn a_wrong_name_hides_neither_the_pattern_nor_the_limits() {
    let text = "\
version: 1
name: My Orders
bus:
  pattern:
    source: orders
    detail: {total: [{numeric: [\">\", 10, \"<\", 5]}]}
queue: {visibility_timeout_seconds: 10}
processor: {timeout_seconds: 60, batch: {size: 100, window_seconds: 0}}
alarms: {notify: [5]}
";
    let output = validate(&cloud(), text).exited(3);
    for expected in [
        "`name` is the string `My Orders`",
        "write `my-orders`",
        "the spec lacks `environment`",
        "`source` must be a list",
        "no number is in",
        "queue::visibility-too-short",
        "processor::batch-without-window",
        "`alarms.notify.0` is 5",
    ] {
        assert!(output.stdout.contains(expected), "{expected}:\n{}", output.stdout);
    }
}

#[test]
fn words_of_other_tools_lead_to_the_field_that_does_it() {
    let cloud = cloud();
    let spec = |more: &str| {
        format!(
            "version: 1\nname: demo\nenvironment: dev\nbus: {{pattern: {{source: [a]}}}}\nalarms: {{notify: [a@b.c]}}\n{more}\n"
        )
    };
    for (more, help) in [
        ("table: {name: orders}", "`names.table`"),
        ("processor: {environment: {A: b}}", "settings from the spec"),
        ("queue: {type: fifo}", "`queue.fair_by`"),
        ("vpc: {}", "`processor.vpc`"),
        ("targets: []", "`deploy.extra`"),
        ("processor: {handler: index.main}", "`processor.code`"),
        ("slack: '#ops'", "SNS topic"),
        ("Resources: {}", "`deploy.extra`"),
        ("region: eu-west-1", "`deploy.region`"),
        ("processor: {MemorySize: 512}", "`processor.memory_mb`"),
    ] {
        let output = validate(&cloud, &spec(more)).exited(3);
        assert!(output.stdout.contains(help), "{more}:\n{}", output.stdout);
        assert!(!output.stdout.contains("help: remove it"), "{more}:\n{}", output.stdout);
    }
}

#[test]
fn values_are_corrected_in_words_and_without_regular_expressions() {
    let cloud = cloud();
    let spec = "version: 1\nname: demo\nenvironment: dev\nbus: {pattern: {source: [a]}}\nalarms: {notify: [a@b.c]}\n";
    let output = validate(&cloud, &format!("{spec}table: {{ttl_days: \"90\"}}\n")).exited(3);
    assert!(
        output.stdout.contains("write `90`, without quotes") && !output.stdout.contains("ten years"),
        "{}",
        output.stdout
    );
    let output = validate(&cloud, &spec.replace("environment: dev", "environment: Pre_Prod")).exited(3);
    assert!(output.stdout.contains("write `pre-prod`"), "{}", output.stdout);
    for wrong in [
        "names: {table: \"a b!\"}",
        "deploy: {account: \"12\", region: mars}",
        "deploy: {role_arn: x}",
        "encryption: {kms_key: x}",
        "deploy: {extra: [a.txt]}",
    ] {
        let output = validate(&cloud, &format!("{spec}{wrong}\n")).exited(3);
        assert!(
            !output.stdout.contains("^[") && !output.stdout.contains("]$") && !output.stdout.contains("\\d"),
            "{wrong}:\n{}",
            output.stdout
        );
    }
}

#[test]
fn reserved_concurrency_without_a_limit_of_the_pollers_is_a_warning() {
    let text = "version: 1\nname: demo\nenvironment: dev\nbus: {pattern: {source: [a]}}\nalarms: {notify: [a@b.c]}\nprocessor: {reserved_concurrency: 10}\n";
    let output = validate(&cloud(), text).succeeded();
    assert!(
        output.stdout.contains("processor::few-reserved") && output.stdout.contains("`max_concurrency: 10`"),
        "{}",
        output.stdout
    );
}

#[test]
fn names_joined_by_dots_match_in_pattern_and_event() {
    let cloud = cloud();
    let spec = |detail: &str| {
        format!(
            "version: 1\nname: parcels\nenvironment: dev\nalarms: {{notify: [a@b.c]}}\nbus: {{pattern: {{source: [parcel.desk], {detail}}}}}\nevent: {{partition_key: {{attribute: id, from: $.id}}, sort_key: {{attribute: at, from: $.time}}, type: none}}\n"
        )
    };
    let event = |detail: &str| {
        format!(
            "{{\"version\":\"0\",\"id\":\"e-1\",\"source\":\"parcel.desk\",\"detail-type\":\"t\",\"account\":\"111122223333\",\"time\":\"2026-02-01T10:00:00Z\",\"region\":\"eu-west-1\",\"resources\":[],\"detail\":{detail}}}"
        )
    };
    let dotted = cloud.write("dotted.json", &event("{\"leg.state\":\"late\"}"));
    let nested = cloud.write("nested.json", &event("{\"leg\":{\"state\":\"late\"}}"));
    for (pattern, matches) in [
        ("detail: {leg.state: [late]}", true),
        ("detail: {leg: {state: [late]}}", true),
        ("detail.leg.state: [late]", true),
        ("detail.leg: {state: [late]}", true),
        ("detail: {leg.state: {state: [late]}}", false),
    ] {
        let path = cloud.write("specs/spec.yaml", &spec(pattern));
        for event in [&dotted, &nested] {
            let run = cloud.run(&[
                "test",
                path.to_str().expect("UTF-8"),
                "--event",
                event.to_str().expect("UTF-8"),
                "--format",
                "json",
            ]);
            assert_eq!(run.succeeded().json()["samples"][0]["matches"], matches, "{pattern}");
        }
    }
}

#[test]
fn names_of_tags_and_attributes_are_judged_with_their_own_words() {
    let text = |tag: &str, attribute: &str| {
        format!(
            "version: 1\nname: demo\nenvironment: dev\nbus: {{pattern: {{source: [a]}}}}\nalarms: {{notify: [a@b.c]}}\ndeploy: {{tags: {{\"{tag}\": x}}}}\nevent: {{attributes: {{\"{attribute}\": $.detail.a}}}}\n"
        )
    };
    let cloud = cloud();
    for (tag, attribute) in [("team", "a_1-b"), ("Zespół 1", "_x"), ("a:b/c=d", "A")] {
        validate(&cloud, &text(tag, attribute)).succeeded();
    }
    for tag in ["aws:x", "a*", "ключ!", ""] {
        let output = validate(&cloud, &text(tag, "a")).exited(3).stdout;
        assert!(
            output.contains("cannot be a key of `deploy.tags`") && output.contains("a tag's key has"),
            "{output}"
        );
        assert!(output.contains(":6:17"), "{output}");
    }
    for attribute in ["1x", "a.b", "ключ"] {
        let output = validate(&cloud, &text("a", attribute)).exited(3).stdout;
        assert!(output.contains("cannot be a key of `event.attributes`"), "{output}");
        assert!(output.contains("an attribute's name has") && !output.contains("a tag's key"), "{output}");
    }
}
