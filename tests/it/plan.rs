//! Plans as a reviewer reads them: in the spec's terms, with the cost of each change, and executed as saved.

use std::collections::BTreeMap;

use anstream::adapter::strip_str;
use camino::Utf8Path;
use pipectl::plan::{Action, Content, Fields, Line, Location, Plan, Risk, plan};
use pipectl::render::{hypothetical, render};
use pipectl::report::{plan_markdown, plan_text};
use pipectl::sandbox::Process;
use pipectl::source;
use pipectl::spec::Spec;
use pipectl::stack::{ChangeAction, ResourceChange};
use pipectl::validate::{CheckedSpec, validate};
use serde_json::json;

use crate::cloud::{Cloud, Run, SPEC};

fn checked(text: &str) -> CheckedSpec {
    let tree = source::read_text(Utf8Path::new("specs/prod.yaml"), text).expect("YAML");
    validate(&tree, false).unwrap_or_else(|failure| panic!("{:?}", failure.diagnostics))
}

fn content(checked: &CheckedSpec, key: &str) -> Content {
    Content {
        template: render(checked, &Process).expect("a template").parsed,
        parameters: BTreeMap::from([
            ("ArtifactBucket".to_owned(), "bucket".to_owned()),
            ("ArtifactKey".to_owned(), key.to_owned()),
        ]),
        tags: checked.spec().tags(),
    }
}

/// The plan from the deployed content to a spec.
fn planned(deployed: &Content, new: &CheckedSpec) -> Plan {
    let desired = content(new, "processor/new.zip");
    let target = Location {
        stack: new.spec().resolved_names().stack,
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    let mut plan = plan(&target, Some(deployed), &desired);
    let location = |pointer: &str| {
        let location = new.location(pointer)?;
        let file = new.sources().get(location.file.0)?.path.to_string();
        Some(Line { file, line: location.span.start.line })
    };
    let expand = |spec: &Spec| hypothetical(spec, new, &Process);
    let fields = Fields { spec: new.spec(), location: &location, expand: &expand, own_templates: false };
    plan.attribute(deployed, &desired, &fields);
    plan
}

const BEFORE: &str = "\
version: 1
name: orders
environment: prod
deploy:
  tags: {team: logistics}
bus:
  pattern: {source: [order.service]}
  archive: {retention_days: 30}
alarms:
  notify: [ops@example.com]
";

const AFTER: &str = "\
version: 1
name: orders
environment: prod
deploy:
  tags: {team: billing}
encryption: stack_key
bus:
  pattern:
    source: [order.service, \"\\u202e|`<b>@all\"]
    detail-type: [{prefix: this is a rather long beginning of the type of an event}]
  archive: {retention_days: 7}
queue:
  retention_days: 2
  dead_letter: {max_receive_count: 7}
processor:
  memory_mb: 1024
  batch: {window_seconds: 20}
table:
  ttl_days: 40
  point_in_time_recovery_days: 7
  stream: new_image
alarms:
  notify: [desk@example.com]
  conflicts: off
names:
  bus: another-bus
  processor: another-processor
";

/// The deployed stack is of an older pipectl, with an index and a table that no longer exist.
fn every_kind() -> Plan {
    let mut deployed = content(&checked(BEFORE), "processor/old.zip");
    deployed.template["Metadata"]["pipectl"]["version"] = json!("0.0.9\u{1b}[2J");
    let resources = &mut deployed.template["Resources"];
    resources["EventsTable"]["Properties"]["GlobalSecondaryIndexes"][0]["IndexName"] = json!("old-index");
    resources["QueueToProcessor"]["Properties"]["FunctionResponseTypes"] = json!([]);
    resources["FormerTable"] =
        json!({"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain", "Properties": {}});
    let mut plan = planned(&deployed, &checked(AFTER));
    let seen =
        |logical_id: &str, resource_type: &str, physical_id: &str, action: ChangeAction| ResourceChange {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            physical_id: Some(physical_id.to_owned()),
            action,
        };
    plan.learn(&[
        seen("Rule", "AWS::Events::Rule", "orders-rule-prod\u{1b}]0;title\u{7}", ChangeAction::Replace),
        seen("Queue", "AWS::SQS::Queue", &format!("https://sqs/{}", "q".repeat(90)), ChangeAction::Modify),
    ]);
    plan
}

#[test]
fn a_plan_with_every_kind_of_change_is_the_reviewed_one() {
    let plan = every_kind();
    let text = strip_str(&plan_text(&plan)).to_string();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert!(line.chars().all(|character| !character.is_control() && character != '\u{202e}'), "{line:?}");
    }
    insta::assert_snapshot!("every_kind", text);
    let page = plan_markdown(&plan);
    assert!(page.len() < 65_536);
    insta::assert_snapshot!("every_kind_markdown", page);
}

#[test]
fn the_json_form_names_field_line_and_both_values() {
    let plan = serde_json::to_value(every_kind()).expect("JSON");
    let queue = plan["changes"].as_array().expect("changes").iter().find(|one| one["logical_id"] == "Queue");
    let queue = queue.expect("the queue's change");
    let retention = queue["properties"]
        .as_array()
        .expect("properties")
        .iter()
        .find(|one| one["path"] == "/Properties/MessageRetentionPeriod");
    assert_eq!(
        retention.expect("the property"),
        &json!({
            "path": "/Properties/MessageRetentionPeriod",
            "before": 345_600,
            "after": 172_800,
            "replaces": false,
            "cause": [{
                "field": "/queue/retention_days", "file": "specs/prod.yaml", "line": 13, "before": 4, "after": 2,
            }],
            "origin": "spec",
        })
    );
    assert_eq!(queue["risk"], "data_loss");
}

/// Each name is a property that cannot change in place, and a new name is reported as a replacement.
#[test]
fn another_name_replaces_and_what_holds_data_must_be_accepted() {
    let deployed = content(&checked(BEFORE), "processor/new.zip");
    let cases: [(&str, &[(&str, Risk)]); 9] = [
        ("table", &[("EventsTable", Risk::DataLoss)]),
        ("queue", &[("Queue", Risk::DataLoss), ("QueueToProcessor", Risk::Interruption)]),
        ("dead_letter_queue", &[("DeadLetterQueue", Risk::DataLoss)]),
        ("undelivered_queue", &[("UndeliveredQueue", Risk::DataLoss)]),
        ("archive", &[("Archive", Risk::DataLoss)]),
        ("bus", &[("Archive", Risk::DataLoss), ("Bus", Risk::Interruption), ("Rule", Risk::Interruption)]),
        (
            "processor",
            &[
                ("Processor", Risk::Interruption),
                ("ProcessorAlias", Risk::Interruption),
                ("ProcessorLogGroup", Risk::DataLoss),
                ("ProcessorVersion", Risk::None),
            ],
        ),
        ("rule", &[("Rule", Risk::Interruption)]),
        ("topic", &[("AlarmSubscription1", Risk::Interruption), ("AlarmTopic", Risk::Interruption)]),
    ];
    for (name, replaced) in cases {
        let plan = planned(&deployed, &checked(&format!("{BEFORE}names:\n  {name}: another\n")));
        let losses: Vec<(&str, Risk)> = plan
            .changes
            .iter()
            .filter(|change| change.action == Action::Replace)
            .map(|change| (change.logical_id.as_str(), change.risk))
            .collect();
        assert_eq!(losses, replaced, "names.{name}");
        // An archive cannot be created beside the old one with the same name.
        assert_eq!(plan.obstacles().count(), usize::from(name == "bus"), "names.{name}");
        let lost = replaced.iter().filter(|(_, risk)| *risk == Risk::DataLoss).count();
        assert_eq!(plan.losing().count(), lost, "names.{name}");
        let field = format!("/names/{name}");
        let explained =
            plan.changes.iter().flat_map(|change| &change.properties).flat_map(|property| &property.cause);
        assert!(
            explained.clone().count() > 0 && explained.clone().all(|cause| cause.field == field),
            "{name}"
        );
    }
}

/// A function's effect on rows is a loss of the table, and accepted by the table's name.
#[test]
fn rows_that_live_shorter_are_the_tables_loss() {
    let deployed = content(&checked(BEFORE), "processor/new.zip");
    let plan = planned(&deployed, &checked(&format!("{BEFORE}table: {{ttl_days: 3}}\n")));
    let lost: Vec<(&str, &str)> =
        plan.losing().map(|change| (change.logical_id.as_str(), change.loser())).collect();
    assert_eq!(lost, [("Processor", "EventsTable")]);
}

#[test]
fn a_key_of_another_form_needs_another_table() {
    let deployed = content(&checked(BEFORE), "processor/new.zip");
    let other_key = format!("{BEFORE}event: {{partition_key: order_id}}\n");
    let plan = planned(&deployed, &checked(&other_key));
    assert_eq!(
        plan.obstacles().map(|(change, _)| change.logical_id.as_str()).collect::<Vec<_>>(),
        ["EventsTable"]
    );
    let plan = planned(&deployed, &checked(&format!("{other_key}names: {{table: orders-2}}\n")));
    assert_eq!(plan.obstacles().count(), 0);
    assert_eq!(plan.losing().count(), 1);
    assert_eq!(plan.losing().next().map(pipectl::plan::Change::loser), Some("EventsTable"));
}

/// Many changes of a large stack: a comment on GitHub holds them, and reports what is left out.
#[test]
fn a_comment_is_never_too_long() {
    let mut deployed = content(&checked(BEFORE), "processor/old.zip");
    for index in 0..400 {
        deployed.template["Resources"][format!("Gone{index}")] =
            json!({"Type": "AWS::SQS::Queue", "Properties": {"x": "|".repeat(50)}});
    }
    let page = plan_markdown(&planned(&deployed, &checked(AFTER)));
    assert!(page.chars().count() <= 65_536);
    assert!(page.contains("more lines are left out"));
}

#[test]
fn only_plan_writes_markdown() {
    let cloud = Cloud::new();
    for arguments in [
        &["validate", "specs/dev.yaml"][..],
        &["apply", "specs/dev.yaml"],
        &["render", "specs/dev.yaml"],
        &["status", "specs/dev.yaml"],
    ] {
        let arguments = [arguments, &["--format", "markdown"]].concat();
        cloud.run(&arguments).exited(64).reports(&["only `plan` writes `markdown`"]);
    }
    cloud.run(&["plan", "specs/dev.yaml", "--format", "sarif"]).exited(64);
}

fn saved(cloud: &Cloud) -> String {
    cloud.path("reviewed.plan").to_str().expect("UTF-8").to_owned()
}

#[test]
fn an_edited_spec_is_planned_in_every_form_and_executed_as_it_was_saved() {
    let cloud = Cloud::new();
    cloud
        .local("plan", &["--offline"])
        .exited(1)
        .reports(&["error[plan::nothing-kept]", "leave out `--offline`"]);
    cloud.local("apply", &[]).succeeded();

    // No change, in all forms; a template of another pipectl is not a change either.
    for form in ["human", "json", "markdown"] {
        let plan = cloud.local("plan", &["--detailed-exitcode", "--format", form]).succeeded();
        assert!(
            plan.stdout.to_lowercase().contains("no changes") || plan.json_document()["action"] == "none"
        );
        cloud.local("plan", &["--offline", "--detailed-exitcode", "--format", form]).succeeded();
    }

    let edited =
        SPEC.replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 4\n  retention_days: 2");
    cloud.write("spec.yaml", &edited);
    let location = format!("{}:8", cloud.path("spec.yaml").display());
    let line_8 = edited.lines().nth(7).expect("a line");
    assert_eq!(line_8.trim(), "retention_days: 2");
    for more in [&[][..], &["--offline"]] {
        let human = cloud.local("plan", &[more, &["--detailed-exitcode"]].concat()).exited(2);
        let human = human.prints(&[
            "queue.retention_days: 4 → 2",
            "MessageRetentionPeriod: 345600 → 172800",
            "queue.visibility_timeout_seconds: 3 → 4",
            "data loss: messages older than the new retention are deleted at once",
            "1 to modify\n1 with data loss",
            &location,
        ]);
        human.reports(&["next: pipectl apply", "--local --accept data-loss:Queue"]);
        let json =
            cloud.local("plan", &[more, &["--detailed-exitcode", "--format", "json"]].concat()).exited(2);
        let json = json.json_document();
        let cause = &json["changes"][0]["properties"][0]["cause"][0];
        assert_eq!((&cause["field"], &cause["line"]), (&json!("/queue/retention_days"), &json!(8)), "{json}");
        let page =
            cloud.local("plan", &[more, &["--detailed-exitcode", "--format", "markdown"]].concat()).exited(2);
        page.prints(&["[!CAUTION]", "<code>Queue</code> **loses data**", "<details>"]);
        cloud.local("plan", more).succeeded();
    }

    // Offline means without any call, and without the processor.
    cloud.run(&["local", "down"]).succeeded();
    let mut offline = cloud.command(&["plan", "spec.yaml", "--local", "--offline"]);
    let offline = offline.current_dir(cloud.path("")).env("PIPECTL_PROCESSOR", "/nonexistent");
    Run::of(offline.output().expect("pipectl runs"))
        .succeeded()
        .reports(&["offline", "the last apply from here"]);
    assert_eq!(cloud.status()["running"], false);

    a_saved_plan_is_executed_once(&cloud);
}

fn a_saved_plan_is_executed_once(cloud: &Cloud) {
    let plan = saved(cloud);
    // A spec must not be overwritten by a plan.
    let spec = cloud.path("spec.yaml");
    cloud.local("plan", &["--out", spec.to_str().expect("UTF-8")]).exited(1).reports(&["not a saved plan"]);

    cloud.local("plan", &["--out", &plan]).succeeded();
    cloud.run(&["apply", &plan, "--local"]).exited(4).reports(&["error[guard::data-loss]: `Queue`"]);
    let accept = ["--out", plan.as_str(), "--accept", "data-loss:Queue", "--detailed-exitcode"];
    cloud.local("plan", &accept).exited(2).reports(&["saved", "next: pipectl apply", "reviewed.plan"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&plan).expect("the plan").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    every_flipped_byte_is_refused(cloud, &plan);
    cloud.run(&["apply", &plan]).exited(4).reports(&["made for the local cloud", "--local"]);

    // The spec and the processor are not read any more.
    let text = std::fs::read_to_string(&spec).expect("the spec");
    cloud.write("spec.yaml", "nothing: of use\n");
    let mut apply = cloud.command(&["apply", &plan, "--local"]);
    let apply = apply.env("PIPECTL_PROCESSOR", "/nonexistent");
    Run::of(apply.output().expect("pipectl runs")).succeeded().reports(&["~ Queue", "updated walk-test"]);
    cloud.write("spec.yaml", &text);
    cloud.local("plan", &["--detailed-exitcode"]).succeeded();

    // The stack differs from the one in the plan.
    cloud.run(&["apply", &plan, "--local"]).exited(4).reports(&["error[plan::stale]", "make a new plan"]);
    cloud.local("destroy", &[]).succeeded();
    cloud.run(&["apply", &plan, "--local"]).exited(4).reports(&["error[plan::stale]"]);
    cloud.local("plan", &["--offline"]).exited(1).reports(&["error[plan::nothing-kept]"]);

    // A stack is not created twice either.
    cloud.local("plan", &["--out", &plan]).succeeded();
    cloud.run(&["apply", &plan, "--local"]).succeeded().reports(&["created walk-test"]);
    cloud.run(&["apply", &plan, "--local"]).exited(4).reports(&["error[plan::stale]"]);
}

/// Spread over the file; most are in the zip, and the others in the part before it.
fn every_flipped_byte_is_refused(cloud: &Cloud, plan: &str) {
    let whole = std::fs::read(plan).expect("the plan");
    let zip = whole.windows(6).position(|window| window == b"\"zip\":").expect("the zip");
    let mut seed: usize = 0x9e37_79b9;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for round in 0..20 {
        let location = random(if round % 2 == 0 { zip } else { whole.len() });
        let mut flipped = whole.clone();
        flipped[location] ^= 1 << random(8);
        let path = cloud.path("flipped.plan");
        std::fs::write(&path, &flipped).expect("written");
        let run = cloud.run(&["apply", path.to_str().expect("UTF-8"), "--local"]).exited(4);
        assert!(run.stderr.contains("error[plan::damaged]"), "byte {location}: {}", run.stderr);
    }
}

/// Attributes, types and keys that readers of the rows rely on are named if they are removed.
#[test]
fn a_change_of_the_rows_shape_is_a_break_of_the_contract_with_readers() {
    let mapping = |event: &str| format!("{SPEC}event: {{partition_key: order_id, sort_key: at, {event}}}\n");
    let before = checked(&mapping("attributes: {customer: $.detail.customer.id, total: $.detail.total}"));
    let deployed = content(&before, "processor/old.zip");
    let of = |event: &str| planned(&deployed, &checked(&mapping(event)));
    let same = of("attributes: {customer: $.detail.customer.id, total: $.detail.total}");
    assert_eq!(serde_json::to_value(&same).expect("JSON")["row_breaks"], json!([]));
    let plan = of("attributes: {client: $.detail.customer.id}, type: none");
    let document = serde_json::to_value(&plan).expect("JSON");
    assert_eq!(
        document["row_breaks"],
        json!([
            {"attribute": "event_type", "change": "removed", "before": "event_type", "after": null},
            {"attribute": "customer", "change": "renamed", "before": "customer", "after": "client"},
            {"attribute": "total", "change": "removed", "before": "total", "after": null},
        ])
    );
    let words = "breaks the contract with readers of the rows: `event_type` is no longer written, `customer` is now `client`";
    let text = strip_str(&plan_text(&plan)).to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&format!("interruption: {words}")), "{text}");
    assert!(plan_markdown(&plan).contains("breaks the contract with readers of the rows"));
    assert!(plan.losing().next().is_none(), "it needs no consent");
}
