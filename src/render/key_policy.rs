//! The required content of a KMS key's policy: the one source of the template's `KeyPolicy`, of the output of
//! `pipectl explain encryption --policy`, and of a plan's check of a custom key's policy.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::arns::Arns;
use super::key::{Key, Keys};
use crate::spec::Spec;

/// A statement that a key's policy needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Needed {
    /// Who calls, and when.
    pub reason: &'static str,
    /// What happens without it.
    pub without: &'static str,
    /// `Sid`, `Effect`, `Principal`, `Action`, `Resource` and, if AWS documents one, `Condition`.
    pub statement: Value,
    /// The condition keys that are known to be in the request, each with its value.
    #[serde(skip)]
    pub(super) context: Map<String, Value>,
    /// Condition keys that are known not to be in the request.
    #[serde(skip)]
    pub(super) absent: &'static [&'static str],
}

/// The uses of one key, and what its policy needs for them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyPolicy {
    /// The key's ARN; `None` for the key that the stack creates, whose statements are those of the template.
    pub key: Option<String>,
    /// What it encrypts, as nouns.
    pub encrypts: Vec<&'static str>,
    pub statements: Vec<Needed>,
}

/// The needs of every key of a spec. `account` is the stack's, if it is known; otherwise it is the spec's, or each key's
/// own. The other values in a key's statements follow from its ARN.
#[must_use]
pub fn key_policies(spec: &Spec, account: Option<&str>) -> Vec<KeyPolicy> {
    let keys = Keys::of(spec);
    keys.all()
        .into_iter()
        .map(|key| {
            let uses = Uses::of(spec, keys, key);
            let statements = match key {
                Key::OfStack => template_statements(spec),
                Key::Arn(arn) => {
                    let parts: Vec<&str> = arn.split(':').collect();
                    let part = |index: usize| parts.get(index).copied().unwrap_or_default();
                    let location = Location {
                        partition: part(1),
                        region: part(3),
                        account: account.or(spec.deploy.account.as_deref()).unwrap_or(part(4)),
                    };
                    statements(&Arns::of(&spec.resolved_names()), &uses, DELEGATED, &|text| {
                        location.write(text)
                    })
                }
            };
            let key = match key {
                Key::OfStack => None,
                Key::Arn(arn) => Some(arn.to_owned()),
            };
            KeyPolicy { key, encrypts: uses.words(), statements }
        })
        .collect()
}

/// The statements of the stack's own key, in CloudFormation's form; empty if the stack creates none.
pub(super) fn template_statements(spec: &Spec) -> Vec<Needed> {
    let keys = Keys::of(spec);
    if !keys.all().contains(&Key::OfStack) {
        return Vec::new();
    }
    // A key without this statement can lock everyone out.
    let all = &["kms:*"];
    statements(
        &Arns::of(&spec.resolved_names()),
        &Uses::of(spec, keys, Key::OfStack),
        all,
        &|text| json!({"Fn::Sub": text}),
    )
}

/// What the account's own policies must be able to grant: CloudFormation's caller creates grants for the table and the
/// function; DynamoDB, Lambda and SQS use the key as the processor.
const DELEGATED: &[&str] = &[
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
];

/// What a key encrypts.
#[derive(Debug, Clone, Copy)]
struct Uses {
    /// Everything except the queues.
    main: bool,
    /// Including the bus; an existing one is encrypted with its owner's key.
    bus: bool,
    /// Including the archive.
    archive: bool,
    queue: bool,
    undelivered: bool,
}

impl Uses {
    fn of(spec: &Spec, keys: Keys<'_>, key: Key<'_>) -> Self {
        let main = keys.main == Some(key);
        Self {
            main,
            bus: main && spec.bus.existing.is_none(),
            archive: main && spec.bus.archive.settings().is_some(),
            queue: keys.queue == Some(key),
            undelivered: keys.undelivered == Some(key),
        }
    }

    fn words(self) -> Vec<&'static str> {
        let main = ["table", "alarm topic", "processor's log", "processor's environment"];
        let mut words: Vec<&'static str> = Vec::new();
        words.extend(self.bus.then_some("bus"));
        words.extend(self.archive.then_some("archive"));
        words.extend(self.main.then_some(main).into_iter().flatten());
        if self.queue {
            words.extend(["queue", "dead-letter queue"]);
        }
        if self.undelivered {
            words.push("queue for undelivered events");
        }
        words
    }
}

/// The region, account and partition of a key and its stack.
struct Location<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
}

impl Location<'_> {
    fn write(&self, text: &str) -> Value {
        let text = text
            .replace("${AWS::Partition}", self.partition)
            .replace("${AWS::Region}", self.region)
            .replace("${AWS::AccountId}", self.account)
            .replace("${AWS::URLSuffix}", url_suffix(self.partition))
            .replace("${!", "${");
        json!(text)
    }
}

/// The DNS suffix of a partition's services.
fn url_suffix(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

/// `write` turns a text with pseudo parameters, such as `${AWS::Region}`, into a value.
fn statements(arns: &Arns, uses: &Uses, delegated: &[&str], write: &dyn Fn(&str) -> Value) -> Vec<Needed> {
    let account = write("${AWS::AccountId}");
    let mut found = vec![
        Needed::new(
            "The account's IAM policies decide: those of CloudFormation's caller and of the processor's role.",
            "FromAccount",
            json!({"AWS": write("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")}),
            delegated,
        )
        .without("the stack cannot be created, and the processor cannot decrypt anything")
        .with("kms:CallerAccount", account.clone()),
    ];
    let events = || json!({"Service": "events.amazonaws.com"});
    if uses.queue || uses.undelivered {
        // AWS documents this statement without a condition, and that source conditions do not work: with them every event
        // is lost. The queues' own policies name the rule.
        let reason = "EventBridge, when it sends an event to an encrypted queue. No condition: it gives KMS no source.";
        let mut rule = Needed::new(reason, "FromRule", events(), &["kms:Decrypt", "kms:GenerateDataKey"]);
        rule.absent = &["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID"];
        found.push(rule.without(if uses.undelivered {
            "EventBridge cannot store undelivered events: they are lost"
        } else {
            "no event reaches the queue: all go to the queue for undelivered events"
        }));
    }
    if uses.bus || uses.archive {
        found.extend(of_events(uses, &write(&arns.bus), &account));
    }
    if uses.main {
        found.push(
            Needed::new(
                "CloudWatch, when an alarm notifies the topic.",
                "FromAlarms",
                json!({"Service": "cloudwatch.amazonaws.com"}),
                &["kms:Decrypt", "kms:GenerateDataKey*"],
            )
            .without("alarms fire and nobody is notified")
            .with("aws:SourceArn", write(&arns.alarms))
            .with("aws:SourceAccount", account),
        );
        found.push(
            Needed::new(
                "CloudWatch Logs, only for the processor's log.",
                "FromLog",
                json!({"Service": write("logs.${AWS::Region}.${AWS::URLSuffix}")}),
                &["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            )
            .without("the processor's log cannot be created")
            .when("ArnEquals", "kms:EncryptionContext:aws:logs:arn", write(&arns.log_group)),
        );
    }
    found
}

/// EventBridge's needs for its bus and its archive.
fn of_events(uses: &Uses, bus: &Value, account: &Value) -> [Needed; 2] {
    let events = || json!({"Service": "events.amazonaws.com"});
    let look =
        "EventBridge, before it stores events: it describes the key before it has an encryption context.";
    let (keep, refused, lost) = match (uses.bus, uses.archive) {
        (true, true) => (
            "EventBridge, when it stores events on the bus and in its archive.",
            "the bus cannot be created",
            "the bus stores no events, so the archive has nothing to replay",
        ),
        (true, false) => (
            "EventBridge, when it stores events on the bus.",
            "the bus cannot be created",
            "the bus stores no events",
        ),
        (false, _) => (
            "EventBridge, when it stores events of the bus in the archive.",
            "the archive cannot be created",
            "the archive has nothing to replay",
        ),
    };
    let actions = ["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"];
    [
        Needed::new(look, "FromBusToLook", events(), &["kms:DescribeKey"]).without(refused),
        Needed::new(keep, "FromBus", events(), &actions)
            .without(lost)
            .when("StringEquals", "kms:EncryptionContext:aws:events:event-bus:arn", bus.clone())
            .with("aws:SourceArn", bus.clone())
            .with("aws:SourceAccount", account.clone()),
    ]
}

impl Needed {
    fn new(reason: &'static str, sid: &str, principal: Value, actions: &[&str]) -> Self {
        let action = if let [action] = actions { json!(action) } else { json!(actions) };
        let statement = json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": principal,
            "Action": action,
            "Resource": "*",
        });
        Self { reason, without: "", statement, context: Map::new(), absent: &[] }
    }

    fn without(mut self, consequence: &'static str) -> Self {
        self.without = consequence;
        self
    }

    /// Adds the condition that the request has this value.
    fn when(mut self, operator: &str, key: &str, value: Value) -> Self {
        self.statement["Condition"] = json!({operator: {key: value}});
        self.with(key, value)
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.context.insert(key.to_owned(), value);
        self
    }

    /// The statement's `Sid`.
    #[must_use]
    pub fn sid(&self) -> &str {
        self.statement["Sid"].as_str().unwrap_or_default()
    }

    /// Who is allowed: the principal's text, or its reference.
    #[must_use]
    pub(super) fn principal(&self) -> &Value {
        &self.statement["Principal"]
    }

    #[must_use]
    pub(super) fn actions(&self) -> Vec<&str> {
        texts(&self.statement["Action"])
    }
}

/// A text, or the texts of a list.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}
