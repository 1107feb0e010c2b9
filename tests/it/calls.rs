//! Every call that pipectl can make, made once with realistic arguments, against a service that refuses calls without a
//! scripted answer. So each request is recorded, including those that no other test makes, and `.ci/check-requests`
//! compares them with the services' models. A new call in `src/aws` must be added here; otherwise that check names it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use pipectl::aws::{ArtifactStore, BucketFault, Clients, Content, Maker, Settings};
use pipectl::local::{Archive, BridgeApi as _};
use pipectl::operate::{
    AlarmApi as _, BusApi as _, BusEvent, CanaryApi as _, CodeApi as _, CountApi as _, DeadLetter,
    DeadLetterApi as _, EraseApi as _, ErasedMark, FunctionApi as _, KeyNames, LogApi as _,
    LogEventsApi as _, LogQuery, Metric, MetricApi as _, Over, Query, QueryApi as _, QueueApi as _,
    ReplayApi as _, ReplayRequest, RowKey, ScanApi as _, Span, StoredApi as _, TableApi as _,
    VersionApi as _, Window, ZipLocation,
};
use pipectl::stack::{
    CallError, ChangeSetRequest, Deletion, DriftApi as _, ExistingApi as _, FleetApi as _, HopApi as _,
    KeyApi as _, Mapping, ResourceToImport, RollbackWatch, StackApi as _, TemplateSource,
};
use processor::row::KeyValue;
use serde_json::json;

use crate::cloud::{Cloud, Run};

const ACCOUNT: &str = "111122223333";
const STACK: &str =
    "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders-prod/0a1b2c3d-1111-2222-3333-444455556666";
const CHANGE_SET: &str = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/pipectl-apply-ci-1/0a1b2c3d-1111-2222-3333-444455556666";
const ROLE: &str = "arn:aws:iam::111122223333:role/deployer";
const TOKEN: &str = "pipectl-apply-ci-1764230400000-0a1b2c3d";
const KEY: &str = "processor/0a1b2c3d.zip";
const UUID: &str = "0a1b2c3d-1111-2222-3333-444455556666";

type Answers = Arc<Mutex<HashMap<String, VecDeque<(u16, String)>>>>;

/// All of AWS on one port. It refuses requests without a scripted answer with `400` and the message `scripted`.
struct Services {
    endpoint: String,
    /// It refuses like an account without permissions.
    denies: Arc<AtomicBool>,
    answers: Answers,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Services {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let services =
            Self { endpoint, denies: Arc::default(), answers: Arc::default(), asked: Arc::default() };
        let (answers, asked) = (Arc::clone(&services.answers), Arc::clone(&services.asked));
        let denies = Arc::clone(&services.denies);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (answers, asked, denies) =
                    (Arc::clone(&answers), Arc::clone(&asked), Arc::clone(&denies));
                thread::spawn(move || serve(client, &answers, &asked, &denies));
            }
        });
        services
    }

    /// Sets the next answer to an operation, or to a method and path.
    fn answers(&self, name: &str, status: u16, body: impl ToString) {
        let mut answers = self.answers.lock().expect("a lock");
        answers.entry(name.to_owned()).or_default().push_back((status, body.to_string()));
    }

    /// The requests since the last call.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("a lock"))
    }

    async fn clients(&self, region: &str, local: bool) -> Clients {
        let settings = Settings {
            region: Some(region.to_owned()),
            endpoint: Some(self.endpoint.clone()),
            local,
            ..Settings::default()
        };
        Clients::new(settings).await.expect("clients")
    }
}

fn serve(mut client: TcpStream, answers: &Answers, asked: &Mutex<Vec<String>>, denies: &AtomicBool) {
    while let Some((head, body)) = request(&mut client) {
        crate::record::record(&head, &body);
        let name = name(&head, &body);
        let answer = answers.lock().expect("a lock").get_mut(&name).and_then(VecDeque::pop_front);
        let (status, text) = answer.unwrap_or_else(|| {
            let denied = denies.load(Ordering::Relaxed);
            let (status, code) = if denied { (403, "AccessDenied") } else { (400, "Scripted") };
            (status, refusal(&head, code))
        });
        asked.lock().expect("a lock").push(name);
        let length = text.len();
        let written = write!(client, "HTTP/1.1 {status} Scripted\r\ncontent-length: {length}\r\n\r\n");
        // A HEAD's answer has a length and no body.
        let body = if head.starts_with("HEAD ") { "" } else { &text };
        if written.and_then(|()| client.write_all(body.as_bytes())).is_err() {
            return;
        }
    }
}

/// An error in the format of the request's service.
pub(crate) fn refusal(head: &str, code: &str) -> String {
    let error = format!("<Error><Code>{code}</Code><Message>scripted</Message></Error>");
    if head.contains("/s3/aws4_request") {
        error
    } else if head.contains("application/x-amz-json") || head.contains("/lambda/aws4_request") {
        json!({"__type": code, "message": "scripted"}).to_string()
    } else {
        format!("<ErrorResponse>{error}</ErrorResponse>")
    }
}

pub(crate) fn request(client: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut more = |bytes: &mut Vec<u8>| {
        let mut buffer = [0; 65_536];
        let count = client.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        Some(())
    };
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(&mut bytes)?;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    while bytes.len() < end + length.unwrap_or(0) {
        more(&mut bytes)?;
    }
    Some((head, bytes.split_off(end)))
}

/// The operation if the request names it, otherwise the method and the path.
fn name(head: &str, body: &[u8]) -> String {
    let target = head.lines().find_map(|line| line.split_once("x-amz-target: ")?.1.split('.').nth(1));
    let body = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    let action = body.strip_prefix("Action=").and_then(|remainder| remainder.split('&').next());
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let operation = path.split_once("/operation/").map(|(_, operation)| operation);
    let named = target.or(action).or(operation).map(str::to_owned);
    named.unwrap_or_else(|| format!("{method} {path}"))
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(work);
}

/// The request was sent and the service refused it. A CBOR answer cannot be scripted as text, so it has no message.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, CallError>, operation: &str) {
    let error = result.expect_err("a refusal");
    assert_eq!(error.operation, operation);
    assert!(error.message.contains("scripted") || operation.starts_with("cloudwatch:"), "{error}");
}

pub(crate) fn change_set() -> ChangeSetRequest {
    ChangeSetRequest {
        stack: "orders-prod".to_owned(),
        name: TOKEN.to_owned(),
        token: TOKEN.to_owned(),
        creates: true,
        keeps_on_failure: false,
        template: TemplateSource::Inline("Resources: {}".to_owned()),
        parameters: BTreeMap::from([
            ("ArtifactKey".to_owned(), KEY.to_owned()),
            ("Secret".to_owned(), "****".to_owned()),
        ]),
        tags: BTreeMap::from([("team".to_owned(), "logistics".to_owned())]),
        role_arn: None,
        names_a_role: false,
        has_macros: false,
        watch: None,
        express: false,
        reverts_drift: false,
        imports: Vec::new(),
    }
}

/// One for each way in which a command creates a change set.
fn change_sets() -> Vec<ChangeSetRequest> {
    let creation = change_set();
    let update = ChangeSetRequest { creates: false, ..creation.clone() };
    let alarm = |name: &str| format!("arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:{name}");
    let watch =
        RollbackWatch { alarms: vec![alarm("orders-errors"), alarm("orders-dead-letters")], minutes: 30 };
    let import = ResourceToImport {
        logical_id: "EventsTable".to_owned(),
        resource_type: "AWS::DynamoDB::Table".to_owned(),
        identifier: "TableName".to_owned(),
        physical_id: "orders-prod".to_owned(),
    };
    vec![
        ChangeSetRequest { express: true, ..creation.clone() },
        ChangeSetRequest { role_arn: Some(ROLE.to_owned()), names_a_role: true, ..update.clone() },
        ChangeSetRequest { watch: Some(watch), ..update.clone() },
        ChangeSetRequest {
            template: TemplateSource::Url(
                "https://bucket.s3.eu-west-1.amazonaws.com/templates/a.yaml".to_owned(),
            ),
            ..update.clone()
        },
        ChangeSetRequest { template: TemplateSource::Deployed, reverts_drift: true, ..update.clone() },
        ChangeSetRequest { imports: vec![import.clone()], ..update },
        ChangeSetRequest { imports: vec![import], ..creation },
    ]
}

#[test]
fn cloudformation_is_asked_in_its_words() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        for request in change_sets() {
            refused(clients.create_change_set(&request).await, "cloudformation:CreateChangeSet");
        }
        // On a second request, the existing one is looked up; this answer does not say whether it exists.
        let exists = "<ErrorResponse><Error><Code>AlreadyExistsException</Code><Message>scripted</Message></Error></ErrorResponse>";
        services.answers("CreateChangeSet", 400, exists);
        refused(clients.create_change_set(&change_set()).await, "cloudformation:DescribeChangeSet");

        refused(clients.stack("orders-prod").await, "cloudformation:DescribeStacks");
        refused(clients.template(STACK).await, "cloudformation:GetTemplate");
        refused(clients.change_set("orders-prod", CHANGE_SET).await, "cloudformation:DescribeChangeSet");
        for creates in [true, false] {
            refused(
                clients.execute_change_set("orders-prod", CHANGE_SET, TOKEN, creates).await,
                "cloudformation:ExecuteChangeSet",
            );
        }
        refused(clients.delete_change_set("orders-prod", CHANGE_SET).await, "cloudformation:DeleteChangeSet");
        refused(clients.stack_policy(STACK).await, "cloudformation:GetStackPolicy");
        let policy = json!({"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]});
        refused(clients.set_stack_policy(STACK, &policy.to_string()).await, "cloudformation:SetStackPolicy");
        for protect in [true, false] {
            let answer = clients.protect_from_termination(STACK, protect).await;
            refused(answer, "cloudformation:UpdateTerminationProtection");
        }
        for (role, deletion) in [
            (None, Deletion::default()),
            (Some(ROLE), Deletion { retain: vec!["EventsTable".to_owned()], force: false }),
            (None, Deletion { retain: Vec::new(), force: true }),
        ] {
            refused(clients.delete_stack(STACK, TOKEN, role, &deletion).await, "cloudformation:DeleteStack");
        }
        for (role, skip) in [(None, Vec::new()), (Some(ROLE), vec!["Processor".to_owned()])] {
            let answer = clients.continue_update_rollback(STACK, &skip, TOKEN, role).await;
            refused(answer, "cloudformation:ContinueUpdateRollback");
            refused(clients.rollback_stack(STACK, TOKEN, role).await, "cloudformation:RollbackStack");
        }
        refused(clients.detect_drift(STACK).await, "cloudformation:DetectStackDrift");
        let answer = clients.drift_detection(UUID).await;
        refused(answer, "cloudformation:DescribeStackDriftDetectionStatus");
    });
    assert!(services.asked().contains(&"DescribeChangeSet".to_owned()));
}

/// The reads of `verify` for each hop, and the row it deletes.
#[test]
fn hops_are_asked_in_their_services_words() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        refused(clients.found_rule("orders-prod", "orders-rule-prod").await, "events:DescribeRule");
        services.answers("DescribeRule", 200, json!({"State": "ENABLED"}));
        services.answers("ListTargetsByRule", 200, json!({"Targets": [], "NextToken": "next"}));
        let targets = clients.found_rule("orders-prod", "orders-rule-prod").await;
        refused(targets, "events:ListTargetsByRule");
        let url = format!("https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/orders-prod");
        services.answers("GetQueueUrl", 200, json!({ "QueueUrl": url }));
        refused(clients.found_queue("orders-prod").await, "sqs:GetQueueAttributes");
        for alias in [None, Some("live")] {
            let function = clients.found_function("orders-prod", alias).await;
            refused(function, "lambda:GetFunctionConfiguration");
        }
        refused(clients.reserved_concurrency("orders-prod").await, "lambda:GetFunctionConcurrency");
        refused(clients.found_mapping(UUID).await, "lambda:GetEventSourceMapping");
        refused(clients.found_keys("orders-prod").await, "dynamodb:DescribeTable");
        let drift = || clients.resource_drift("orders-prod", "ProcessorRole");
        refused(drift().await, "cloudformation:DetectStackResourceDrift");
        services.answers("DetectStackResourceDrift", 200, ROLE_DRIFT);
        let found = drift().await.expect("an answer");
        let difference = found.differences.first().expect("a difference");
        assert_eq!((found.status.as_str(), difference.path.as_str()), ("MODIFIED", "/Policies/0"));
        assert_eq!((difference.expected.is_some(), &difference.actual), (true, &None));
        let names = KeyNames { partition: "shipment_id", sort: Some("event_timestamp"), newer_by: None };
        let key = RowKey {
            partition: KeyValue::Text("pipectl-canary#1".to_owned()),
            sort: Some(KeyValue::Text("2026-11-27T10:00:00Z".to_owned())),
        };
        refused(clients.delete_row("orders-prod", names, &key).await, "dynamodb:DeleteItem");
    });
}

/// CloudFormation's answer for a role whose inline policy was deleted.
const ROLE_DRIFT: &str = "<DetectStackResourceDriftResponse><DetectStackResourceDriftResult><StackResourceDrift>\
    <StackId>s</StackId><LogicalResourceId>ProcessorRole</LogicalResourceId><PhysicalResourceId>orders-role</PhysicalResourceId>\
    <ResourceType>AWS::IAM::Role</ResourceType><PropertyDifferences><member><PropertyPath>/Policies/0</PropertyPath>\
    <ExpectedValue>{&quot;PolicyName&quot;:&quot;processor&quot;}</ExpectedValue><ActualValue>null</ActualValue>\
    <DifferenceType>REMOVE</DifferenceType></member></PropertyDifferences><StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus>\
    <Timestamp>2026-11-27T10:00:00Z</Timestamp></StackResourceDrift></DetectStackResourceDriftResult></DetectStackResourceDriftResponse>";

/// Paged calls are made twice: with and without a token.
#[test]
fn cloudformation_is_asked_for_the_next_page() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        for operation in [
            "ListStacks",
            "DescribeChangeSet",
            "DescribeStackEvents",
            "DescribeEvents",
            "ListStackResources",
            "DescribeStackResourceDrifts",
        ] {
            let lists = "<StackSummaries/><StackEvents/><StackResourceSummaries/><StackResourceDrifts/>";
            let page = format!(
                "<{operation}Response><{operation}Result>{lists}<NextToken>next</NextToken></{operation}Result></{operation}Response>"
            );
            services.answers(operation, 200, page);
        }
        refused(clients.deleted_stack("orders-prod").await, "cloudformation:ListStacks");
        refused(clients.change_set("orders-prod", CHANGE_SET).await, "cloudformation:DescribeChangeSet");
        refused(clients.events_after(STACK, None).await, "cloudformation:DescribeStackEvents");
        refused(clients.validation_findings(CHANGE_SET).await, "cloudformation:DescribeEvents");
        refused(clients.resources(STACK).await, "cloudformation:ListStackResources");
        refused(clients.detected_drifts(STACK).await, "cloudformation:DescribeStackResourceDrifts");
    });
    assert_eq!(services.asked().len(), 12);
}

fn content() -> Content {
    Content { bytes: b"zip".to_vec(), sha256: "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=".to_owned() }
}

/// A rule of an older pipectl, which is deleted, and another owner's rule, which is retained.
const LIFECYCLE: &str = "<LifecycleConfiguration><Rule><ID>unused</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
    <Expiration><Days>365</Days></Expiration></Rule><Rule><ID>theirs</ID><Filter><Prefix>logs/</Prefix></Filter>\
    <Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>";

#[test]
fn the_bucket_is_made_and_used_in_s3s_words() {
    let services = Services::start();
    run(async {
        // With bucket names of the account's namespace and the global one; and in the region that is not named.
        for region in ["eu-west-1", "me-south-1", "us-east-1", "us-gov-west-1", "cn-north-1"] {
            let clients = services.clients(region, true).await;
            let tags = BTreeMap::from([("team".to_owned(), "logistics".to_owned())]);
            let store = ArtifactStore::own(ACCOUNT, region, tags);
            let bucket = &store.bucket;
            for step in ["", "?tagging", "?publicAccessBlock", "?lifecycle", "?versioning"] {
                services.answers(&format!("PUT /{bucket}/{step}"), 200, "");
            }
            let none = "<Error><Code>NoSuchLifecycleConfiguration</Code><Message>none</Message></Error>";
            services.answers(&format!("GET /{bucket}/?lifecycle"), 404, none);
            services.asked();
            refused(clients.upload_artifact(&store, KEY, content(), &["v1"]).await, "s3:PutObject");
            let asked = services.asked();
            let puts = asked.iter().filter_map(|name| name.strip_prefix(&format!("PUT /{bucket}/")));
            let puts: Vec<&str> = puts.take(5).collect();
            assert_eq!(puts, ["", "?tagging", "?publicAccessBlock", "?lifecycle", "?versioning"]);

            // One that an older pipectl created.
            services.answers(&format!("GET /{bucket}/?policy"), 200, "{}");
            services.answers(&format!("GET /{bucket}/?lifecycle"), 200, LIFECYCLE);
            for step in ["?lifecycle", "?versioning"] {
                services.answers(&format!("PUT /{bucket}/{step}"), 200, "");
            }
            refused(clients.upload_artifact(&store, KEY, content(), &[]).await, "s3:PutObject");
            let asked = services.asked();
            assert!(asked.contains(&format!("PUT /{bucket}/?versioning")), "{asked:?}");
            assert!(!asked.contains(&format!("PUT /{bucket}/")), "{asked:?}");

            let page = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken></ListBucketResult>";
            services.answers(
                &format!("GET /{bucket}/?list-type=2&prefix=stacks%2Forders-prod%2F"),
                200,
                page,
            );
            refused(clients.artifacts(&store, "stacks/orders-prod/").await, "s3:ListBucket");
            for version in [None, Some("v1")] {
                refused(clients.artifact(&store, KEY, version).await, "s3:GetObject");
            }
            let answer = clients.found_artifact(&store, KEY, None).await;
            assert!(answer.is_err(), "a HEAD's refusal says nothing");
        }
    });
}

/// Another owner's bucket is read, and never created or configured; objects are encrypted with its key.
#[test]
fn a_given_bucket_is_checked_in_s3s_words() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        let own = ArtifactStore::own(ACCOUNT, "eu-west-1", BTreeMap::new());
        let store = ArtifactStore {
            bucket: "acme-artifacts".to_owned(),
            prefix: "logistics/".to_owned(),
            kms_key: Some(format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/{UUID}")),
            maker: Maker::Others,
            ..own
        };
        for (status, fault) in [(404, BucketFault::Missing), (403, BucketFault::Denied)] {
            services.answers("HEAD /acme-artifacts/", status, "");
            assert_eq!(clients.bucket_fault(&store).await, Ok(Some(fault)));
        }
        services.answers("HEAD /acme-artifacts/", 200, "");
        refused(clients.bucket_fault(&store).await, "s3:GetBucketVersioning");
        for (status, fault) in [("Enabled", None), ("Suspended", Some(BucketFault::KeepsNoVersions))] {
            services.answers("HEAD /acme-artifacts/", 200, "");
            let text =
                format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
            services.answers("GET /acme-artifacts/?versioning", 200, text);
            assert_eq!(clients.bucket_fault(&store).await, Ok(fault));
        }
        services.asked();
        refused(clients.upload_artifact(&store, KEY, content(), &[]).await, "s3:PutObject");
        let key = format!("/acme-artifacts/logistics/{KEY}");
        assert_eq!(services.asked(), [format!("HEAD {key}"), format!("PUT {key}?x-id=PutObject")]);
        refused(clients.create_artifact(&store, KEY, content()).await, "s3:PutObject");
        services.asked();
        refused(clients.artifacts(&store, "stacks/orders-prod/").await, "s3:ListBucket");
        let listed = services.asked();
        assert!(listed[0].contains("prefix=logistics%2Fstacks%2Forders-prod%2F"), "{listed:?}");
    });
}

/// Only a bucket at AWS gets a policy, and so does one at an address that stands for AWS.
#[test]
fn the_buckets_policy_is_put_in_s3s_words() {
    let services = Services::start();
    let cloud = Cloud::new();
    // CloudWatch uses CBOR, which cannot be scripted as text.
    let spec = cloud.write("spec.yaml", &format!("{}dashboard: false\n", crate::cloud::SPEC));
    let processor = cloud.path("bootstrap");
    std::fs::write(&processor, arm64_program()).expect("a file");
    let bucket = format!("pipectl-{ACCOUNT}-eu-west-1-an");
    let identity = format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{ROLE}</Arn><Account>{ACCOUNT}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    services.answers("GetCallerIdentity", 200, identity);
    // Looking up existing names is denied.
    services.denies.store(true, Ordering::Relaxed);
    let missing = "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack does not exist</Message></Error></ErrorResponse>";
    for _ in 0..8 {
        services.answers("DescribeStacks", 400, missing);
    }
    // Looking up existing names is denied, so they are not looked up.
    for look in [
        "DescribeArchive",
        "DescribeEventBus",
        "DescribeLogGroups",
        "DescribeTable",
        "GetQueueUrl",
        "GetQueueUrl",
        "GetQueueUrl",
        "GET /2015-03-31/functions/walk-processor-test/configuration",
    ] {
        services.answers(look, 403, json!({"__type": "AccessDeniedException"}));
    }
    for step in ["", "?publicAccessBlock", "?lifecycle", "?versioning", "?policy"] {
        services.answers(&format!("PUT /{bucket}/{step}"), 200, "");
    }
    services.answers(&format!("GET /{bucket}/?lifecycle"), 200, LIFECYCLE);
    let arguments = [
        "apply",
        spec.to_str().expect("UTF-8"),
        "--yes",
        "--endpoint-url",
        &services.endpoint,
        "--region",
        "eu-west-1",
    ];
    let mut apply = cloud.command(&arguments);
    apply
        .env("PIPECTL_PROCESSOR", &processor)
        .env("AWS_ACCESS_KEY_ID", "A")
        .env("AWS_SECRET_ACCESS_KEY", "S");
    Run::of(apply.output().expect("pipectl runs")).exited(1).reports(&["scripted"]);
    let asked = services.asked();
    assert!(asked.contains(&format!("PUT /{bucket}/?policy")), "{asked:?}");
}

/// The head of an ELF program for 64-bit ARM that needs no library: the only part that packing reads.
pub(crate) fn arm64_program() -> Vec<u8> {
    let mut head = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0\x01\0\0\0".to_vec();
    head.resize(52, 0);
    // Sizes of this head, of a program header and of a section header.
    head.extend([64, 0, 56, 0, 0, 0, 64, 0, 0, 0, 0, 0]);
    head.extend(format!("{}{};", processor::config::CONTRACT_MARK, processor::config::VERSION).bytes());
    head
}

#[test]
fn the_queues_the_bus_and_the_function_are_asked_in_their_words() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        let dead_letters: Vec<DeadLetter> = [None, Some("customer-1".to_owned())]
            .into_iter()
            .map(|group| DeadLetter {
                message_id: UUID.to_owned(),
                body: "{\"detail\":{}}".to_owned(),
                group,
                receipt: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a".to_owned(),
                ..DeadLetter::default()
            })
            .collect();
        refused(clients.depth("orders-prod").await, "sqs:GetQueueUrl");
        for _ in 0..4 {
            let url = format!("https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/orders-prod");
            services.answers("GetQueueUrl", 200, json!({ "QueueUrl": url }));
        }
        refused(clients.depth("orders-prod").await, "sqs:GetQueueAttributes");
        refused(clients.peek("orders-prod", 30).await, "sqs:ReceiveMessage");
        let receipts: Vec<String> =
            dead_letters.iter().map(|dead_letter| dead_letter.receipt.clone()).collect();
        for seconds in [0, 300] {
            services.answers(
                "GetQueueUrl",
                200,
                json!({ "QueueUrl": format!("https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/orders-prod") }),
            );
            refused(clients.hide("orders-prod", &receipts, seconds).await, "sqs:ChangeMessageVisibility");
        }
        refused(clients.send_messages("orders-prod", &dead_letters).await, "sqs:SendMessage");
        refused(clients.delete_messages("orders-prod", &dead_letters).await, "sqs:DeleteMessage");
        refused(clients.oldest_seconds("orders-prod").await, "cloudwatch:GetMetricStatistics");
        refused(clients.alarms(&["orders-errors".to_owned()]).await, "cloudwatch:DescribeAlarms");
        let window = Window { from: 1_769_850_300, period_seconds: 60, periods: 30 };
        let metrics = ["Sum", "p99"].map(|statistic| Metric {
            namespace: "AWS/Lambda",
            name: "Duration",
            dimensions: vec![("FunctionName", "orders-prod")],
            statistic,
        });
        refused(clients.series(&metrics, window).await, "cloudwatch:GetMetricData");
        for word in ["", "rejections"] {
            let lines = clients.log_lines("/aws/lambda/orders-prod", 1_769_850_300, word).await;
            refused(lines, "logs:FilterLogEvents");
        }

        let event = BusEvent {
            source: "shipment.service".to_owned(),
            detail_type: "shipment.created".to_owned(),
            detail: "{}".to_owned(),
            time: Some(1_769_850_300),
            resources: vec!["arn:aws:sqs:eu-west-1:123456789012:q".to_owned()],
        };
        refused(clients.put_events("orders-prod", &vec![event; 10]).await, "events:PutEvents");

        refused(clients.function("orders-prod").await, "lambda:GetFunctionConfiguration");
        services.answers("GET /2015-03-31/functions/orders-prod/configuration", 200, "{}");
        refused(clients.function("orders-prod").await, "lambda:ListEventSourceMappings");
        refused(clients.live_version("orders-prod").await, "lambda:GetAlias");
        let zip = ZipLocation {
            bucket: "artifacts".to_owned(),
            key: KEY.to_owned(),
            version: Some("3sL4kqtJlcpXroDTDmJ".to_owned()),
        };
        refused(clients.latest_code("orders-prod").await, "lambda:GetFunctionConfiguration");
        refused(clients.live_code("orders-prod").await, "lambda:GetFunctionConfiguration");
        refused(clients.set_code("orders-prod", &zip, Some(UUID)).await, "lambda:UpdateFunctionCode");
        let sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        refused(clients.publish("orders-prod", sha256, "code alone").await, "lambda:PublishVersion");
        refused(clients.make_live("orders-prod", "7").await, "lambda:UpdateAlias");
        refused(clients.concurrent_executions().await, "lambda:GetAccountSettings");
        refused(clients.mapping(UUID).await, "lambda:GetEventSourceMapping");
        let wanted = Mapping { enabled: true, batch_size: 10, window_seconds: 5 };
        refused(clients.set_mapping(UUID, &wanted).await, "lambda:UpdateEventSourceMapping");
        refused(clients.identity().await, "sts:GetCallerIdentity");
    });
}

#[test]
fn the_table_and_the_archive_are_asked_in_their_words() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        let keys: Vec<RowKey> = (0..100)
            .map(|number| RowKey {
                partition: KeyValue::Text(format!("S-{number}")),
                sort: Some(KeyValue::Text("2026-11-27T10:00:00Z".to_owned())),
            })
            .collect();
        let names = KeyNames {
            partition: "shipment_id",
            sort: Some("event_timestamp"),
            newer_by: Some("changed_at"),
        };
        refused(clients.rows("orders-prod", names, &keys).await, "dynamodb:BatchGetItem");
        refused(clients.row_count("orders-prod").await, "dynamodb:DescribeTable");
        refused(clients.table_bytes("orders-prod").await, "dynamodb:DescribeTable");
        let bounds = [None, Some(KeyValue::Text("2026-11-01T00:00:00Z".to_owned()))];
        for (index, from, to) in
            [(None, 0, 0), (Some("status-timestamp-index".to_owned()), 1, 1), (None, 1, 0), (None, 0, 1)]
        {
            let query = Query {
                table: "orders-prod".to_owned(),
                index,
                partition: ("shipment_id".to_owned(), KeyValue::Text("S-1".to_owned())),
                sort: Some("event_timestamp".to_owned()),
                oldest_first: false,
                from: bounds[from].clone(),
                to: bounds[to].clone(),
                unexpired_at: Some(1),
            };
            services.answers(
                "Query",
                200,
                json!({"Items": [], "LastEvaluatedKey": {"shipment_id": {"S": "S-1"}}}),
            );
            let page = clients.query(&query, None, 100).await.expect("a page");
            refused(clients.query(&query, page.next, 100).await, "dynamodb:Query");
        }
        let mark = |expires_at, over| ErasedMark {
            key: vec![("shipment_id".to_owned(), KeyValue::Text("S-1".to_owned()))],
            sha256: "0a1b2c3d".to_owned(),
            erased_at: jiff::Timestamp::UNIX_EPOCH,
            expires_at,
            over,
        };
        let seen = || Some("2026-11-28T08:00:00Z".to_owned());
        for over in [Over::NoRow, Over::Row(None, None), Over::Row(seen(), None), Over::Row(seen(), seen())] {
            for expires_at in [None, Some(1)] {
                let marks = [mark(expires_at, over.clone())];
                refused(clients.write_marks("orders-prod", &marks).await.1, "dynamodb:PutItem");
            }
        }
        let taken =
            json!({"__type": "ConditionalCheckFailedException", "message": "The conditional request failed"});
        services.answers("PutItem", 400, taken);
        assert_eq!(
            clients.write_marks("orders-prod", &[mark(None, Over::NoRow)]).await,
            (vec![false], Ok(()))
        );
        for (look, change, done) in [
            ("DescribeTimeToLive", "UpdateTimeToLive", 0),
            ("DescribeContinuousBackups", "UpdateContinuousBackups", 1),
        ] {
            services.answers(look, 200, json!({}));
            let answer = match done {
                0 => clients.enable_time_to_live("orders-prod", "expires_at").await,
                _ => clients.enable_point_in_time_recovery("orders-prod", 35).await,
            };
            assert!(format!("{answer:?}").contains(change), "{answer:?}");
        }

        let archive = Archive {
            logical_id: "Archive".to_owned(),
            name: "orders-prod".to_owned(),
            event_bus_name: "orders-prod".to_owned(),
            retention_days: Some(7),
            description: Some("What the rule matches".to_owned()),
            pattern: Some(json!({"source": ["shipment.service"]})),
        };
        services.answers("DescribeArchive", 200, json!({}));
        let answer = format!("{:?}", clients.put_archive(&archive).await);
        assert!(answer.contains("UpdateArchive"), "{answer}");
        services.answers("DescribeArchive", 400, json!({"__type": "ResourceNotFoundException"}));
        services.answers(
            "DescribeEventBus",
            200,
            json!({"Arn": format!("arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/orders-prod")}),
        );
        let answer = format!("{:?}", clients.put_archive(&archive).await);
        assert!(answer.contains("CreateArchive"), "{answer}");
        let answer = format!("{:?}", clients.delete_archive("orders-prod").await);
        assert!(answer.contains("DeleteArchive"), "{answer}");
    });
}

/// The lookups before anything is created: names, and the keys that a spec names.
#[test]
fn names_and_keys_are_looked_up_in_their_services_words() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        let table = json!({"Table": {"TableName": "orders-prod"}});
        let no_expiry = json!({"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}});
        for (answered, asked) in
            [(0, "DescribeTable"), (1, "DescribeTimeToLive"), (2, "DescribeContinuousBackups")]
        {
            for (operation, answer) in
                [("DescribeTable", table.clone()), ("DescribeTimeToLive", no_expiry.clone())]
                    .into_iter()
                    .take(answered)
            {
                services.answers(operation, 200, answer);
            }
            refused(clients.existing_table("orders-prod").await, &format!("dynamodb:{asked}"));
        }
        for (resource_type, operation) in [
            ("AWS::SQS::Queue", "sqs:GetQueueUrl"),
            ("AWS::Events::EventBus", "events:DescribeEventBus"),
            ("AWS::Events::Archive", "events:DescribeArchive"),
            ("AWS::Lambda::Function", "lambda:GetFunctionConfiguration"),
            ("AWS::CloudWatch::Dashboard", "cloudwatch:GetDashboard"),
            ("AWS::Logs::LogGroup", "logs:DescribeLogGroups"),
        ] {
            refused(clients.exists(resource_type, "orders-prod").await, operation);
        }
        // The local cloud is asked stack by stack.
        refused(clients.owner("orders-prod").await, "cloudformation:DescribeStacks");
        let stack = "<member><StackName>billing</StackName><StackStatus>CREATE_COMPLETE</StackStatus>\
             <CreationTime>2026-11-27T10:00:00Z</CreationTime></member>";
        let stacks = format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks>{stack}</Stacks></DescribeStacksResult></DescribeStacksResponse>"
        );
        services.answers("DescribeStacks", 200, stacks);
        refused(clients.owner("orders-prod").await, "cloudformation:DescribeStackResources");

        let key = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/{UUID}");
        refused(clients.key(&key).await, "kms:DescribeKey");
        services.answers("DescribeKey", 200, json!({"KeyMetadata": {"KeyId": UUID}}));
        refused(clients.key(&key).await, "kms:GetKeyPolicy");
        let tag = json!({"TagKey": "team", "TagValue": "logistics"});
        let page = json!({"Tags": [tag], "Truncated": true, "NextMarker": "2"});
        services.answers("ListResourceTags", 200, page);
        refused(clients.key_tags(&key).await, "kms:ListResourceTags");
    });
}

/// Paged calls are made twice: with and without a token.
#[test]
fn the_log_and_all_stacks_are_asked_in_their_services_words() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        let page = "<DescribeStacksResponse><DescribeStacksResult><Stacks/><NextToken>next</NextToken></DescribeStacksResult></DescribeStacksResponse>";
        services.answers("DescribeStacks", 200, page);
        refused(clients.stacks().await, "cloudformation:DescribeStacks");
        let pattern = Some("%ERROR%".to_owned());
        let query = LogQuery {
            group: "/aws/lambda/orders-prod".to_owned(),
            from: 1_764_230_400_000,
            to: Some(1_764_230_460_000),
            pattern,
        };
        for next in [None, Some("1764230400001".to_owned())] {
            refused(clients.log_events(&query, next).await, "logs:FilterLogEvents");
        }
    });
}

#[test]
fn archives_and_replays_are_asked_for_in_eventbridges_words() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        let arn = |resource: &str| format!("arn:aws:events:eu-west-1:{ACCOUNT}:{resource}");
        refused(clients.archive("orders-archive-prod").await, "events:DescribeArchive");
        services.answers("ListReplays", 200, json!({"Replays": [], "NextToken": "2"}));
        let archive = arn("archive/orders-archive-prod");
        refused(clients.running_replays(&archive).await, "events:ListReplays");
        let request = ReplayRequest {
            name: "orders-archive-prod-20261128T040000".to_owned(),
            archive,
            bus: arn("event-bus/orders-prod"),
            rules: vec![arn("rule/orders-prod/orders-rule-prod")],
            span: Span { from: 1_764_230_400, to: 1_764_234_000 },
        };
        refused(clients.start_replay(&request).await, "events:StartReplay");
        refused(clients.replay(&request.name).await, "events:DescribeReplay");
        refused(clients.cancel_replay(&request.name).await, "events:CancelReplay");

        // The name is taken by the first attempt, whose answer was lost; or by someone else.
        let taken = json!({"__type": "ResourceAlreadyExistsException", "message": "taken"});
        for (to, is_ours) in [(1_764_234_000, true), (1_764_230_460, false)] {
            services.answers("StartReplay", 400, taken.clone());
            let there = json!({"State": "RUNNING", "EventStartTime": 1_764_230_400, "EventEndTime": to});
            services.answers("DescribeReplay", 200, there);
            assert_eq!(clients.start_replay(&request).await.is_ok(), is_ours);
        }
    });
}

#[test]
fn rows_are_counted_and_scanned_in_dynamodbs_words() {
    let services = Services::start();
    run(async {
        let clients = services.clients("eu-west-1", true).await;
        let query = Query {
            table: "orders-prod".to_owned(),
            index: Some("status-timestamp-index".to_owned()),
            partition: ("processing_status".to_owned(), KeyValue::Text("PROCESSED".to_owned())),
            sort: Some("event_timestamp".to_owned()),
            from: Some(KeyValue::Text("2026-11-28T03:00:00.000000000Z".to_owned())),
            to: Some(KeyValue::Text("2026-11-28T03:59:59.999999999Z".to_owned())),
            oldest_first: true,
            unexpired_at: None,
        };
        let key = json!({"shipment_id": {"S": "S-1"}});
        services.answers("Query", 200, json!({"Count": 7, "ScannedCount": 7, "LastEvaluatedKey": key}));
        let (count, after) = clients.count(&query, None).await.expect("a count");
        assert_eq!(count, 7);
        refused(clients.count(&query, after).await, "dynamodb:Query");
        services.answers(
            "Scan",
            200,
            json!({"Items": [], "Count": 0, "ScannedCount": 9, "LastEvaluatedKey": key}),
        );
        let page = clients.scan("orders-prod", "e-1", None).await.expect("a page");
        assert_eq!(page.scanned, 9);
        refused(clients.scan("orders-prod", "e-1", page.next).await, "dynamodb:Scan");
    });
}
