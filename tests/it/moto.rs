//! The walk of the local cloud again, with another AWS emulator: moto. Where the two emulators and AWS's documentation
//! disagree, `docs/test-clouds.md` says which is right; the differences asserted here fail once moto supports them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::calls::{arm64_program, request};
use crate::cloud::{Cloud, Run, SPEC, json_of};
use crate::tools::{installed, run};

const MOTO: &str = "moto[server]==5.2.5";
/// moto's only account.
const BUCKET: &str = "pipectl-123456789012-us-east-1-an";
/// Parts of our templates that moto cannot read, and their replacements. AWS accepts the originals.
const FOR_MOTO: [(&str, &str, &str); 3] = [
    // It passes the bus to the rule instead of its name.
    (
        "bus.yaml.j2",
        "    Properties:\n      Name: {{ names.rule }}\n      EventBusName: {{ bus.name }}",
        "    DependsOn: Bus\n    Properties:\n      Name: {{ names.rule }}\n      EventBusName: {{ names.bus }}",
    ),
    // It reads an archive's pattern only as text.
    (
        "bus.yaml.j2",
        "EventPattern: {{ archive_pattern }}",
        "EventPattern: '{\"source\": [\"shipment.service\"]}'",
    ),
    // It does not create aliases.
    ("processor.yaml.j2", "FunctionName: {Ref: ProcessorAlias}", "FunctionName: {Ref: Processor}"),
];

/// moto on a free port, behind a proxy that records all calls.
struct Moto {
    server: Child,
    /// moto's own address.
    endpoint: String,
    /// The proxy's address.
    door: String,
    cloud: Cloud,
}

impl Moto {
    fn start() -> Self {
        let folder = installed("ci-tools/moto", MOTO, |folder| {
            run(Command::new("python3").args(["-m", "venv"]).arg(folder));
            let mut install = Command::new(folder.join("bin/pip"));
            run(install.args(["install", "--quiet", "--disable-pip-version-check", MOTO]));
        });
        let mut server = Command::new(folder.join("bin/moto_server"))
            // A port that was free a second ago may be taken by now, so moto chooses, and reports it.
            .args(["-H", "127.0.0.1", "-p", "0"])
            // It would run functions in containers if there are any: here every invocation fails.
            .env("DOCKER_HOST", "tcp://127.0.0.1:9")
            .env("PYTHONUNBUFFERED", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto runs");
        let port = port(server.stderr.take().expect("a pipe"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let door = format!("http://{}", listener.local_addr().expect("an address"));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || drop(pass(client, port)));
            }
        });
        Self { server, endpoint: format!("http://127.0.0.1:{port}"), door, cloud: Cloud::new() }
    }

    fn pipectl(&self, arguments: &[&str]) -> Run {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--endpoint-url", &self.door, "--region", "us-east-1"]);
        let processor = self.cloud.path("bootstrap");
        std::fs::write(&processor, arm64_program()).expect("a file");
        let mut command = self.cloud.command(&arguments);
        command
            .env("PIPECTL_PROCESSOR", &processor)
            .env("AWS_ACCESS_KEY_ID", "A")
            .env("AWS_SECRET_ACCESS_KEY", "S");
        Run::of(command.output().expect("pipectl runs"))
    }

    /// A command on the test's spec.
    fn on_spec(&self, verb: &[&str], more: &[&str]) -> Run {
        let spec = self.spec();
        let mut arguments = verb.to_vec();
        arguments.push(spec.to_str().expect("UTF-8"));
        arguments.extend(more);
        self.pipectl(&arguments)
    }

    fn spec(&self) -> PathBuf {
        self.cloud.path("spec.yaml")
    }

    /// A spec whose templates moto can read, and a bucket with a policy that moto can evaluate, so that pipectl does not
    /// change it.
    fn prepare(&self) {
        let folder = self.cloud.path("templates");
        let to = folder.to_str().expect("UTF-8");
        self.cloud.run(&["eject", "bus", "processor", "--to", to]).succeeded();
        for (file, ours, motos) in FOR_MOTO {
            let path = folder.join(file);
            let text = std::fs::read_to_string(&path).expect("a template");
            assert_eq!(text.matches(ours).count(), 1, "{file} has no `{ours}`");
            std::fs::write(path, text.replace(ours, motos)).expect("a written file");
        }
        self.cloud.write("spec.yaml", &format!("{SPEC}deploy: {{templates: templates}}\n"));
        self.ask("PUT", "s3", &format!("/{BUCKET}"), "application/xml", "");
        let policy = json!({"Version": "2012-10-17", "Statement": []}).to_string();
        let answer = self.ask("PUT", "s3", &format!("/{BUCKET}?policy"), "application/json", &policy);
        assert!(is_done(&answer), "{answer}");
    }

    fn change(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.spec()).expect("a spec");
        assert!(text.contains(from), "{text}");
        self.cloud.write("spec.yaml", &text.replace(from, to));
    }

    /// A call without pipectl and the proxy. Returns the answer with its head, whatever the status.
    fn ask(&self, method: &str, service: &str, path: &str, kind: &str, body: &str) -> String {
        let address = self.endpoint.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(address).expect("moto");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/{service}/aws4_request\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn json(&self, service: &str, target: &str, body: &Value) -> Value {
        let kind = format!("application/x-amz-json-1.0\r\nX-Amz-Target: {target}");
        json_of(&self.ask("POST", service, "/", &kind, &body.to_string()))
    }

    fn queue(&self) -> Value {
        let url = format!("{}/123456789012/walk-queue-test", self.endpoint);
        let body = json!({"QueueUrl": url, "AttributeNames": ["All"]});
        self.json("sqs", "AmazonSQS.GetQueueAttributes", &body)["Attributes"].take()
    }

    fn dead_letters(&self) -> u64 {
        let output = self.on_spec(&["dlq", "list"], &["--format", "json"]).succeeded().json();
        output["total"].as_u64().expect("a number")
    }
}

fn is_done(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 2")
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The port of `Running on http://127.0.0.1:PORT`. moto's later output is read too, so that it never blocks.
fn port(log: ChildStderr) -> u16 {
    let (found, wanted) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            let port = line.split_once("http://127.0.0.1:").map(|(_, remainder)| remainder);
            let digits =
                port.map(|remainder| remainder.chars().take_while(char::is_ascii_digit).collect::<String>());
            if let Some(port) = digits.and_then(|digits| digits.parse().ok()) {
                // Only the first one is waited for.
                let _ = found.send(port);
            }
        }
    });
    wanted.recv_timeout(Duration::from_secs(120)).expect("moto starts")
}

/// One request per connection. moto has no CloudWatch in the protocol of its newest clients: here it has no data.
fn pass(mut client: TcpStream, port: u16) -> std::io::Result<()> {
    let Some((head, body)) = request(&mut client) else { return Ok(()) };
    crate::record::record(&head, &body);
    if head.contains("/operation/") && head.to_lowercase().contains("smithy-protocol: rpc-v2-cbor") {
        // A map without entries, or with an empty list of results: `a1` is a map of one, `71` a text of 17 bytes, `80` no
        // items.
        let none: &[u8] = if head.contains("/operation/GetMetricData ") {
            b"\xa1\x71MetricDataResults\x80"
        } else {
            b"\xa0"
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nsmithy-protocol: rpc-v2-cbor\r\ncontent-type: application/cbor\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            none.len()
        );
        client.write_all(head.as_bytes())?;
        return client.write_all(none);
    }
    let mut moto = TcpStream::connect(("127.0.0.1", port))?;
    let headers: Vec<&str> = head
        .lines()
        .filter(|line| !line.is_empty() && !line.to_lowercase().starts_with("connection:"))
        .collect();
    write!(moto, "{}\r\nConnection: close\r\n\r\n", headers.join("\r\n"))?;
    moto.write_all(&body)?;
    let mut answer = Vec::new();
    moto.read_to_end(&mut answer)?;
    client.write_all(&answer)
}

#[test]
fn the_walk_covers_what_moto_supports() {
    let moto = Moto::start();
    moto.prepare();
    // moto does not report the states of the resources: there are only the stack's own events, and no outputs.
    let output = moto.on_spec(&["apply"], &["--yes", "--format", "json"]).succeeded();
    assert_eq!(output.json()["result"], "created");
    assert_eq!(output.json()["outputs"], json!({}));
    assert!(!output.stdout.contains("\"Queue\""), "{}", output.stdout);
    moto.on_spec(&["apply"], &["--yes"]).succeeded().reports(&["no changes"]);
    is_half_made(&moto);

    // The update is applied, except the maximum receive count.
    moto.change("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 4");
    moto.change("max_receive_count: 2", "max_receive_count: 3");
    moto.on_spec(&["plan"], &["--detailed-exitcode"]).exited(2).prints(&["VisibilityTimeout: 3 → 4"]);
    moto.on_spec(&["apply"], &["--yes"]).succeeded().reports(&["updated walk-test"]);
    let queue = moto.queue();
    assert_eq!(queue["VisibilityTimeout"], "4");
    assert!(queue["RedrivePolicy"].to_string().contains("maxReceiveCount\\\": 2"), "{queue}");
    moto.on_spec(&["rollback"], &["--yes"])
        .succeeded()
        .reports(&["VisibilityTimeout: 4 → 3", "updated walk-test"]);
    assert_eq!(moto.queue()["VisibilityTimeout"], "3");

    // Events reach the queue, and become dead letters where functions cannot run.
    let mut sent = 0;
    while sent == 0 || (moto.dead_letters() == 0 && sent < 50) {
        sent += moto.on_spec(&["send"], &["--count", "5", "--format", "json"]).succeeded().json()["sent"]
            .as_u64()
            .expect("a number");
    }
    let dead = moto.dead_letters();
    let status = moto.on_spec(&["status"], &["--format", "json"]).succeeded().json();
    let waiting = &status["queue"];
    let alive =
        waiting["visible"].as_u64().expect("a number") + waiting["in_flight"].as_u64().expect("a number");
    assert_eq!((alive + dead, dead > 0), (sent, true), "{status}");
    moto.on_spec(&["dlq", "redrive"], &[]).succeeded().prints(&["redriven"]);
    moto.on_spec(&["dlq", "purge"], &["--yes", "--accept", "data-loss:DeadLetterQueue"]).succeeded();
    assert_eq!(moto.dead_letters(), 0);

    let accepted = ["--yes", "--accept", "data-loss:Queue", "--accept", "data-loss:DeadLetterQueue"];
    moto.on_spec(&["destroy"], &accepted).succeeded().reports(&["○ EventsTable", "destroyed walk-test"]);
    moto.on_spec(&["status"], &[]).exited(1).reports(&["error[stack::missing]"]);
    let tables = moto.json("dynamodb", "DynamoDB_20120810.ListTables", &json!({}));
    assert_eq!(tables["TableNames"], json!(["walk-test"]), "what is retained is there");
    // It ignores `ImportExistingResources`: the retained table blocks the creation.
    let adopts = ["--yes", "--accept", "data-loss:EventsTable"];
    moto.on_spec(&["apply"], &adopts).exited(1).reports(&["cloudformation:ExecuteChangeSet"]);
}

/// Requests of the template that moto does not fulfil, in a stack that it reports as complete.
fn is_half_made(moto: &Moto) {
    assert_eq!(moto.queue()["Policy"], Value::Null, "anyone, or nobody, may send to the queue");
    let alias =
        moto.ask("GET", "lambda", "/2015-03-31/functions/walk-processor-test/aliases/live", "text/plain", "");
    assert!(alias.starts_with("HTTP/1.1 404"), "{alias}");
    let table = json!({"TableName": "walk-test"});
    let expiry = moto.json("dynamodb", "DynamoDB_20120810.DescribeTimeToLive", &table);
    assert_eq!(expiry["TimeToLiveDescription"]["TimeToLiveStatus"], "DISABLED");
    let backups = moto.json("dynamodb", "DynamoDB_20120810.DescribeContinuousBackups", &table);
    let recovery = &backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
    assert_eq!(recovery["PointInTimeRecoveryStatus"], "DISABLED");
}

#[test]
fn what_moto_cannot_do_is_known() {
    let moto = Moto::start();
    let form = "application/x-www-form-urlencoded";
    let create = |name: &str, template: &Value| {
        let template: String = template.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        let body = format!("Action=CreateStack&Version=2010-05-15&StackName={name}&TemplateBody={template}");
        moto.ask("POST", "cloudformation", "/", form, &body)
    };
    let bus = json!({"Type": "AWS::Events::EventBus", "Properties": {"Name": "b"}});
    let pattern = json!({"source": ["a"]});
    let rule = |bus: Value| json!({"Type": "AWS::Events::Rule", "DependsOn": "Bus", "Properties": {"EventBusName": bus, "EventPattern": pattern}});
    assert!(is_done(&create("text", &json!({"Resources": {"Bus": bus, "Rule": rule(json!("b"))}}))));
    assert!(!is_done(&create(
        "ref",
        &json!({"Resources": {"Bus": bus, "Rule": rule(json!({"Ref": "Bus"}))}})
    )));
    let archive = |pattern: Value| {
        json!({"Resources": {"Archive": {"Type": "AWS::Events::Archive", "Properties": {
            "SourceArn": "arn:aws:events:us-east-1:123456789012:event-bus/default", "EventPattern": pattern}}}})
    };
    assert!(is_done(&create("pattern-text", &archive(json!(pattern.to_string())))));
    assert!(!is_done(&create("pattern-object", &archive(pattern.clone()))));

    for action in [
        "UpdateTerminationProtection",
        "DescribeEvents",
        "DetectStackDrift",
        "DescribeStackResourceDrifts",
        "ContinueUpdateRollback",
        "RollbackStack",
    ] {
        let body =
            format!("Action={action}&Version=2010-05-15&StackName=text&EnableTerminationProtection=true");
        let answer = moto.ask("POST", "cloudformation", "/", form, &body);
        assert!(answer.starts_with("HTTP/1.1 500"), "{action}: {answer}");
    }
    let cbor = "application/cbor\r\nsmithy-protocol: rpc-v2-cbor";
    let path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms";
    assert!(moto.ask("POST", "monitoring", path, cbor, "\u{0}").starts_with("HTTP/1.1 404"));

    // A bucket's `Deny` applies whatever its condition is. AWS evaluates the condition, and also refuses plain HTTP.
    moto.ask("PUT", "s3", "/denied", "application/xml", "");
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": "arn:aws:s3:::denied/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]});
    assert!(is_done(&moto.ask("PUT", "s3", "/denied?policy", "application/json", &policy.to_string())));
    assert!(moto.ask("PUT", "s3", "/denied/object", "text/plain", "x").starts_with("HTTP/1.1 403"));
}
