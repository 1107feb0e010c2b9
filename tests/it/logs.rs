//! The processor's log and the stacks of an account: what is read of them, and what is reported if they cannot be read.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run};
use crate::proxy::{Call, Fate, Proxy};
use crate::scripted::{Answer, Request, Scripted};

/// Longer than any read takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends an invalid event, and waits until it is a dead letter.
fn dies(cloud: &Cloud) {
    let event = json!({"event_timestamp": "2026-11-23T10:00:00Z", "event_type": "created", "event_data": {}});
    let event = cloud.write("dead.json", &event.to_string());
    cloud.local("send", &["--event", event.to_str().expect("UTF-8"), "--wait"]).exited(1);
}

fn reads_log(call: &Call) -> bool {
    call.name == "FilterLogEvents"
}

#[test]
fn the_log_and_the_stacks_are_shown_and_what_is_missing_is_named() {
    let cloud = Cloud::new();
    let list = |more: &[&str]| cloud.run(&[&["list", "--local"], more].concat());
    list(&[]).succeeded().reports(&["no stacks that pipectl deployed"]);
    cloud.local("logs", &[]).exited(1).reports(&["error[stack::missing]", "pipectl apply"]);
    cloud.local("apply", &[]).succeeded();
    cloud.local("logs", &[]).succeeded().reports(&[
        "no lines since ",
        "/aws/lambda/walk-processor-test",
        "pipectl status",
    ]);
    cloud.local("send", &["--count", "2", "--wait"]).succeeded();
    dies(&cloud);

    let grave = cloud.local("logs", &["--level", "warn"]).succeeded();
    let grave = grave.prints(&[
        "ERROR record is a dead letter reason=missing-field message_id=",
        "`shipment_id` is missing",
    ]);
    assert!(!grave.stdout.contains("report: "), "{}", grave.stdout);
    let all = cloud.local("logs", &[]).succeeded().prints(&[
        "       start",
        "       end",
        "       report: ",
        " MB",
    ]);
    assert!(!all.stdout.contains("records="), "metrics are left out: {}", all.stdout);
    all.reports(&["`-v` shows "]);
    cloud.local("logs", &["--verbose"]).succeeded().prints(&[
        "       batch ",
        "records=1",
        "receive_count=1",
    ]);

    let lines = |more: &[&str]| -> Vec<Value> {
        let run = cloud.local("logs", &[&["--format", "json"], more].concat()).succeeded();
        run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let records = lines(&["--level", "error"]);
    assert_eq!(records.len(), 1, "{records:?}");
    let record = &records[0];
    assert_eq!(
        (&record["version"], &record["kind"], &record["level"]),
        (&json!(1), &json!("record"), &json!("ERROR"))
    );
    assert_eq!(record["fields"]["reason"], "missing-field");
    let id = record["fields"]["message_id"].as_str().expect("an id");
    assert_eq!(lines(&["--filter", id]), records);
    assert!(lines(&["--since", "1s", "--filter", "no such text"]).is_empty());
    cloud.local("logs", &["--filter", "no such text"]).succeeded().reports(&["no matching lines since "]);
    cloud.local("logs", &["--since", "yesterday"]).exited(64).reports(&["error[query::no-time]"]);

    follows_through_a_failure(&cloud);

    let listed =
        list(&[]).succeeded().prints(&["walk-test  test", "CREATE_COMPLETE", env!("CARGO_PKG_VERSION")]);
    assert_eq!(listed.stdout.lines().count(), 2, "{}", listed.stdout);
    let of_others = [
        ("Action", "CreateStack"),
        ("StackName", "billing"),
        ("TemplateBody", r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}"#),
    ];
    cloud.call("cloudformation", &of_others);
    let document = list(&["--format", "json"]).succeeded().json();
    let stacks = document["stacks"].as_array().expect("stacks");
    assert_eq!((stacks.len(), &document["unread"]), (1, &json!([])));
    assert_eq!(
        (&stacks[0]["name"], &stacks[0]["environment"], &stacks[0]["production"]),
        (&json!("walk-test"), &json!("test"), &json!(false))
    );
    assert!(stacks[0]["contract"].is_u64() && stacks[0]["last_apply"]["result"] == "created", "{document}");
    assert_eq!(stacks[0]["processor"].as_str().map(str::len), Some(64), "{document}");

    let proxy = Proxy::before(&cloud);
    proxy.judge(|call| if reads_log(call) || call.name == "GetTemplate" { Fate::Deny } else { Fate::Pass });
    cloud.local("logs", &[]).exited(1).reports(&["error[aws::denied]", "logs:FilterLogEvents"]);
    let listed = list(&[])
        .succeeded()
        .reports(&["  not read      a stack in us-east-1: ", "cloudformation:GetTemplate"]);
    assert!(listed.stdout.contains("walk-test"), "{}", listed.stdout);
    proxy.judge(|_| Fate::Pass);

    let group = json!({"logGroupName": "/aws/lambda/walk-processor-test"});
    cloud.target("logs", "Logs_20140328.DeleteLogGroup", &group.to_string());
    cloud.local("logs", &[]).exited(1).reports(&["error[logs::no-group]", "pipectl drift"]);
}

/// Each line is printed once, whatever happens to the calls in between, until Ctrl-C.
fn follows_through_a_failure(cloud: &Cloud) {
    let spec = cloud.path("spec.yaml");
    let arguments =
        ["logs", spec.to_str().expect("UTF-8"), "--local", "--follow", "--level", "error", "--since", "1h"];
    let proxy = Proxy::before(cloud);
    let mut command = cloud.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pipectl runs");
    let out = lines_of(child.stdout.take().expect("stdout"));
    let err = lines_of(child.stderr.take().expect("stderr"));
    waits_for(&out, "record is a dead letter");
    proxy.judge(|call| if reads_log(call) { Fate::Lose } else { Fate::Pass });
    waits_for(&err, "retrying");
    dies(cloud);
    proxy.judge(|_| Fate::Pass);
    waits_for(&out, "record is a dead letter");
    waits_for(&err, "reading the log again");
    assert_eq!(interrupted(child), Some(130));
    assert_eq!(out.iter().collect::<Vec<_>>(), [""; 0], "no line comes twice");
    assert_eq!(err.iter().collect::<Vec<_>>(), [""; 0], "and the end is not an error");
}

fn lines_of(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

#[track_caller]
fn waits_for(lines: &Receiver<String>, text: &str) {
    while !lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("`{text}` does not come")).contains(text) {}
}

fn interrupted(mut child: Child) -> Option<i32> {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill").success());
    child.wait().expect("an end").code()
}

const ACCOUNT: &str = "111122223333";

fn identity() -> Answer {
    Answer::xml(format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/ada</Arn>\
         <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    ))
}

/// A page of stacks, the first one of the given name with pipectl's tags, the others with some of them.
fn stacks(name: &str, next: &str) -> Answer {
    let tags = ["pipeline", "environment"]
        .map(|tag| format!("<member><Key>pipectl:{tag}</Key><Value>{tag}\u{9b}31m</Value></member>"));
    let stack = |name: &str, more: &str| {
        format!(
            "<member><StackName>{name}</StackName><StackId>arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/{name}/1</StackId>\
             <StackStatus>UPDATE_ROLLBACK_COMPLETE</StackStatus><CreationTime>2026-11-27T10:00:00Z</CreationTime>{more}</member>"
        )
    };
    let ours = format!("<Tags>{}</Tags>", tags.concat());
    let nested = format!("<ParentId>arn:aws:x</ParentId><RootId>arn:aws:x</RootId>{ours}");
    let members = [
        stack(name, &ours),
        stack("billing", ""),
        stack("half", &format!("<Tags>{}</Tags>", tags[0])),
        stack("nested", &nested),
    ];
    let next = if next.is_empty() { String::new() } else { format!("<NextToken>{next}</NextToken>") };
    Answer::xml(format!(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks>{}</Stacks>{next}</DescribeStacksResult></DescribeStacksResponse>",
        members.concat()
    ))
}

fn error(code: &str) -> Answer {
    let text = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>refused</Message></Error></ErrorResponse>"
    );
    Answer::xml(text).status(403)
}

fn run(aws: &Scripted, cloud: &Cloud, arguments: &[&str]) -> Run {
    let endpoint = aws.http();
    let mut command = cloud.command(&[arguments, &["--endpoint-url", &endpoint]].concat());
    command.env("AWS_ACCESS_KEY_ID", "A").env("AWS_SECRET_ACCESS_KEY", "S").env("AWS_MAX_ATTEMPTS", "1");
    Run::of(command.output().expect("pipectl runs"))
}

#[test]
fn stacks_are_found_through_pages_and_a_region_that_is_refused_is_named() {
    let script = |request: &Request| {
        let is_in = |region: &str| request.header("authorization").contains(&format!("/{region}/"));
        match request.action() {
            "GetCallerIdentity" if is_in("me-south-1") => error("InvalidClientTokenId"),
            "GetCallerIdentity" => identity(),
            "DescribeStacks" if is_in("eu-north-1") => error("AccessDenied"),
            "DescribeStacks" if request.parameter("NextToken").is_empty() => stacks("first", "2"),
            "DescribeStacks" => stacks("second", ""),
            _ => error("AccessDenied"),
        }
    };
    let (aws, cloud) = (Scripted::new(script), Cloud::new());
    let regions = ["list", "--regions", "eu-west-1,me-south-1,eu-north-1"];
    let listed = run(&aws, &cloud, &regions).succeeded().prints(&[
        "first",
        "second",
        "environment",
        "UPDATE_ROLLBACK_COMPLETE",
    ]);
    assert!(
        ["billing", "half", "nested", "\u{9b}"].iter().all(|text| !listed.stdout.contains(text)),
        "{}",
        listed.stdout
    );
    listed.reports(&[
        "not read      me-south-1: region `me-south-1` is not enabled for this account",
        "not read      eu-north-1: `cloudformation:DescribeStacks` failed",
        "not read      2 stacks in eu-west-1: `cloudformation:GetTemplate` failed",
    ]);
    let document = run(&aws, &cloud, &[&regions[..], &["--format", "json"]].concat()).succeeded().json();
    assert_eq!(document["stacks"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["unread"].as_array().map(Vec::len), Some(3), "{document}");
    // If none can be read, it is an error.
    run(&aws, &cloud, &["list", "--region", "eu-north-1"]).exited(1).reports(&["error[aws::denied]"]);
    run(&aws, &cloud, &["list", "--regions", "eu north"]).exited(64);
}

#[test]
fn the_log_is_asked_for_with_a_pattern_and_page_by_page() {
    let line = |id: &str, text: String| json!({"eventId": id, "timestamp": 1_764_230_400_000_i64, "message": text, "logStreamName": "s"});
    let hostile = json!({"level": "ERROR", "message": "dead \u{1b}[2J", "detail": "x\u{202e}"}).to_string();
    let script = move |request: &Request| {
        if request.header("x-amz-target").ends_with("FilterLogEvents") {
            let asked: Value = serde_json::from_str(&request.body).expect("JSON");
            let page = match asked["nextToken"].as_str() {
                None => json!({"events": [line("1", hostile.clone())], "nextToken": "2"}),
                // An empty page need not be the last.
                Some("2") => json!({"events": [], "nextToken": "3"}),
                // The same line again, and one that matches the filter pattern but is not wanted.
                _ => {
                    json!({"events": [line("1", hostile.clone()), line("2", "error of no level".to_owned()), line("3", "START RequestId: error Version: 1".to_owned())]})
                }
            };
            return Answer::json(page.to_string());
        }
        match request.action() {
            "GetCallerIdentity" => identity(),
            "DescribeStacks" => stacks("walk-test", ""),
            _ => error("AccessDenied"),
        }
    };
    let (aws, cloud) = (Scripted::new(script), Cloud::new());
    let stack = "version: 1\nname: pipeline\nenvironment: environment\nnames: {stack: walk-test}\n\
                 bus: {pattern: {source: [a.b]}}\n";
    let spec = cloud.write("spec.yaml", stack);
    let arguments = ["logs", spec.to_str().expect("UTF-8"), "--region", "eu-west-1", "--level", "error"];
    let shown = run(&aws, &cloud, &arguments).succeeded();
    assert_eq!(shown.stdout.lines().count(), 3, "the day and two lines: {}", shown.stdout);
    let shown = shown.prints(&["ERROR dead \\u{1b}[2J detail=x\\u{202e}", "ERROR error of no level"]);
    assert!(!shown.stdout.contains(['\u{1b}', '\u{202e}']));
    let asked: Vec<Value> = aws
        .taken()
        .iter()
        .filter(|request| request.header("x-amz-target").ends_with("FilterLogEvents"))
        .map(|request| serde_json::from_str(&request.body).expect("JSON"))
        .collect();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0]["logGroupName"], "/aws/lambda/pipeline-processor-environment");
    assert_eq!(asked[0]["filterPattern"], "%ERROR|Error|error|timed.out|exited|panicked|fault|failed%");
    assert!(asked[0]["startTime"].is_i64() && asked[2]["nextToken"] == "3", "{asked:?}");
}

/// Reading the stacks of other specs is allowed only on request.
#[test]
fn the_policy_of_a_spec_reads_no_other_stack_and_that_of_list_reads_all() {
    let cloud = Cloud::new();
    let spec = cloud.path("spec.yaml");
    let printed = |more: &[&str]| {
        let arguments = ["permissions", spec.to_str().expect("UTF-8"), "--local", "--format", "json"];
        let policy = cloud.run(&[&arguments, more].concat()).succeeded().json_document();
        policy["Statement"].as_array().expect("statements").clone()
    };
    let all = "arn:aws:cloudformation:us-east-1:000000000000:stack/*/*";
    let whole = printed(&[]);
    assert!(!whole.iter().any(|statement| statement.to_string().contains(all)), "{whole:?}");
    let statements = printed(&["--command", "list"]);
    let mut actions: Vec<String> =
        statements.iter().flat_map(|statement| crate::deployer::listed(&statement["Action"])).collect();
    actions.sort();
    let expected =
        ["cloudformation:DescribeStacks", "cloudformation:GetTemplate", "s3:GetObject", "s3:ListBucket"];
    assert_eq!(actions, expected);
    assert!(statements.iter().any(|statement| statement["Resource"] == all), "{statements:?}");
}
