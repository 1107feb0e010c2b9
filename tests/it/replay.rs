//! Events of the archive again: on the local cloud with the real processor, and with scripted answers of AWS.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run};
use crate::scripted::{Answer, Request, Scripted};

const DELETE_ITEM: &str = "DynamoDB_20120810.DeleteItem";

#[test]
fn missing_events_become_rows_and_the_others_are_duplicates() {
    let cloud = Cloud::new();
    let span = ["--from", "10m", "--to", "0s"];
    let replay = |more: &[&str]| cloud.local("replay", more);
    replay(&span).exited(1).reports(&["error[stack::missing]"]);
    cloud.local("apply", &[]).succeeded();
    replay(&["--follow"]).exited(1).reports(&["error[replay::none]", "--from TIME --to TIME"]);
    replay(&["--cancel"]).succeeded().reports(&["no replay of walk-archive-test is running"]);
    cloud.local("send", &["--count", "12", "--wait"]).succeeded();
    let rows = || cloud.local("query", &["--format", "json"]).succeeded().json()["rows"].clone();
    let before = rows();
    assert_eq!(before.as_array().map(Vec::len), Some(12), "{before}");
    for row in before.as_array().expect("rows").iter().take(2) {
        let key = |name: &str| json!({"S": row[name]});
        let key = json!({"shipment_id": key("shipment_id"), "event_timestamp": key("event_timestamp")});
        cloud.target("dynamodb", DELETE_ITEM, &json!({"TableName": "walk-test", "Key": key}).to_string());
    }

    let preview = replay(&[&span[..], &["--dry-run"]].concat()).succeeded();
    preview.reports(&["warning: `--to` is less than ten minutes ago"]).prints(&[
        "about 12 events",
        "the archive's total",
        "already rows",
        "by status-timestamp-index",
        "every rule on the bus: the local cloud cannot choose",
    ]);
    let dry = replay(&[&span[..], &["--dry-run", "--format", "json"]].concat()).succeeded().json_document();
    assert_eq!((&dry["dry_run"], &dry["estimate"]["basis"]), (&json!(true), &json!("archive_total")));
    assert!(dry["replay"].is_null() && dry["result"].is_null(), "{dry}");
    assert_eq!(rows().as_array().map(Vec::len), Some(10), "a dry run sends nothing");

    let done = replay(&[&span[..], &["--format", "json"]].concat()).succeeded().json_document();
    let result = &done["result"];
    let counts =
        ["read", "rows", "duplicates", "dead_letters", "returned", "waiting"].map(|name| &result[name]);
    assert_eq!(counts, [&json!(12), &json!(2), &json!(10), &json!(0), &json!(0), &json!(0)], "{done}");
    assert_eq!(done["replay"]["state"], "COMPLETED");
    let ids = |rows: &Value| {
        let ids = rows.as_array().expect("rows").iter().map(|row| row["event_id"].to_string());
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(ids(&rows()), ids(&before), "each once, under its own id");
    cloud
        .local("history", &[])
        .succeeded()
        .prints(&["replay --from 20", "12 messages processed, from walk-archive-test"]);

    cloud.target(
        "events",
        "AWSEvents.DeleteArchive",
        &json!({"ArchiveName": "walk-archive-test"}).to_string(),
    );
    replay(&span)
        .exited(1)
        .reports(&["error[replay::no-archive]: there is no archive `walk-archive-test`", "pipectl drift"]);
}

/// Without a call.
#[test]
fn a_span_that_is_none_and_a_bus_without_an_archive_are_refused() {
    let cloud = Cloud::new();
    let spec = cloud.path("spec.yaml");
    let replay = |more: &[&str]| cloud.run(&[&["replay", spec.to_str().expect("UTF-8")], more].concat());
    replay(&["--from", "1h", "--to", "2h"])
        .exited(64)
        .reports(&["error[replay::span]", "is not before `--to`"]);
    replay(&["--from", "1h", "--to", "9999-01-01T00:00:00Z"]).exited(64).reports(&["is in the future"]);
    replay(&["--from", "soon", "--to", "1h"]).exited(64).reports(&["error[query::no-time]", "--from 1h"]);
    replay(&["--from", "1h"]).exited(64).reports(&["--to"]);
    cloud.write("spec.yaml", &crate::cloud::SPEC.replace("queue:\n", "  archive: off\nqueue:\n"));
    replay(&["--from", "2h", "--to", "1h"])
        .exited(1)
        .reports(&["error[replay::no-archive]", "write `archive: {retention_days: 7}` under `bus`"]);
}

const ACCOUNT: &str = "111122223333";
const SPEC: &str = "\
version: 1
name: orders
environment: prod
bus: {pattern: {source: [a.b]}, rules: [{name: returns, pattern: {source: [c.d]}}]}
";
const SPAN: [&str; 4] = ["--from", "2026-01-31T08:00:00Z", "--to", "2026-01-31T09:00:00Z"];
const FROM: i64 = 1_769_846_400;

/// AWS with the pipeline and its archive. The answers to `DescribeReplay` are returned one after another, the last one
/// repeatedly; without any, no replay runs.
struct Aws {
    cloud: Cloud,
    service: Scripted,
}

impl Aws {
    fn new(spec: &str, replays: Vec<Value>) -> Self {
        let replays = Arc::new(Mutex::new(replays));
        let service = Scripted::new(move |request| answer(request, &mut replays.lock().expect("a lock")));
        let cloud = Cloud::new();
        cloud.write("spec.yaml", spec);
        Self { cloud, service }
    }

    fn command(&self, more: &[&str]) -> Command {
        let (spec, endpoint) = (self.cloud.path("spec.yaml"), self.service.http());
        let spec = spec.to_str().expect("UTF-8");
        let location = ["replay", spec, "--endpoint-url", &endpoint, "--region", "eu-west-1"];
        let mut command = self.cloud.command(&[&location, more].concat());
        command.env("AWS_ACCESS_KEY_ID", "A").env("AWS_SECRET_ACCESS_KEY", "S").env("AWS_MAX_ATTEMPTS", "1");
        command
    }

    fn replay(&self, more: &[&str]) -> Run {
        Run::of(self.command(more).output().expect("pipectl runs"))
    }

    /// The requests of an operation.
    fn asked(&self, operation: &str) -> Vec<Value> {
        let requests = self.service.taken();
        let of_it = requests.iter().filter(|request| request.header("x-amz-target").ends_with(operation));
        of_it.map(|request| serde_json::from_str(&request.body).expect("JSON")).collect()
    }
}

fn answer(request: &Request, replays: &mut Vec<Value>) -> Answer {
    let arn = |resource: &str| format!("arn:aws:events:eu-west-1:{ACCOUNT}:{resource}");
    let document = match request.header("x-amz-target").rsplit('.').next().unwrap_or_default() {
        "DescribeArchive" => json!({
            "ArchiveName": "orders-archive-prod", "ArchiveArn": arn("archive/orders-archive-prod"),
            "EventSourceArn": arn("event-bus/orders-prod"), "State": "ENABLED", "RetentionDays": 0,
            "CreationTime": 1_700_000_000, "EventCount": 100_000, "SizeBytes": 100_000_000,
        }),
        "ListReplays" => {
            // As in its status: a started replay has ended for it.
            let running = replays.first().filter(|replay| replay["Listed"] == true);
            let over = json!({"ReplayName": "earlier", "State": "COMPLETED"});
            let running = running.map(|_| json!({"ReplayName": "orders-archive-prod-1", "State": "RUNNING"}));
            let listed: Vec<Value> = [over].into_iter().chain(running).collect();
            json!({ "Replays": listed })
        }
        "DescribeReplay" => {
            if replays.len() > 1 {
                replays.remove(0)
            } else {
                replays[0].clone()
            }
        }
        "StartReplay" if replays.is_empty() => return denied(request),
        "StartReplay" | "CancelReplay" => json!({"State": "STARTING"}),
        _ => match request.action() {
            "GetCallerIdentity" => {
                return Answer::xml(format!(
                    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/ada</Arn>\
                     <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
                ));
            }
            "DescribeStacks" => {
                return Answer::xml(format!(
                    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>orders-prod</StackName>\
                     <StackId>arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/orders-prod/1</StackId>\
                     <StackStatus>UPDATE_COMPLETE</StackStatus><CreationTime>2026-01-01T10:00:00Z</CreationTime></member>\
                     </Stacks></DescribeStacksResult></DescribeStacksResponse>"
                ));
            }
            _ => return denied(request),
        },
    };
    Answer::json(document.to_string())
}

/// The calls that the account denies: metrics, rows, logs and the record.
fn denied(request: &Request) -> Answer {
    let is_json = !request.header("x-amz-target").is_empty();
    let json = json!({"__type": "AccessDeniedException", "message": "no"}).to_string();
    let xml = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    let answer = if is_json { Answer::json(json) } else { Answer::xml(xml) };
    answer.status(403)
}

fn state(state: &str, last: Option<i64>) -> Value {
    let mut replay = json!({
        "ReplayName": "orders-archive-prod-1", "State": state, "EventStartTime": FROM, "EventEndTime": FROM + 3_600,
        "ReplayStartTime": 1_769_850_300.5,
    });
    if let Some(last) = last {
        replay["EventLastReplayedTime"] = json!(last);
    }
    replay
}

#[test]
fn a_replay_is_sent_to_the_specs_own_rules_and_unreadable_parts_are_named() {
    let aws = Aws::new(SPEC, vec![state("RUNNING", Some(FROM + 900)), state("COMPLETED", None)]);
    let done = aws.replay(&SPAN).succeeded();
    done.reports(&[
        "not read      what the rules matched",
        "not checked   how many of them are rows",
        "not counted   rows, duplicates and dead letters",
        "logs:FilterLogEvents",
        "not recorded  this replay",
    ])
    .prints(&[
        "the archive's total, spread evenly",
        "orders-rule-prod, orders-rule-prod-returns, and no other on their bus",
        "completed",
    ]);
    let asked = aws.asked("StartReplay");
    let arn = |resource: &str| format!("arn:aws:events:eu-west-1:{ACCOUNT}:{resource}");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["EventSourceArn"], arn("archive/orders-archive-prod"));
    assert_eq!(
        asked[0]["Destination"],
        json!({"Arn": arn("event-bus/orders-prod"), "FilterArns": [
            arn("rule/orders-prod/orders-rule-prod"), arn("rule/orders-prod/orders-rule-prod-returns"),
        ]})
    );
    assert_eq!(
        (&asked[0]["EventStartTime"], &asked[0]["EventEndTime"]),
        (&json!(FROM), &json!(FROM + 3_600))
    );
    let name = asked[0]["ReplayName"].as_str().expect("a name");
    assert!(name.starts_with("orders-archive-prod-20") && name.len() <= 64, "{name}");

    // A replay that AWS refuses to start has ended: its record says so, if it can be written.
    let refused = Aws::new(SPEC, Vec::new()).replay(&SPAN).exited(1);
    refused.reports(&["`events:StartReplay` failed", "not recorded  this replay"]);

    let mut failed = state("FAILED", Some(FROM + 900));
    failed["StateReason"] = json!("the rule is gone");
    let aws = Aws::new(SPEC, vec![failed]);
    aws.replay(&SPAN).exited(1).reports(&[
        "error[replay::failed]",
        "`FAILED`: the rule is gone",
        "are duplicates then",
    ]);
}

#[test]
fn one_replay_at_a_time_is_followed_or_cancelled() {
    let listed = |mut replay: Value| {
        replay["Listed"] = json!(true);
        replay
    };
    let running = || vec![listed(state("RUNNING", Some(FROM)))];
    let aws = Aws::new(SPEC, running());
    let busy = aws.replay(&["--from", "2026-01-31T07:00:00Z", "--to", "2026-01-31T08:00:00Z"]).exited(5);
    busy.reports(&["error[replay::running]", "2026-01-31 08:00:00 to 09:00:00 UTC", "--follow", "--cancel"]);
    assert!(aws.asked("StartReplay").is_empty());
    // In the meantime, `--dry-run` still works, for any span.
    for span in [SPAN, ["--from", "2026-01-31T07:00:00Z", "--to", "2026-01-31T08:00:00Z"]] {
        let dry = aws.replay(&[&span[..], &["--dry-run"]].concat()).succeeded();
        dry.reports(&["runs          orders-archive-prod-1"]).prints(&["the archive's total"]);
    }
    assert!(aws.asked("StartReplay").is_empty());
    let cancelled = aws.replay(&["--cancel", "--format", "json"]).succeeded().json_document();
    assert_eq!(cancelled, json!({"version": 1, "cancelled": "orders-archive-prod-1"}));
    assert_eq!(aws.asked("CancelReplay"), [json!({"ReplayName": "orders-archive-prod-1"})]);
    // The same span, or none: it is followed to its end.
    for arguments in [&SPAN[..], &["--follow"]] {
        let aws = Aws::new(SPEC, [running(), vec![state("COMPLETED", None)]].concat());
        aws.replay(arguments)
            .succeeded()
            .reports(&["follows       orders-archive-prod-1, which is already running"]);
        assert!(aws.asked("StartReplay").is_empty());
    }
    // Production requires a confirmation, which is not possible without a terminal.
    let production = format!(
        "{SPEC}deploy: {{production: true, account: \"{ACCOUNT}\", region: eu-west-1}}\nalarms: {{notify: [ops@example.com]}}\n"
    );
    let aws = Aws::new(&production, vec![state("COMPLETED", None)]);
    aws.replay(&SPAN).exited(4).reports(&["error[guard::needs-answer]", "--yes"]);
    assert!(aws.asked("StartReplay").is_empty());
}

#[test]
fn ctrl_c_leaves_the_replay_to_aws_and_prints_how_to_cancel_it() {
    let aws = Aws::new(SPEC, vec![state("RUNNING", Some(FROM + 60))]);
    let mut command = aws.command(&SPAN);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pipectl runs");
    let mut described = 0;
    while described == 0 {
        described = aws.asked("DescribeReplay").len();
        assert!(child.try_wait().expect("a child").is_none(), "it ends by itself");
        sleep(Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let ended = Run::of(child.wait_with_output().expect("an end")).exited(130);
    ended.reports(&[
        "error[command::interrupted]: stopped; the replay `orders-archive-prod-20",
        "continues in AWS",
        "--follow",
        "--cancel",
    ]);
}
