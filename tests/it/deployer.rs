//! A deployer with exactly the printed policy can do everything, and without any one of its actions not everything. The
//! local cloud in its IAM mode decides; what it cannot decide is checked by its evaluator, or explained.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use pipectl::permissions::{CALLS, Command, Needs};
use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};
use crate::policy::python;
use crate::tools::target;

/// Actions of the policy whose absence has no effect in the local cloud, each with the reason.
const UNSEEN: [(&str, &str); 22] = [
    (
        "cloudformation:BatchDescribeTypeConfigurations",
        "AWS asks for it in DetectStackDrift; the local cloud does not",
    ),
    ("cloudformation:ContinueUpdateRollback", "a stack that is stuck, which the walk has none of"),
    (
        "cloudformation:DeleteChangeSet",
        "what a declined apply cannot delete is left to the next one; needed where nothing is to be changed",
    ),
    ("cloudformation:DescribeEvents", "optional: the longer words about a change set that was refused"),
    ("cloudformation:ListStacks", "optional: only for a table that nothing records and no stack has"),
    (
        "cloudformation:DetectStackResourceDrift",
        "AWS asks for it in DetectStackDrift; the local cloud does not",
    ),
    ("cloudformation:RollbackStack", "a stack that is stuck, which the walk has none of"),
    ("cloudwatch:DescribeAlarms", "the local cloud asks for no right where CloudWatch speaks CBOR"),
    ("cloudwatch:GetDashboard", "the local cloud asks for no right where CloudWatch speaks CBOR"),
    ("cloudwatch:GetMetricData", "the local cloud asks for no right where CloudWatch speaks CBOR"),
    ("cloudwatch:GetMetricStatistics", "the local cloud asks for no right where CloudWatch speaks CBOR"),
    ("events:CancelReplay", "the local cloud has no archives in its templates"),
    ("events:DescribeArchive", "optional: the local cloud has no archives in its templates"),
    ("events:DescribeReplay", "the local cloud has no archives in its templates"),
    ("events:ListReplays", "the local cloud has no archives in its templates"),
    ("events:StartReplay", "the local cloud has no archives in its templates"),
    ("lambda:GetAccountSettings", "optional: only for a spec that asks for concurrency"),
    ("lambda:GetEventSourceMapping", "the local cloud asks for ListEventSourceMappings instead"),
    (
        "lambda:UpdateEventSourceMapping",
        "the local cloud asks for no right there; only `drift --revert` makes the call",
    ),
    ("s3:GetBucketPolicy", "optional: without it the bucket is made once more, which changes nothing"),
    (
        "s3:GetBucketVersioning",
        "optional: without it versions are switched on once more, which changes nothing",
    ),
    (
        "s3:GetObjectVersion",
        "optional: without it the zip is uploaded once more; and Lambda reads the zip in the caller's name; the local cloud in its own",
    ),
];

/// A pipeline for this machine's architecture, without what the local cloud refuses in a template.
pub(crate) fn spec() -> String {
    let architecture = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "x86_64" };
    let spec = SPEC.replace("processor:\n", &format!("processor:\n  architecture: {architecture}\n"));
    let deploy = "deploy:\n  account: \"000000000000\"\n  region: us-east-1\n  templates: templates\n";
    format!("{spec}{deploy}alarms: {{notify: [ops@example.com]}}\n")
}

/// The same in production, where the stack has termination protection.
fn production() -> String {
    spec()
        .replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 18")
        .replace("max_receive_count: 2", "max_receive_count: 5")
        .replace("deploy:\n", "deploy:\n  production: true\n")
}

/// An account in a separate local cloud that enforces its policies.
pub(crate) struct Account {
    pub(crate) cloud: Cloud,
    wire: Wire,
    owner: Owner,
    key: String,
    secret: String,
}

impl Account {
    pub(crate) fn new() -> Self {
        let cloud = Cloud::new();
        let mut up = cloud.command(&["local", "up"]);
        Run::of(up.env("PIPECTL_LOCAL_IAM", "1").output().expect("pipectl runs")).succeeded();
        let wire = Wire::before(&cloud.endpoint());
        let mut owner = Owner::new(&cloud.endpoint());
        let made = owner.ask(&json!({"do": "user", "name": "deployer"}));
        let text = |name: &str| made[name].as_str().expect("a key").to_owned();
        let (key, secret) = (text("key"), text("secret"));
        // Parts of a template that AWS supports and the local cloud refuses.
        let folder = cloud.path("templates");
        cloud.run(&["eject", "bus.yaml.j2", "--to", folder.to_str().expect("UTF-8")]).succeeded();
        let path = cloud.path("templates/bus.yaml.j2");
        let template = std::fs::read_to_string(&path).expect("the copy");
        let (before, _) = template
            .split_once("{% if archive_pattern is not none %}")
            .expect("the archive and what follows");
        std::fs::write(path, before).expect("a written file");
        cloud.write("spec.yaml", &spec());
        Self { cloud, wire, owner, key, secret }
    }

    /// The printed policy, in parts.
    pub(crate) fn printed(&self, more: &[&str]) -> Value {
        let path = self.cloud.path("spec.yaml");
        let mut arguments = vec!["permissions", path.to_str().expect("UTF-8"), "--format", "json"];
        arguments.extend(more);
        self.cloud.run(&arguments).succeeded().json_document()
    }

    /// Gives the deployer the policy without some actions, and no other policy.
    pub(crate) fn give(&mut self, policy: &Value, without: &str) {
        let left = as_local(policy, without);
        self.owner.ask(&json!({"do": "policy", "name": "deployer", "documents": [left]}));
    }

    /// Runs a command as the deployer.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let path = self.cloud.path("spec.yaml");
        let mut all: Vec<&str> = Vec::new();
        let dead = self.cloud.path("dead.json");
        for argument in arguments {
            all.push(match *argument {
                "SPEC" => path.to_str().expect("UTF-8"),
                "DEAD" => dead.to_str().expect("UTF-8"),
                plain => plain,
            });
        }
        all.extend(["--endpoint-url", self.wire.endpoint.as_str()]);
        let mut command = self.cloud.command(&all);
        command.env("AWS_ACCESS_KEY_ID", &self.key).env("AWS_SECRET_ACCESS_KEY", &self.secret);
        // Built by the first command that needs it.
        let mut built = target("release/bootstrap");
        if arguments.contains(&"--code-only") {
            let mut other = std::fs::read(&built).expect("a processor");
            other.extend(b"another build");
            built = self.cloud.path("other");
            std::fs::write(&built, other).expect("a written file");
        }
        if arguments[0] != "plan" && built.exists() {
            command.env("PIPECTL_PROCESSOR", built);
        }
        Run::of(command.output().expect("pipectl runs"))
    }

    /// The error code of a call as the deployer.
    fn attempt(&mut self, service: &str, operation: &str, parameters: Value) -> Option<String> {
        let (key, secret) = (self.key.clone(), self.secret.clone());
        let answer = self.owner.ask(&json!({
            "do": "attempt", "key": key, "secret": secret, "service": service, "operation": operation,
            "parameters": parameters,
        }));
        answer["error"].as_str().map(str::to_owned)
    }
}

/// A policy in the form that the local cloud needs, without one action. It differs from AWS in three ways: it requires
/// `sqs:SendMessageBatch`, where AWS requires `sqs:SendMessage`; `lambda:ListAliases`, where AWS requires
/// `lambda:UpdateAlias`; and for a rule of the default bus it checks the bus that DescribeEventBus names.
fn as_local(policy: &Value, without: &str) -> Value {
    let mut policy = policy.clone();
    let mut statements = policy["Statement"].take().as_array().cloned().expect("statements");
    let rule = "arn:aws:events:us-east-1:000000000000:rule/default/walk-test";
    statements.push(json!({"Effect": "Allow", "Action": "events:DescribeEventBus", "Resource": rule}));
    for statement in &mut statements {
        let mut actions = listed(&statement["Action"]);
        for action in actions.clone() {
            if ["SendMessage", "DeleteMessage", "ChangeMessageVisibility"]
                .contains(&action.trim_start_matches("sqs:"))
            {
                actions.push(format!("{action}Batch"));
            }
        }
        let denies = statement["Effect"] == "Deny";
        actions.retain(|action| denies || action.trim_end_matches("Batch") != without);
        if actions.iter().any(|action| action == "lambda:UpdateAlias") {
            actions.push("lambda:ListAliases".to_owned());
        }
        statement["Action"] = json!(actions);
    }
    statements.retain(|statement| statement["Action"] != json!([]));
    policy["Statement"] = json!(statements);
    policy
}

pub(crate) fn listed(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        list => list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

/// A process with the owner's keys.
struct Owner {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Owner {
    fn new(endpoint: &str) -> Self {
        let mut process = Process::new(python())
            .args([concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/account.py"), endpoint])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let to = process.stdin.take().expect("its input");
        let from = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, to, from }
    }

    fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.to, "{request}").expect("a request");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("an answer");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} after {request}: {line}"))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A proxy to the local cloud that declares all calls as TLS, as on AWS, and records them.
struct Wire {
    endpoint: String,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    fn before(endpoint: &str) -> Self {
        let cloud = endpoint.strip_prefix("http://").expect("an address").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let own = listener.local_addr().expect("an address");
        let calls: Arc<Mutex<Vec<String>>> = Arc::default();
        let wire = Self { endpoint: format!("http://{own}"), calls: Arc::clone(&calls) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (cloud, calls) = (cloud.clone(), Arc::clone(&calls));
                thread::spawn(move || drop(serve(client, &cloud, &calls)));
            }
        });
        wire
    }

    /// The operations since the last call, each once, in order.
    fn taken(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut calls = std::mem::take(&mut *self.calls.lock().expect("a lock"));
        calls.retain(|call| seen.insert(call.clone()));
        calls
    }
}

fn serve(mut client: TcpStream, cloud: &str, calls: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 65_536];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        match client.read(&mut buffer)? {
            0 => return Ok(()),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    if header("expect:").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length: usize = header("content-length:").and_then(|value| value.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end);
    while body.len() < length {
        match client.read(&mut buffer)? {
            0 => break,
            count => body.extend_from_slice(&buffer[..count]),
        }
    }
    calls.lock().expect("a lock").push(operation(&head, &body));
    let mut server = TcpStream::connect(cloud)?;
    let head_lines =
        head.lines().filter(|line| !line.is_empty() && !line.to_lowercase().starts_with("connection:"));
    let head: Vec<&str> = head_lines.collect();
    write!(server, "{}\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n", head.join("\r\n"))?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    // One call per connection. Without the header the client reuses the connection for its next call, which may fail
    // because it is closed.
    let status = answer.windows(2).position(|two| two == b"\r\n").map_or(answer.len(), |end| end + 2);
    client.write_all(&answer[..status])?;
    client.write_all(b"Connection: close\r\n")?;
    client.write_all(&answer[status..])
}

/// `sqs:ReceiveMessage`: the service that a call is signed for, and the API's name of the operation.
fn operation(head: &str, body: &[u8]) -> String {
    let signed =
        head.lines().find(|line| line.to_lowercase().starts_with("authorization:")).unwrap_or_default();
    let service =
        signed.split("Credential=").nth(1).and_then(|scope| scope.split('/').nth(3)).unwrap_or_default();
    let service = if service == "monitoring" { "cloudwatch" } else { service };
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let target = head.lines().find(|line| line.to_lowercase().starts_with("x-amz-target:"));
    let body = String::from_utf8_lossy(&body[..body.len().min(4_096)]).into_owned();
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let name = match (target, action, path.split_once("/operation/")) {
        (Some(target), ..) => target.rsplit(['.', ' ']).next().unwrap_or_default().to_owned(),
        (None, Some(action), _) => action.to_owned(),
        (None, None, Some((_, operation))) => operation.to_owned(),
        (None, None, None) => by_path(service, method, path),
    };
    format!("{service}:{name}")
}

fn by_path(service: &str, method: &str, path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts = path.split('/').filter(|part| !part.is_empty()).count();
    let name = match (service, method) {
        ("s3", "HEAD") if parts > 1 => "HeadObject",
        ("s3", "HEAD") => "HeadBucket",
        ("s3", "GET") if query.contains("list-type") => "ListObjectsV2",
        ("s3", "GET") if query.starts_with("policy") => "GetBucketPolicy",
        ("s3", "GET") if query.starts_with("lifecycle") => "GetBucketLifecycleConfiguration",
        ("s3", "GET") if query.starts_with("tagging") => "GetBucketTagging",
        ("s3", "GET") if query.starts_with("versioning") => "GetBucketVersioning",
        ("s3", "GET") if parts > 1 => "GetObject",
        ("s3", "PUT") if query.starts_with("publicAccessBlock") => "PutPublicAccessBlock",
        ("s3", "PUT") if query.starts_with("lifecycle") => "PutBucketLifecycleConfiguration",
        ("s3", "PUT") if query.starts_with("policy") => "PutBucketPolicy",
        ("s3", "PUT") if query.starts_with("tagging") => "PutBucketTagging",
        ("s3", "PUT") if query.starts_with("versioning") => "PutBucketVersioning",
        ("s3", "PUT") if parts > 1 => "PutObject",
        ("s3", "PUT") => "CreateBucket",
        ("lambda", "GET") if path.ends_with("/configuration") => "GetFunctionConfiguration",
        ("lambda", "GET") if path.ends_with("/concurrency") => "GetFunctionConcurrency",
        ("lambda", "GET") if path.trim_end_matches('/').ends_with("event-source-mappings") => {
            "ListEventSourceMappings"
        }
        ("lambda", "GET") if path.contains("/event-source-mappings/") => "GetEventSourceMapping",
        ("lambda", "GET") if path.contains("/aliases/") => "GetAlias",
        ("lambda", "PUT") if path.contains("/aliases/") => "UpdateAlias",
        ("lambda", "PUT") if path.ends_with("/code") => "UpdateFunctionCode",
        ("lambda", "POST") if path.ends_with("/versions") => "PublishVersion",
        ("lambda", "PUT") if path.contains("/event-source-mappings/") => "UpdateEventSourceMapping",
        _ => return format!("{method} {path}?{query}"),
    };
    name.to_owned()
}

/// A step of a deployer's work.
struct Step {
    name: &'static str,
    command: Command,
    arguments: &'static [&'static str],
    /// Its exit code if everything is allowed.
    exit: i32,
    /// The actions without which it fails. The last one of a step may change something before it fails.
    breaks_without: Vec<&'static str>,
    /// The actions without which it reports what it did not read, and continues.
    continues_without: &'static [&'static str],
}

fn step(
    name: &'static str,
    command: Command,
    arguments: &'static [&'static str],
    breaks_without: &[&'static str],
) -> Step {
    let breaks_without = breaks_without.to_vec();
    Step { name, command, arguments, exit: 0, breaks_without, continues_without: &[] }
}

/// From the first plan to the destroy.
fn walk() -> Vec<Step> {
    use Command::{
        Apply, Cost, Destroy, Dlq, Drift, History, Logs, Plan, Query, Recover, Revert, Rollback, Send,
        Status, Trace, Verify,
    };
    let first = [
        "s3:CreateBucket",
        "s3:PutBucketPublicAccessBlock",
        "s3:GetLifecycleConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutBucketVersioning",
        "s3:PutBucketPolicy",
        "s3:PutObject",
        "cloudformation:CreateChangeSet",
        "cloudformation:DescribeChangeSet",
    ];
    let looks = &[
        "cloudformation:DescribeStacks",
        "s3:ListBucket",
        "s3:GetObject",
        "sqs:GetQueueUrl",
        "sqs:GetQueueAttributes",
        "lambda:GetFunctionConfiguration",
        "lambda:ListEventSourceMappings",
        "dynamodb:DescribeTable",
    ];
    let drift = [
        "cloudformation:DetectStackDrift",
        "cloudformation:DescribeStackDriftDetectionStatus",
        "cloudformation:DescribeStackResourceDrifts",
        "cloudformation:ListStackResources",
    ];
    let changes =
        ["cloudformation:GetTemplate", "cloudformation:GetStackPolicy", "cloudformation:DescribeStackEvents"];
    let apply = &["apply", "SPEC", "--yes"];
    let dead = &["send", "SPEC", "--event", "DEAD", "--wait"];
    vec![
        Step {
            continues_without: &[
                "dynamodb:DescribeTable",
                "events:DescribeEventBus",
                "lambda:GetFunctionConfiguration",
                "logs:DescribeLogGroups",
                "sqs:GetQueueUrl",
            ],
            ..step("plan", Plan, &["plan", "SPEC"], &["cloudformation:DescribeStacks"])
        },
        Step { exit: 4, ..step("apply, declined", Apply, &["apply", "SPEC"], &first) },
        step("apply", Apply, apply, &["cloudformation:ExecuteChangeSet", "cloudformation:SetStackPolicy"]),
        step("apply without changes", Apply, apply, &[]),
        step(
            "code alone",
            Apply,
            &["apply", "SPEC", "--yes", "--code-only"],
            &["lambda:UpdateFunctionCode", "lambda:PublishVersion", "lambda:UpdateAlias"],
        ),
        step("update", Apply, apply, &changes),
        // The history is read and written in addition to the change.
        Step { continues_without: &["s3:ListBucket"], ..step("second update", Apply, apply, &[]) },
        Step { continues_without: &["s3:PutObject"], ..step("third update", Apply, apply, &[]) },
        step("plan again", Plan, &["plan", "SPEC"], &[]),
        step(
            "send",
            Send,
            &["send", "SPEC", "--count", "3", "--wait"],
            &["events:PutEvents", "dynamodb:BatchGetItem"],
        ),
        step("send to the queue", Send, &["send", "SPEC", "--to", "queue", "--wait"], &["sqs:SendMessage"]),
        Step { exit: 1, ..step("send a dead event", Send, dead, &[]) },
        Step { continues_without: looks, ..step("status", Status, &["status", "SPEC"], &[]) },
        Step {
            continues_without: &[
                "events:DescribeRule",
                "events:ListTargetsByRule",
                "lambda:GetFunctionConcurrency",
                "dynamodb:DeleteItem",
            ],
            ..step("verify", Verify, &["verify", "SPEC"], &["events:PutEvents", "dynamodb:Query"])
        },
        step("logs", Logs, &["logs", "SPEC"], &["logs:FilterLogEvents"]),
        // An unknown event: each location is searched.
        Step {
            exit: 1,
            ..step("trace", Trace, &["trace", "SPEC", "none", "--key", "none"], &["dynamodb:Query"])
        },
        Step { exit: 1, ..step("scan", Trace, &["trace", "SPEC", "none", "--scan"], &["dynamodb:Scan"]) },
        step("query", Query, &["query", "SPEC", "--since", "1h"], &["dynamodb:Query"]),
        // The local cloud has no metrics of queues.
        Step { exit: 1, ..step("cost", Cost, &["cost", "SPEC", "--measured"], &["dynamodb:DescribeTable"]) },
        Step {
            continues_without: &["sqs:GetQueueAttributes"],
            ..step("dlq list", Dlq, &["dlq", "list", "SPEC"], &["sqs:GetQueueUrl", "sqs:ReceiveMessage"])
        },
        // A dead letter that was read and could not be moved stays hidden for two minutes.
        step("dlq redrive", Dlq, &["dlq", "redrive", "SPEC", "--force"], &["sqs:SendMessage"]),
        Step { exit: 1, ..step("send another", Send, dead, &[]) },
        step(
            "dlq purge",
            Dlq,
            &["dlq", "purge", "SPEC", "--yes", "--accept", "data-loss:DeadLetterQueue"],
            &["sqs:DeleteMessage"],
        ),
        Step { exit: 1, ..step("send a third", Send, dead, &["sqs:ChangeMessageVisibility"]) },
        step("history", History, &["history", "SPEC"], &["s3:ListBucket", "s3:GetObject"]),
        step("drift", Drift, &["drift", "SPEC"], &drift),
        step("revert", Revert, &["drift", "SPEC", "--revert", "--yes"], &[]),
        step("rollback", Rollback, &["rollback", "SPEC", "--yes"], &[]),
        step("apply in production", Apply, apply, &[]),
        step("recover", Recover, &["recover", "SPEC", "--yes"], &[]),
        step(
            "destroy",
            Destroy,
            &["destroy", "SPEC", "--yes", "--lift-protection", "--accept", "data-loss:DeadLetterQueue"],
            &["cloudformation:UpdateTerminationProtection", "cloudformation:DeleteStack"],
        ),
        // The table was retained.
        Step {
            continues_without: &[
                "cloudformation:DescribeStackResources",
                "dynamodb:DescribeContinuousBackups",
                "dynamodb:DescribeTimeToLive",
                "s3:GetObject",
                "s3:ListBucket",
            ],
            ..step("plan of an adoption", Plan, &["plan", "SPEC"], &[])
        },
        // The import is done. The update after it changes the table's time to live, which the first apply had set: the
        // local cloud, like DynamoDB, does not do so twice within an hour.
        Step {
            exit: 1,
            ..step("adoption", Apply, &["apply", "SPEC", "--yes", "--accept", "data-loss:EventsTable"], &[])
        },
    ]
}

#[test]
fn the_printed_policy_is_enough_and_nothing_of_it_is_too_much() {
    let mut account = Account::new();
    account.cloud.write("spec.yaml", &production());
    let policy = account.printed(&[]);
    account.cloud.write("spec.yaml", &spec());
    let dead = json!({"event_timestamp": "2026-11-23T10:00:00Z", "event_type": "created", "event_data": {}});
    account.cloud.write("dead.json", &dead.to_string());

    let mut made: BTreeMap<Command, BTreeSet<String>> = BTreeMap::new();
    let mut missed = Vec::new();
    let walk = walk();
    for Step { name, command, arguments, exit, breaks_without, continues_without } in &walk {
        match *name {
            "update" => drop(account.cloud.write(
                "spec.yaml",
                &spec().replace("timeout_seconds: 3\n  dead", "timeout_seconds: 4\n  dead"),
            )),
            "second update" => drop(account.cloud.write(
                "spec.yaml",
                &spec().replace("timeout_seconds: 3\n  dead", "timeout_seconds: 5\n  dead"),
            )),
            "third update" => drop(account.cloud.write(
                "spec.yaml",
                &spec().replace("timeout_seconds: 3\n  dead", "timeout_seconds: 6\n  dead"),
            )),
            "revert" => {
                let function = "walk-processor-test:live";
                let disabled = account.owner.ask(&json!({"do": "disable", "function": function}));
                assert_eq!(disabled["found"], 1);
            }
            "apply in production" => drop(account.cloud.write("spec.yaml", &production())),
            _ => {}
        }
        if *name == "query" {
            made.insert(Command::Erase, erases(&mut account, &mut missed));
        }
        for action in breaks_without {
            account.give(&policy, action);
            let denied = account.run(arguments);
            if !denied.stderr.contains("error[aws::denied]") || !denied.stderr.contains(action) {
                let end: Vec<&str> = denied.stderr.lines().rev().take(4).collect();
                missed.push(format!("{name} without {action}: {:?} {end:?}", denied.code));
            }
        }
        for action in *continues_without {
            account.give(&policy, action);
            let done = account.run(arguments);
            let shown = done.stdout.clone() + &done.stderr;
            if done.code != Some(*exit) || !shown.contains(action) {
                missed.push(format!("{name} without {action}: {:?} {shown}", done.code));
            }
        }
        account.give(&policy, "");
        let done = account.run(arguments);
        let signs = ["aws::denied", "not checked", "not recorded", "  warning: "];
        if done.code != Some(*exit) || signs.iter().any(|sign| done.stderr.contains(sign)) {
            missed.push(format!("{name} with all of it: {:?} {}", done.code, done.stderr));
        }
        if done.code != Some(*exit) {
            // The following steps need its result.
            break;
        }
        made.entry(*command).or_default().extend(account.wire.taken());
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
    every_call_is_in_the_table(&made);
    nothing_is_left_over(&policy, &walk);
    what_is_anothers_is_out_of_reach(&mut account, &policy);
}

/// The policy for erasing is printed separately.
fn erases(account: &mut Account, missed: &mut Vec<String>) -> BTreeSet<String> {
    let policy = account.printed(&["--command", "erase"]);
    let erase = &["erase", "SPEC", "--key", "nobody", "--yes"];
    let needed =
        ["cloudformation:DescribeStacks", "dynamodb:Query", "dynamodb:PutItem", "sqs:ReceiveMessage"];
    for action in needed {
        account.give(&policy, action);
        let denied = account.run(erase);
        if !denied.stderr.contains("error[aws::denied]") || !denied.stderr.contains(action) {
            missed.push(format!("erase without {action}: {:?} {}", denied.code, denied.stderr));
        }
    }
    account.give(&policy, "");
    drop(account.wire.taken());
    let done = account.run(erase);
    let signs = ["aws::denied", "not checked", "not recorded"];
    if done.code != Some(0) || signs.iter().any(|sign| done.stderr.contains(sign)) {
        missed.push(format!("erase with all of it: {:?} {}", done.code, done.stderr));
    }
    account.wire.taken().into_iter().collect()
}

/// Rows of the table that the walk does not cover, each with the reason.
const NOT_WALKED: &[(&str, &str)] = &[
    ("verify cloudformation:DetectStackResourceDrift", "the local cloud does not compare policies"),
    ("verify sqs:ReceiveMessage", "a canary that is lost"),
    ("verify sqs:ChangeMessageVisibilityBatch", "a canary that is lost"),
    ("verify sqs:DeleteMessageBatch", "a canary that is lost"),
    ("verify logs:FilterLogEvents", "a canary that is lost"),
    ("cloudformation:ContinueUpdateRollback", "a stack that is stuck"),
    ("cloudformation:RollbackStack", "a stack that is stuck"),
    ("cloudformation:DescribeEvents", "a change set that is refused"),
    ("recover", "a stack that is stuck"),
    ("cloudformation:ListStacks", "a table that nothing records and no stack has"),
    ("plan cloudformation:DescribeStackEvents", "a table that nothing records"),
    ("events:DescribeArchive", "the local cloud has no archives in its templates"),
    ("trace logs:FilterLogEvents", "an event that is found"),
    ("dlq dynamodb:BatchGetItem", "a dead letter that could be a row"),
    ("erase sqs:ChangeMessageVisibilityBatch", "a message in a failure queue"),
    ("erase sqs:DeleteMessageBatch", "a dead letter of the key"),
    ("lambda:GetAccountSettings", "a spec that asks for concurrency"),
    ("revert", "a change set that looks at drift, which the local cloud does not know"),
    ("rollback", "what an apply makes too: a refused change set, a bucket that is gone"),
];

fn every_call_is_in_the_table(made: &BTreeMap<Command, BTreeSet<String>>) {
    for (command, operations) in made {
        for operation in operations {
            let row =
                CALLS.iter().find(|call| call.operation == operation && call.commands.contains(command));
            assert!(row.is_some(), "`{}` calls {operation}, and the table does not know", command.name());
        }
        for call in CALLS.iter().filter(|call| call.commands.contains(command)) {
            let name = format!("{} {}", command.name(), call.operation);
            let explained =
                NOT_WALKED.iter().any(|(known, _)| [command.name(), call.operation, &name].contains(known));
            let walked = operations.contains(call.operation);
            // Only canaries and encrypted queues make the other calls.
            let usual = matches!(call.needs, Needs::Nothing | Needs::Production);
            assert!(walked || explained || !usual, "the table says that `{name}` is made, and it is not");
        }
    }
}

/// The permissions of pipectl itself: each is needed by a step, or explained.
fn nothing_is_left_over(policy: &Value, walk: &[Step]) {
    let through = |statement: &Value| statement.to_string().contains("aws:CalledViaFirst");
    let statements = policy["Statement"].as_array().expect("statements");
    let given: BTreeSet<String> = statements
        .iter()
        .filter(|statement| !through(statement))
        .flat_map(|statement| listed(&statement["Action"]))
        .collect();
    let missed =
        walk.iter().flat_map(|step| step.breaks_without.iter().chain(step.continues_without).copied());
    let explained = UNSEEN.iter().map(|(action, _)| *action);
    let known: BTreeSet<String> = missed.chain(explained).map(str::to_owned).collect();
    assert_eq!(given, known);
}

/// Another team's records, stacks and tables, and actions that only CloudFormation may do.
fn what_is_anothers_is_out_of_reach(account: &mut Account, policy: &Value) {
    account.give(policy, "");
    let bucket = "pipectl-000000000000-us-east-1-an";
    let put = |key: &str| json!({"Bucket": bucket, "Key": key, "Body": "{}"});
    let reached = |account: &mut Account, service: &str, operation: &str, parameters: Value| {
        account
            .attempt(service, operation, parameters)
            .as_deref()
            .is_none_or(|code| !code.starts_with("AccessDenied"))
    };
    let table = json!({"TableName": "walk-test"});
    let foreign = [
        ("s3", "put_object", put("stacks/other-prod/20260101T000000000Z-0.json")),
        ("s3", "get_object", json!({"Bucket": bucket, "Key": "stacks/other-prod/1.json"})),
        ("s3", "list_objects_v2", json!({"Bucket": bucket, "Prefix": "stacks/other-prod/"})),
        ("s3", "delete_object", json!({"Bucket": bucket, "Key": "stacks/walk-test/1.json"})),
        ("s3", "delete_bucket", json!({"Bucket": bucket})),
        ("cloudformation", "describe_stacks", json!({"StackName": "other-prod"})),
        ("cloudformation", "delete_stack", json!({"StackName": "walk-test-2"})),
        ("dynamodb", "describe_table", json!({"TableName": "other-prod"})),
        ("dynamodb", "delete_table", table),
        ("sqs", "purge_queue", json!({"QueueUrl": "http://127.0.0.1/000000000000/walk-queue-test"})),
        (
            "iam",
            "create_role",
            json!({"RoleName": "walk-test-ProcessorRole-X", "AssumeRolePolicyDocument": "{}"}),
        ),
    ];
    for (service, operation, parameters) in foreign {
        let call = format!("{operation} {parameters}");
        assert!(!reached(account, service, operation, parameters), "{call}");
    }
}
