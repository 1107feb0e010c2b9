//! Ten single faults, each found at its hop in AWS's answers, and no finding for a healthy pipeline.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Blueprint, Check, Hop, Repair, State, Words, checks, look};
use crate::render::{Sandbox, SandboxRun, render};
use crate::stack::{
    CallError, CallErrorKind, DetectedDifference, DetectedDrift, ExistingApi, FoundFunction, FoundKey,
    FoundKeys, FoundMapping, FoundQueue, FoundRule, FoundTable, FoundTarget, HopApi, KeyAnswer, KeyApi,
    KeyState, Stack, StackResource, StackStatus, TableIndexes, TableUnits,
};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const SPEC: &str =
    "version: 1\nname: ship\nenvironment: prod\nencryption: stack_key\nbus: {pattern: {source: [a]}}\n";

/// Nothing custom is expanded.
struct Unused;

impl Sandbox for Unused {
    fn run(&self, request: &str) -> SandboxRun {
        panic!("{request}")
    }
}

fn template(spec: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spec.yaml");
    std::fs::write(&path, spec).expect("a file");
    let path = camino::Utf8PathBuf::from_path_buf(path).expect("UTF-8");
    let tree = crate::source::read(&path).expect("a spec");
    render(&crate::validate::validate(&tree, false).expect("a valid spec"), &Unused)
        .expect("a template")
        .parsed
}

fn stack() -> Stack {
    Stack {
        name: "ship-prod".to_owned(),
        id: format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/ship-prod/0a1b"),
        status: StackStatus::new("CREATE_COMPLETE"),
        reason: None,
        parameters: BTreeMap::new(),
        outputs: BTreeMap::new(),
        tags: BTreeMap::new(),
        termination_protection: false,
        is_watched: false,
    }
}

fn resources() -> Vec<StackResource> {
    let url = |name: &str| format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}");
    let all = [
        ("Bus", "AWS::Events::EventBus", "ship-prod".to_owned()),
        ("Rule", "AWS::Events::Rule", "ship-prod|ship-rule-prod".to_owned()),
        ("Queue", "AWS::SQS::Queue", url("ship-queue-prod")),
        ("DeadLetterQueue", "AWS::SQS::Queue", url("ship-dlq-prod")),
        ("UndeliveredQueue", "AWS::SQS::Queue", url("ship-undelivered-prod")),
        ("Processor", "AWS::Lambda::Function", "ship-processor-prod".to_owned()),
        ("ProcessorAlias", "AWS::Lambda::Alias", arn("lambda", "function:ship-processor-prod:live")),
        ("ProcessorRole", "AWS::IAM::Role", "ship-role".to_owned()),
        ("QueueToProcessor", "AWS::Lambda::EventSourceMapping", "uuid".to_owned()),
        ("EventsTable", "AWS::DynamoDB::Table", "ship-events-prod".to_owned()),
        ("EncryptionKey", "AWS::KMS::Key", "0a1b-2c3d".to_owned()),
    ];
    let resource = |(logical_id, kind, physical_id): (&str, &str, String)| StackResource {
        logical_id: logical_id.to_owned(),
        physical_id,
        resource_type: kind.to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
        reason: None,
    };
    all.into_iter().map(resource).collect()
}

fn arn(service: &str, remainder: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{remainder}")
}

/// AWS's answers for a pipeline.
#[derive(Clone)]
struct World {
    rule: Option<FoundRule>,
    queues: BTreeMap<String, FoundQueue>,
    mapping: Option<FoundMapping>,
    function: FoundFunction,
    /// The version that the alias points to.
    running: FoundFunction,
    reserved: Option<u64>,
    role: DetectedDrift,
    table: Option<FoundKeys>,
    key: KeyState,
    key_policy: KeyAnswer<Value>,
    has_key: bool,
    has_bus: bool,
    denies: bool,
}

impl World {
    /// A pipeline that matches the template.
    fn healthy() -> Self {
        let policy = |queue: &str| {
            json!({"Statement": [{
                "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
                "Resource": arn("sqs", queue),
                "Condition": {"ArnEquals": {"aws:SourceArn": arn("events", "rule/ship-prod/ship-rule-prod")},
                    "StringEquals": {"aws:SourceAccount": ACCOUNT}},
            }]})
        };
        let queue = |name: &str, policy: Option<Value>, dead_letters: Option<&str>| FoundQueue {
            arn: arn("sqs", name),
            policy,
            dead_letters: dead_letters.map(|name| arn("sqs", name)),
        };
        let template = template(SPEC);
        let variables = &template["Resources"]["Processor"]["Properties"]["Environment"]["Variables"];
        let environment = BTreeMap::from([
            ("EVENTS_TABLE_NAME", "ship-events-prod".to_owned()),
            ("ENVIRONMENT", "prod".to_owned()),
            ("PIPELINE_CONFIG", variables["PIPELINE_CONFIG"].as_str().expect("a text").to_owned()),
            ("DEAD_LETTER_QUEUE_URL", format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/ship-dlq-prod")),
            ("CANARY_KEY", "secret".to_owned()),
        ]);
        let function = FoundFunction {
            state: "Active".to_owned(),
            role: format!("arn:aws:iam::{ACCOUNT}:role/ship-role"),
            environment: environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        Self {
            rule: Some(FoundRule {
                state: "ENABLED".to_owned(),
                pattern: Some(r#"{"source":["a"]}"#.to_owned()),
                targets: vec![FoundTarget {
                    arn: arn("sqs", "ship-queue-prod"),
                    input_path: None,
                    dead_letters: Some(arn("sqs", "ship-undelivered-prod")),
                }],
            }),
            queues: BTreeMap::from(
                [
                    ("ship-queue-prod", Some(policy("ship-queue-prod")), Some("ship-dlq-prod")),
                    ("ship-dlq-prod", None, None),
                    ("ship-undelivered-prod", Some(policy("ship-undelivered-prod")), None),
                ]
                .map(|(name, policy, dead_letters)| (name.to_owned(), queue(name, policy, dead_letters))),
            ),
            mapping: Some(FoundMapping {
                state: "Enabled".to_owned(),
                queue: arn("sqs", "ship-queue-prod"),
                function: arn("lambda", "function:ship-processor-prod:live"),
                reports_failures: true,
            }),
            running: function.clone(),
            function,
            reserved: None,
            role: drift("IN_SYNC", &[]),
            table: Some(FoundKeys {
                status: "ACTIVE".to_owned(),
                keys: BTreeMap::from([
                    ("HASH".to_owned(), "shipment_id".to_owned()),
                    ("RANGE".to_owned(), "event_timestamp".to_owned()),
                ]),
            }),
            key: KeyState { state: "Enabled".to_owned(), symmetric: true, aws_managed: false },
            key_policy: KeyAnswer::Denied,
            has_key: true,
            has_bus: true,
            denies: false,
        }
    }

    fn answer<T>(&self, action: &str, value: T) -> Result<T, CallError> {
        if self.denies {
            return Err(CallError::new(CallErrorKind::Denied, action, "no"));
        }
        Ok(value)
    }
}

fn drift(status: &str, differences: &[(&str, &str)]) -> DetectedDrift {
    let difference = |(path, expected): &(&str, &str)| DetectedDifference {
        path: (*path).to_owned(),
        expected: Some((*expected).to_owned()),
        actual: None,
    };
    DetectedDrift {
        logical_id: String::new(),
        resource_type: String::new(),
        physical_id: String::new(),
        status: status.to_owned(),
        differences: differences.iter().map(difference).collect(),
    }
}

impl HopApi for World {
    async fn found_rule(&self, bus: &str, name: &str) -> Result<Option<FoundRule>, CallError> {
        assert!(["ship-prod", "shared"].contains(&bus) && name == "ship-rule-prod", "{bus} {name}");
        self.answer("events:DescribeRule", self.rule.clone())
    }
    async fn found_queue(&self, name: &str) -> Result<Option<FoundQueue>, CallError> {
        self.answer("sqs:GetQueueAttributes", self.queues.get(name).cloned())
    }
    async fn found_function(
        &self,
        name: &str,
        alias: Option<&str>,
    ) -> Result<Option<FoundFunction>, CallError> {
        assert_eq!(name, "ship-processor-prod");
        let function = if alias == Some("live") { &self.running } else { &self.function };
        self.answer("lambda:GetFunctionConfiguration", Some(function.clone()))
    }
    async fn reserved_concurrency(&self, _: &str) -> Result<Option<u64>, CallError> {
        self.answer("lambda:GetFunctionConcurrency", self.reserved)
    }
    async fn found_mapping(&self, uuid: &str) -> Result<Option<FoundMapping>, CallError> {
        assert_eq!(uuid, "uuid");
        self.answer("lambda:GetEventSourceMapping", self.mapping.clone())
    }
    async fn found_keys(&self, table: &str) -> Result<Option<FoundKeys>, CallError> {
        assert_eq!(table, "ship-events-prod");
        self.answer("dynamodb:DescribeTable", self.table.clone())
    }
    async fn resource_drift(&self, _: &str, logical_id: &str) -> Result<DetectedDrift, CallError> {
        let found = if logical_id == "ProcessorRole" { self.role.clone() } else { drift("IN_SYNC", &[]) };
        self.answer("cloudformation:DetectStackResourceDrift", found)
    }
}

impl ExistingApi for World {
    async fn existing_table(&self, name: &str) -> Result<Option<FoundTable>, CallError> {
        panic!("{name}")
    }
    async fn table_indexes(&self, name: &str) -> Result<Option<TableIndexes>, CallError> {
        panic!("{name}")
    }
    async fn warmth(&self, name: &str) -> Result<Option<TableUnits>, CallError> {
        panic!("{name}")
    }
    async fn exists(&self, _: &str, _: &str) -> Result<bool, CallError> {
        self.answer("events:DescribeEventBus", self.has_bus)
    }
    async fn owner(&self, id: &str) -> Result<Option<String>, CallError> {
        panic!("{id}")
    }
}

impl KeyApi for World {
    async fn key(&self, arn: &str) -> Result<Option<FoundKey>, CallError> {
        assert!(arn.ends_with(":key/0a1b-2c3d"), "{arn}");
        if !self.has_key {
            return Ok(None);
        }
        let state = if self.denies { KeyAnswer::Denied } else { KeyAnswer::Read(self.key.clone()) };
        Ok(Some(FoundKey { state, policy: self.key_policy.clone() }))
    }
    async fn key_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, CallError> {
        panic!("{arn}")
    }
}

async fn found(world: &World) -> Vec<Check> {
    found_of(SPEC, world).await
}

async fn found_of(spec: &str, world: &World) -> Vec<Check> {
    let (template, stack, resources) = (template(spec), stack(), resources());
    let blueprint = Blueprint::new(&template, &stack, (ACCOUNT, REGION), &resources);
    let seen = look(world, &blueprint, true).await.expect("answers");
    let words = Words { explain: "pipectl explain".to_owned(), flags: " --region eu-west-1".to_owned() };
    checks(&blueprint, &seen, &words)
}

async fn broken(world: &World) -> Vec<(Hop, String)> {
    let broken = found(world).await.into_iter().filter(|check| check.state == State::Broken);
    broken
        .map(|check| {
            assert!(check.repair.is_some() && check.expected.is_some(), "{check:?}");
            (check.hop, check.seen.unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn nothing_is_found_where_nothing_is_broken_and_every_hop_is_looked_at() {
    let checks = found(&World::healthy()).await;
    assert!(checks.iter().all(|check| check.state == State::Ok), "{checks:?}");
    let mut hops: Vec<Hop> = checks.iter().map(|check| check.hop).collect();
    hops.dedup();
    use Hop::{
        Bus, Concurrency, Environment, Key, Mapping, Processor, Queue, QueuePolicy, Role, Rule, Table, Target,
    };
    assert_eq!(
        hops,
        [
            Bus,
            Rule,
            Target,
            Queue,
            QueuePolicy,
            Queue,
            QueuePolicy,
            Mapping,
            Processor,
            Environment,
            Processor,
            Environment,
            Concurrency,
            Role,
            Table,
            Key,
        ]
    );
}

type Break = fn(&mut World);

#[tokio::test]
async fn each_of_ten_single_faults_is_found_at_its_hop() {
    let faults: [(&str, Break, Hop); 10] = [
        ("DISABLED", |world| world.rule.as_mut().expect("a rule").state = "DISABLED".to_owned(), Hop::Rule),
        ("no target", |world| world.rule.as_mut().expect("a rule").targets.clear(), Hop::Target),
        (
            "has no policy",
            |world| world.queues.get_mut("ship-queue-prod").expect("a queue").policy = None,
            Hop::QueuePolicy,
        ),
        (
            "Disabled",
            |world| world.mapping.as_mut().expect("one").state = "Disabled".to_owned(),
            Hop::Mapping,
        ),
        (
            "`EVENTS_TABLE_NAME` is other",
            |world| {
                drop(world.running.environment.insert("EVENTS_TABLE_NAME".to_owned(), "other".to_owned()))
            },
            Hop::Environment,
        ),
        ("no environment", |world| world.running.environment.clear(), Hop::Environment),
        (
            "/Policies/0 is nothing",
            |world| world.role = drift("MODIFIED", &[("/Policies/0", "{\"PolicyName\":\"processor\"}")]),
            Hop::Role,
        ),
        ("is disabled", |world| world.key.state = "Disabled".to_owned(), Hop::Key),
        ("there is none", |world| world.table = None, Hop::Table),
        ("it never starts", |world| world.reserved = Some(0), Hop::Concurrency),
    ];
    for (seen, spoil, hop) in faults {
        let mut world = World::healthy();
        spoil(&mut world);
        let found = broken(&world).await;
        let [(at, what)] = found.as_slice() else { panic!("{seen}: {found:?}") };
        assert!(*at == hop && what.contains(seen), "{seen}: {found:?}");
    }
}

#[tokio::test]
async fn further_faults_of_the_same_hops_are_found() {
    let faults: [(&str, Break, Hop); 12] = [
        ("there is none", |world| world.rule = None, Hop::Rule),
        (
            "its pattern is",
            |world| world.rule.as_mut().expect("one").pattern = Some("{}".to_owned()),
            Hop::Rule,
        ),
        (
            "undelivered events is none",
            |world| world.rule.as_mut().expect("one").targets[0].dead_letters = None,
            Hop::Target,
        ),
        (
            "$.detail",
            |world| world.rule.as_mut().expect("one").targets[0].input_path = Some("$.detail".to_owned()),
            Hop::Target,
        ),
        ("there is none", |world| drop(world.queues.remove("ship-dlq-prod")), Hop::Queue),
        (
            "dead-letter queue is none",
            |world| world.queues.get_mut("ship-queue-prod").expect("one").dead_letters = None,
            Hop::Queue,
        ),
        (
            "denies `sqs:SendMessage`",
            |world| {
                let policy = world.queues.get_mut("ship-queue-prod").and_then(|queue| queue.policy.as_mut());
                let policy = policy.expect("a policy");
                let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"});
                policy["Statement"].as_array_mut().expect("a list").push(deny);
            },
            Hop::QueuePolicy,
        ),
        ("it calls", |world| world.mapping.as_mut().expect("one").function.push_str("-2"), Hop::Mapping),
        ("whole batch", |world| world.mapping.as_mut().expect("one").reports_failures = false, Hop::Mapping),
        ("its role is", |world| world.running.role.push_str("-2"), Hop::Processor),
        (
            "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
            |world| {
                world.table.as_mut().expect("one").status = "INACCESSIBLE_ENCRYPTION_CREDENTIALS".to_owned()
            },
            Hop::Table,
        ),
        (
            "`PIPELINE_CONFIG` is another value",
            |world| drop(world.running.environment.insert("PIPELINE_CONFIG".to_owned(), "{}".to_owned())),
            Hop::Environment,
        ),
    ];
    for (seen, spoil, hop) in faults {
        let mut world = World::healthy();
        spoil(&mut world);
        let found = broken(&world).await;
        assert!(found.iter().any(|(at, what)| *at == hop && what.contains(seen)), "{seen}: {found:?}");
        assert!(found.iter().all(|(at, _)| *at == hop), "{seen}: {found:?}");
    }
}

#[tokio::test]
async fn what_is_denied_is_not_checked_and_not_called_healthy() {
    let checks = found(&World { denies: true, ..World::healthy() }).await;
    assert!(checks.len() >= 10);
    for check in checks {
        assert!(check.state == State::NotChecked && check.not_permitted.is_some(), "{check:?}");
    }
}

#[tokio::test]
async fn a_function_that_is_switched_off_is_switched_on_by_its_own_command() {
    let world = World { reserved: Some(0), ..World::healthy() };
    let repair = found(&world).await.into_iter().find_map(|check| check.repair);
    let expected = "aws lambda delete-function-concurrency --function-name ship-processor-prod";
    assert_eq!(repair, Some(Repair::Other(expected.to_owned())));
}

/// With a key and a bus that do not belong to the stack.
const OF_OTHERS: &str = "version: 1\nname: ship\nenvironment: prod\nencryption: {kms_key: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b-2c3d'}\nbus: {existing: shared, pattern: {source: [a]}}\n";

async fn of(hop: Hop, world: &World) -> Vec<Check> {
    found_of(OF_OTHERS, world).await.into_iter().filter(|check| check.hop == hop).collect()
}

#[tokio::test]
async fn what_is_not_the_stacks_is_not_repaired_by_a_revert() {
    let world = World { has_bus: false, has_key: false, ..World::healthy() };
    for (hop, seen, repair) in [
        (Hop::Bus, "there is none", "aws events create-event-bus --name shared --region eu-west-1"),
        (Hop::Key, "does not exist", "name a key that exists"),
    ] {
        let found = of(hop, &world).await;
        let [check] = found.as_slice() else { panic!("{found:?}") };
        assert!(check.seen.as_ref().is_some_and(|words| words.contains(seen)), "{check:?}");
        assert!(matches!(&check.repair, Some(Repair::Other(words)) if words.contains(repair)), "{check:?}");
        assert_ne!(check.expected.as_deref(), Some("it is part of the stack"));
    }
    let own = found(&world).await;
    let bus = own.iter().find(|check| check.hop == Hop::Bus).expect("a bus");
    assert_eq!(bus.repair, Some(Repair::REVERT), "the stack's own");
}

#[tokio::test]
async fn a_key_whose_policy_is_not_known_is_not_checked() {
    let denied = of(Hop::Key, &World::healthy()).await;
    let [check] = denied.as_slice() else { panic!("{denied:?}") };
    let action = check.not_permitted.as_deref();
    assert_eq!((check.state, action), (State::NotChecked, Some("kms:GetKeyPolicy")));

    // A certain finding is a separate line.
    let mut disabled = World::healthy();
    disabled.key.state = "Disabled".to_owned();
    let states: Vec<State> = of(Hop::Key, &disabled).await.iter().map(|check| check.state).collect();
    assert_eq!(states, [State::Broken, State::NotChecked]);

    let allow = |condition: Value| {
        let policy = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": condition}]});
        World { key_policy: KeyAnswer::Read(policy), ..World::healthy() }
    };
    let conditional =
        of(Hop::Key, &allow(json!({"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}})))
            .await;
    let unknown: Vec<&Check> = conditional.iter().filter(|check| check.state == State::NotChecked).collect();
    let [unknown] = unknown.as_slice() else { panic!("{conditional:?}") };
    assert!(unknown.seen.as_ref().is_some_and(|words| words.contains("kms:ViaService")), "{unknown:?}");
    let open = of(Hop::Key, &allow(json!({}))).await;
    assert!(open.iter().all(|check| check.state == State::Ok), "{open:?}");
}

#[tokio::test]
async fn a_missing_statement_is_shown_by_the_command_as_it_was_called() {
    let world = World { key_policy: KeyAnswer::Read(json!({"Statement": []})), ..World::healthy() };
    let repairs: Vec<Repair> =
        of(Hop::Key, &world).await.into_iter().filter_map(|check| check.repair).collect();
    let is_given = |repair: &Repair| matches!(repair, Repair::Other(words) if words.ends_with("as `pipectl explain` prints it"));
    assert!(!repairs.is_empty() && repairs.iter().all(is_given), "{repairs:?}");
}
