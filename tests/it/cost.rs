//! The cost and capacity of a pipeline, as `cost`, `capacity` and `plan` report it. The sums are checked beside the code.

use pipectl::cost::BATCH_METRICS;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Run};

const PIPELINE: &str = "\
version: 1
name: orders
environment: prod
deploy: {region: us-east-1}
load: {events_per_day: 30000, peak_events_per_second: 50, average_event_bytes: 1024}
bus:
  pattern: {source: [order.service]}
processor:
  batch: {max_concurrency: 20}
";

fn run(cloud: &Cloud, verb: &str, more: &[&str]) -> Run {
    let spec = cloud.path("spec.yaml");
    cloud.run(&[&[verb, spec.to_str().expect("UTF-8")], more].concat())
}

fn pipeline() -> Cloud {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", PIPELINE);
    cloud
}

#[test]
fn a_bill_has_each_service_at_three_traffics_and_every_figure_its_source() {
    let cloud = pipeline();
    let output = run(&cloud, "cost", &[]).succeeded();
    let output =
        output.prints(&["30,000 events a day of 1,024 bytes", "1 ×", "100 ×", "a million more", "DynamoDB"]);
    assert!(output.stdout.lines().all(|line| line.chars().count() <= 80), "{}", output.stdout);
    let total = |page: &str| {
        let line = page.lines().find(|line| line.starts_with(" total")).expect("a total").to_owned();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(total(&output.stdout)[1], "15.05");
    output.reports(&["next: pipectl capacity"]);

    let bill = run(&cloud, "cost", &["--format", "json"]).succeeded().json_document();
    assert_eq!(
        (&bill["version"], &bill["currency"], &bill["times"]),
        (&json!(1), &json!("USD"), &json!([1, 10, 100]))
    );
    let lines =
        bill["services"].as_array().expect("services").iter().flat_map(|service| service["lines"].as_array());
    for line in lines.flatten() {
        let source = line["source"]["url"].as_str().unwrap_or_default();
        assert!(source.starts_with("https://"), "{line}");
        assert!(line["source"]["dated"].is_string(), "{line}");
    }
    run(&cloud, "cost", &["--verbose"]).succeeded().prints(&[
        "assumed",
        "a month of 30 days",
        "2026-",
        "900,000 events",
    ]);
}

#[test]
fn what_is_counted_of_the_stack_is_what_the_template_makes() {
    let cloud = pipeline();
    for level in ["", "slo: {}\n"] {
        cloud.write("spec.yaml", &format!("{PIPELINE}{level}"));
        counted(&cloud, !level.is_empty());
    }
}

fn counted(cloud: &Cloud, has_level: bool) {
    let bill = run(cloud, "cost", &["--format", "json"]).succeeded().json_document();
    let quantity = |item: &str| {
        let lines = bill["services"].as_array().expect("services").iter();
        let mut lines = lines.flat_map(|service| service["lines"].as_array().expect("lines"));
        lines.find(|line| line["item"] == item)?["quantities"][0].as_f64()
    };
    let template = run(cloud, "render", &["--format", "json"]).succeeded().json_document();
    let resources = template["Resources"].as_object().expect("resources");
    let alarms = resources.values().filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    // An alarm on several metrics is billed for each.
    let looks_at = |alarm: &Value| {
        let metrics = alarm["Properties"]["Metrics"].as_array();
        metrics.map_or(1, |all| all.iter().filter(|one| one.get("MetricStat").is_some()).count())
    };
    assert_eq!(quantity("cloudwatch.alarm_month"), Some(alarms.map(looks_at).sum::<usize>() as f64));
    let combined =
        resources.values().filter(|resource| resource["Type"] == "AWS::CloudWatch::CompositeAlarm");
    let combined = combined.count() as f64;
    assert_eq!(quantity("cloudwatch.composite_alarm_month"), has_level.then_some(combined));
    // The processor's own metrics of a batch; those of erased keys and of rejections come with one of these.
    let in_source = |source: &str| source.matches(".count(").count() + source.matches(".durations(").count();
    let source = include_str!("../../processor/src/metrics.rs");
    let of_batch = in_source(source.split("CloudWatch bills a metric only if").next().expect("text"));
    assert_eq!(of_batch, BATCH_METRICS as usize);
    let of_level = if has_level { in_source(include_str!("../../processor/src/age.rs")) } else { 0 };
    assert_eq!(quantity("cloudwatch.metric_month"), Some((of_batch + of_level) as f64));
}

#[test]
fn a_region_without_figures_takes_a_list_of_ones_own() {
    let cloud = pipeline();
    cloud.write("spec.yaml", &PIPELINE.replace("us-east-1", "ap-south-1"));
    run(&cloud, "cost", &[]).exited(1).reports(&[
        "error[estimate::no-prices]",
        "no prices for ap-south-1: use --prices FILE",
        "docs/cost.md",
        "`us-east-1`",
    ]);
    let list = cloud
        .write("prices.yaml", "version: 1\nregions:\n  ap-south-1:\n    dynamodb.writes_per_million: 1.0\n");
    let list = list.to_str().expect("UTF-8");
    let output = run(&cloud, "cost", &["--prices", list]).succeeded();
    // 1,800,000 write units; nothing else has a figure, and that is reported.
    output.prints(&[
        " DynamoDB          1.80+?",
        " EventBridge            ?",
        "eventbridge.events_per_million",
    ]);

    let wrong =
        cloud.write("wrong.yaml", "version: 1\nregions:\n  ap-south-1:\n    sqs.request_per_million: 1\n");
    let location = format!("{}:4:5", wrong.display());
    run(&cloud, "cost", &["--prices", wrong.to_str().expect("UTF-8")]).exited(3).reports(&[
        "error[estimate::price-list]",
        &location,
        "did you mean `sqs.requests_per_million`?",
    ]);
    run(&cloud, "cost", &["--region", "eu-west-1"]).exited(4).reports(&["error[guard::wrong-region]"]);
    cloud.write("spec.yaml", &PIPELINE.replace("deploy: {region: us-east-1}\n", ""));
    run(&cloud, "capacity", &[]).exited(64).reports(&["error[estimate::no-region]", "`deploy.region`"]);
}

#[test]
fn the_first_bottlenecks_name_the_line_that_lifts_them() {
    let cloud = pipeline();
    let output = run(&cloud, "capacity", &[]).succeeded();
    let line = format!("{}:9", cloud.path("spec.yaml").display());
    // 20 invocations × 10 events in 30 ms, compared with 1,000 write units/s of the only key of the status index.
    let output = output.prints(&[
        " 1 the status index               1,000      20 ×",
        "raise `table.status_index.shards`",
        " 3 the processor                  6,667     133 ×",
        "raise `processor.batch.max_concurrency`",
        &line,
        "█",
        "after an hour's outage",
        "at the peak     180,000 events wait, stored within",
    ]);
    let widest =
        output.stdout.lines().filter(|text| !text.contains(&line)).map(|text| text.chars().count()).max();
    assert!(widest <= Some(80), "{}", output.stdout);

    let found = run(&cloud, "capacity", &["--format", "json"]).succeeded().json_document();
    assert_eq!(found["bottlenecks"], json!(["status_index", "new_table", "concurrency"]), "{found}");
    assert_eq!(found["version"], 1);
    let limits = found["limits"].as_array().expect("limits");
    let concurrency = limits.iter().find(|limit| limit["name"] == "concurrency").expect("the limit");
    assert_eq!(
        (&concurrency["line"], &concurrency["field"]),
        (&json!(9), &json!("/processor/batch/max_concurrency"))
    );
}

/// The record that an apply from this machine writes.
fn keep(cloud: &Cloud) {
    let template = run(cloud, "render", &["--format", "json"]).succeeded().json_document();
    let content = json!({"template": template, "parameters": {}, "tags": {}});
    let folder = cloud.path("kept/pipectl/stacks/123456789012/us-east-1");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = json!({"version": 1, "at": "2026-11-01T00:00:00Z", "content": content});
    std::fs::write(folder.join("orders-prod.json"), file.to_string()).expect("a record");
}

#[test]
fn a_plan_shows_what_a_change_does_to_the_bill() {
    let cloud = pipeline();
    keep(&cloud);
    // 900,000 writes × $0.625 a million, 2.826 GB × $0.25 and an alarm: the index costs $1.37.
    cloud.write("spec.yaml", &(PIPELINE.to_owned() + "table: {status_index: off}\n"));
    let line = "cost: about $15.05 → $13.68 a month in us-east-1, from `load`";
    let plan = |more: &[&str]| run(&cloud, "plan", &[&["--offline"], more].concat()).succeeded();
    plan(&[]).prints(&[line]);
    plan(&["--format", "markdown"]).prints(&[line]);
    let cost = plan(&["--format", "json"]).json_document()["monthly_cost"].take();
    let cents = |value: &Value| (value.as_f64().expect("dollars") * 100.0).round();
    assert_eq!((cents(&cost["before"]), cents(&cost["after"])), (1505.0, 1368.0), "{cost}");
    // A load that the spec does not state has no bill.
    let unloaded: String =
        PIPELINE.lines().filter(|line| !line.starts_with("load:")).map(|line| format!("{line}\n")).collect();
    cloud.write("spec.yaml", &(unloaded + "table: {ttl_days: 91}\n"));
    assert!(!plan(&[]).stdout.contains("cost:"));
}
