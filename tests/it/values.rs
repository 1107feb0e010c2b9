//! The values of a spec are those of its template, each in its own location only: every value of a thousand specs, parsed
//! by two parsers and compared at the expected location.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use camino::Utf8Path;
use pipectl::diagnostic::{Diagnostic, FileId};
use pipectl::render::{self, Template};
use pipectl::sandbox::Process;
use pipectl::spec::{
    Alarm, Encryption, EventMapping, LogRetention, Mapped, Permanent, QueueEncryption, Spec,
    UndeliveredEncryption, WarmThroughput,
};
use pipectl::{source, validate};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::cases::cases;
use crate::schema::pointers;
use crate::varied::varied;

/// The template of a spec, YAML or JSON. Characters that no file may contain are written as `\\u2028`.
pub(crate) fn rendered(text: &str) -> Template {
    let text: String = text.chars().fold(String::new(), |mut text, character| {
        let plain =
            character == '\n' || !(character.is_control() || "\u{2028}\u{2029}\u{feff}".contains(character));
        let _ =
            if plain { write!(text, "{character}") } else { write!(text, "\\u{:04x}", u32::from(character)) };
        text
    });
    let tree = source::read_text(Utf8Path::new("specs/made.yaml"), text)
        .unwrap_or_else(|failure| panic!("{:?}", failure.diagnostics[0].message));
    let checked = validate::validate(&tree, false);
    let output = |diagnostics: &[Diagnostic]| -> Vec<String> {
        diagnostics.iter().map(|one| format!("{}: {}: {}", one.code, one.path, one.message)).collect()
    };
    let checked = checked.unwrap_or_else(|failure| panic!("{:?}", output(&failure.diagnostics)));
    render::render(&checked, &Process).unwrap_or_else(|failure| panic!("{:?}", output(&failure.diagnostics)))
}

/// A field of the spec, its location in the template, and its value there. `None`: it is absent.
type Expected = Vec<(&'static str, &'static str, Option<Value>)>;

/// Written independently of the templates, from the meaning of the fields.
#[expect(clippy::too_many_lines, reason = "a table of similar entries")]
fn expected(spec: &Spec) -> Expected {
    let on = |alarm: bool, value: Value| alarm.then_some(value);
    let alarms = &spec.alarms;
    let name = |suffix: &str| format!("{}-{suffix}-{}", spec.name, spec.environment);
    let addresses: Vec<&String> = alarms.notify.iter().filter(|target| !target.starts_with("arn:")).collect();
    let mut actions = vec![json!({"Ref": "AlarmTopic"})];
    actions.extend(alarms.notify.iter().filter(|target| target.starts_with("arn:")).map(|arn| json!(arn)));
    let key = match &spec.encryption {
        Encryption::AwsOwned => None,
        Encryption::StackKey => Some(json!({"Fn::GetAtt": ["EncryptionKey", "Arn"]})),
        Encryption::KmsKey(arn) => Some(json!(arn.0)),
    };
    let queue_key = match &spec.queue.encryption {
        Some(QueueEncryption::SseSqs) => None,
        Some(QueueEncryption::KmsKey(arn)) => Some(json!(arn.0)),
        None => key.clone(),
    };
    let undelivered_key = match &spec.queue.undelivered.encryption {
        UndeliveredEncryption::SseSqs => None,
        UndeliveredEncryption::AsQueue => queue_key.clone(),
        UndeliveredEncryption::KmsKey(arn) => Some(json!(arn.0)),
    };
    let mut tags = spec.deploy.tags.clone();
    tags.insert("pipectl:environment".to_owned(), spec.environment.clone());
    tags.insert("pipectl:pipeline".to_owned(), spec.name.clone());
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let batch = &spec.processor.batch;
    let contract: Value = serde_json::to_value(validate::processor_config(spec)).expect("JSON");
    let depth = match &alarms.queue_depth {
        Alarm::On(depth) => Some(depth),
        Alarm::Off(_) => None,
    };
    let count =
        |alarm: &Alarm<pipectl::spec::Count>| alarm.settings().map(|settings| json!(settings.threshold));
    let dead_letter_alarm = alarms.dead_letters.settings();
    let load = spec.load.as_ref();
    vec![
        (
            "/name",
            "/Resources/EventsTable/Properties/TableName",
            Some(json!(format!("{}-{}", spec.name, spec.environment))),
        ),
        (
            "/environment",
            "/Resources/Processor/Properties/Environment/Variables/ENVIRONMENT",
            Some(json!(spec.environment)),
        ),
        ("/deploy/tags", "/Resources/Queue/Properties/Tags", Some(json!(tags))),
        ("/deploy/tags", "/Resources/EventsTable/Properties/Tags", Some(json!(tags))),
        (
            "/deploy/production",
            "/Resources/EventsTable/Properties/DeletionProtectionEnabled",
            Some(json!(spec.table.deletion_protection.unwrap_or(spec.deploy.production))),
        ),
        (
            "/table/deletion_protection",
            "/Resources/EventsTable/Properties/DeletionProtectionEnabled",
            Some(json!(spec.table.deletion_protection.unwrap_or(spec.deploy.production))),
        ),
        ("/encryption", "/Resources/EventsTable/Properties/SSESpecification/KMSMasterKeyId", key.clone()),
        ("/encryption", "/Resources/AlarmTopic/Properties/KmsMasterKeyId", key.clone()),
        ("/encryption", "/Resources/ProcessorLogGroup/Properties/KmsKeyId", key.clone()),
        (
            "/encryption",
            "/Resources/Archive/Properties/KmsKeyIdentifier",
            key.clone().filter(|_| spec.bus.archive.settings().is_some()),
        ),
        (
            "/encryption",
            "/Resources/Bus/Properties/KmsKeyIdentifier",
            key.clone().filter(|_| spec.bus.existing.is_none()),
        ),
        ("/encryption", "/Resources/Processor/Properties/KmsKeyArn", key.clone()),
        ("/encryption/kms_key", "/Resources/Processor/Properties/KmsKeyArn", key),
        ("/queue/encryption", "/Resources/Queue/Properties/KmsMasterKeyId", queue_key.clone()),
        (
            "/queue/encryption/kms_key",
            "/Resources/DeadLetterQueue/Properties/KmsMasterKeyId",
            queue_key.clone(),
        ),
        (
            "/queue/encryption",
            "/Resources/DeadLetterQueue/Properties/SqsManagedSseEnabled",
            queue_key.is_none().then_some(json!(true)),
        ),
        (
            "/queue/undelivered/encryption",
            "/Resources/UndeliveredQueue/Properties/SqsManagedSseEnabled",
            undelivered_key.is_none().then_some(json!(true)),
        ),
        (
            "/queue/undelivered/encryption/kms_key",
            "/Resources/UndeliveredQueue/Properties/KmsMasterKeyId",
            undelivered_key,
        ),
        (
            "/bus/pattern",
            "/Resources/Rule/Properties/EventPattern",
            Some(Value::Object(spec.bus.pattern.clone())),
        ),
        (
            "/bus/input",
            "/Resources/Rule/Properties/Targets/0/InputPath",
            (contract["input"] == "detail").then_some(json!("$.detail")),
        ),
        (
            "/bus/retry/max_attempts",
            "/Resources/Rule/Properties/Targets/0/RetryPolicy/MaximumRetryAttempts",
            Some(json!(spec.bus.retry.max_attempts)),
        ),
        (
            "/bus/retry/max_event_age_seconds",
            "/Resources/Rule/Properties/Targets/0/RetryPolicy/MaximumEventAgeInSeconds",
            Some(json!(spec.bus.retry.max_event_age_seconds)),
        ),
        (
            "/bus/archive/retention_days",
            "/Resources/Archive/Properties/RetentionDays",
            spec.bus.archive.settings().map(|archive| json!(archive.retention_days)),
        ),
        (
            "/bus/existing",
            "/Resources/Rule/Properties/EventBusName",
            Some(spec.bus.existing.as_ref().map_or_else(|| json!({"Ref": "Bus"}), |name| json!(name))),
        ),
        (
            "/bus/existing",
            "/Resources/Bus/Properties/Name",
            spec.bus.existing.is_none().then(|| json!(format!("{}-{}", spec.name, spec.environment))),
        ),
        (
            "/bus/rules/pattern",
            "/Resources/RuleReturns/Properties/EventPattern",
            spec.bus.rules.first().map(|rule| Value::Object(rule.pattern.clone())),
        ),
        (
            "/bus/rules/name",
            "/Resources/RuleReturns/Properties/Name",
            spec.bus.rules.first().map(|_| json!(format!("{}-returns", name("rule")))),
        ),
        (
            "/bus/rules/retry/max_attempts",
            "/Resources/RuleReturns/Properties/Targets/0/RetryPolicy/MaximumRetryAttempts",
            spec.bus
                .rules
                .first()
                .map(|rule| json!(rule.retry.as_ref().unwrap_or(&spec.bus.retry).max_attempts)),
        ),
        (
            "/bus/rules/retry/max_event_age_seconds",
            "/Resources/RuleReturns/Properties/Targets/0/RetryPolicy/MaximumEventAgeInSeconds",
            spec.bus
                .rules
                .first()
                .map(|rule| json!(rule.retry.as_ref().unwrap_or(&spec.bus.retry).max_event_age_seconds)),
        ),
        (
            "/bus/producers/organization",
            "/Resources/ProducerOrganizations/Properties/Statement/Condition/StringEquals/aws:PrincipalOrgID",
            (!spec.bus.producers.is_empty()).then(|| json!(["o-a1b2c3d4e5"])),
        ),
        (
            "/bus/producers/organizational_unit",
            "/Resources/ProducerUnits/Properties/Statement/Condition/ForAnyValue:StringLike/aws:PrincipalOrgPaths",
            (!spec.bus.producers.is_empty()).then(|| json!(["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"])),
        ),
        (
            "/queue/fair_by",
            "/Resources/Rule/Properties/Targets/0/SqsParameters/MessageGroupId",
            spec.queue.fair_by.clone().map(Into::into),
        ),
        (
            "/queue/visibility_timeout_seconds",
            "/Resources/Queue/Properties/VisibilityTimeout",
            Some(json!(
                spec.queue
                    .visibility_timeout_seconds
                    .unwrap_or(6 * spec.processor.timeout_seconds + batch.window_seconds)
            )),
        ),
        (
            "/queue/retention_days",
            "/Resources/Queue/Properties/MessageRetentionPeriod",
            Some(json!(spec.queue.retention_days * 24 * 3600)),
        ),
        (
            "/queue/receive_wait_seconds",
            "/Resources/Queue/Properties/ReceiveMessageWaitTimeSeconds",
            Some(json!(spec.queue.receive_wait_seconds)),
        ),
        (
            "/queue/dead_letter/permanent",
            "/Resources/Processor/Properties/Environment/Variables/DEAD_LETTER_QUEUE_URL",
            (spec.queue.dead_letter.permanent == Permanent::AtOnce)
                .then(|| json!({"Ref": "DeadLetterQueue"})),
        ),
        (
            "/queue/dead_letter/max_receive_count",
            "/Resources/Queue/Properties/RedrivePolicy/maxReceiveCount",
            Some(json!(spec.queue.max_receive_count(&spec.processor))),
        ),
        (
            "/queue/dead_letter/retention_days",
            "/Resources/DeadLetterQueue/Properties/MessageRetentionPeriod",
            Some(json!(spec.queue.dead_letter.retention_days * 24 * 3600)),
        ),
        (
            "/slo",
            "/Resources/FastBurnAlarm/Type",
            spec.slo.as_ref().map(|_| json!("AWS::CloudWatch::CompositeAlarm")),
        ),
        (
            "/slo/stored_within_seconds",
            "contract:/slo/stored_within_seconds",
            spec.slo.as_ref().map(|slo| json!(slo.stored_within_seconds)),
        ),
        (
            "/slo/percent",
            "/Resources/SlowBurnShortAlarm/Properties/Threshold",
            spec.slo.as_ref().map(|slo| json!(((100.0 - slo.percent) * 6e6).round() / 1e6)),
        ),
        (
            "/processor/memory_mb",
            "/Resources/Processor/Properties/MemorySize",
            Some(json!(spec.processor.memory_mb)),
        ),
        (
            "/processor/timeout_seconds",
            "/Resources/Processor/Properties/Timeout",
            Some(json!(spec.processor.timeout_seconds)),
        ),
        (
            "/processor/architecture",
            "/Resources/Processor/Properties/Architectures",
            Some(json!([spec.processor.architecture.as_str()])),
        ),
        (
            "/processor/batch/size",
            "/Resources/QueueToProcessor/Properties/BatchSize",
            Some(json!(batch.size)),
        ),
        (
            "/processor/batch/window_seconds",
            "/Resources/QueueToProcessor/Properties/MaximumBatchingWindowInSeconds",
            Some(json!(batch.window_seconds)),
        ),
        (
            "/processor/batch/max_concurrency",
            "/Resources/QueueToProcessor/Properties/ScalingConfig/MaximumConcurrency",
            spec.max_concurrency().map(|sized| json!(sized.value)),
        ),
        (
            "/processor/batch/pollers/min",
            "/Resources/QueueToProcessor/Properties/ProvisionedPollerConfig/MinimumPollers",
            batch.pollers.as_ref().map(|pollers| json!(pollers.min)),
        ),
        (
            "/processor/batch/pollers/max",
            "/Resources/QueueToProcessor/Properties/ProvisionedPollerConfig/MaximumPollers",
            batch.pollers.as_ref().map(|pollers| json!(pollers.max)),
        ),
        (
            "/processor/reserved_concurrency",
            "/Resources/Processor/Properties/ReservedConcurrentExecutions",
            spec.processor.reserved_concurrency.map(Into::into),
        ),
        (
            "/processor/write_concurrency",
            "contract:/write_concurrency",
            Some(json!(spec.processor.write_concurrency)),
        ),
        (
            "/processor/log/retention_days",
            "/Resources/ProcessorLogGroup/Properties/RetentionInDays",
            match spec.processor.log.retention_days {
                LogRetention::Days(days) => Some(json!(days)),
                LogRetention::Never(_) => None,
            },
        ),
        ("/processor/log/level", "contract:/log_level", Some(contract["log_level"].clone())),
        (
            "/processor/tracing",
            "/Resources/Processor/Properties/TracingConfig/Mode",
            Some(json!(if spec.processor.tracing { "Active" } else { "PassThrough" })),
        ),
        (
            "/processor/vpc/subnet_ids",
            "/Resources/Processor/Properties/VpcConfig/SubnetIds",
            spec.processor.vpc.as_ref().map(|vpc| json!(vpc.subnet_ids)),
        ),
        (
            "/processor/vpc/security_group_ids",
            "/Resources/Processor/Properties/VpcConfig/SecurityGroupIds",
            spec.processor.vpc.as_ref().map(|vpc| json!(vpc.security_group_ids)),
        ),
        (
            "/event/partition_key",
            "/Resources/EventsTable/Properties/KeySchema/0/AttributeName",
            Some(json!(spec.event.partition_key.attribute())),
        ),
        (
            "/event/sort_key",
            "/Resources/EventsTable/Properties/KeySchema/1/AttributeName",
            spec.event.sort_key().map(|sort_key| json!(sort_key.attribute())),
        ),
        ("/event/partition_key", "contract:/event/partition_key", Some(mapped(&spec.event.partition_key))),
        ("/event/sort_key", "contract:/event/sort_key", Some(sort_key(&spec.event))),
        ("/event/sort_key_format", "contract:/event/sort_key_format", named_format(&spec.event)),
        ("/event/type", "contract:/event/type", Some(mapped(&spec.event.event_type))),
        ("/event/data", "contract:/event/data", Some(mapped(&spec.event.data))),
        ("/event/attributes", "contract:/event/attributes", attributes(&spec.event)),
        (
            "/event/identity",
            "contract:/event/identity",
            (spec.event.identity != "content").then(|| json!(spec.event.identity)),
        ),
        ("/event/newer_by", "contract:/event/newer_by", spec.event.newer_by.as_ref().map(mapped)),
        (
            "/event/drop",
            "contract:/event/drop",
            (!spec.event.drop.is_empty()).then(|| json!(spec.event.drop)),
        ),
        ("/event/on_conflict", "contract:/event/on_conflict", Some(contract["event"]["on_conflict"].clone())),
        ("/event/on_oversize", "contract:/event/on_oversize", Some(contract["event"]["on_oversize"].clone())),
        ("/table/ttl_days", "contract:/ttl_days", Some(json!(spec.table.ttl_days.days()))),
        (
            "/table/point_in_time_recovery_days",
            "/Resources/EventsTable/Properties/PointInTimeRecoverySpecification/RecoveryPeriodInDays",
            Some(json!(spec.table.point_in_time_recovery_days)),
        ),
        (
            "/table/warm_throughput/reads",
            "/Resources/EventsTable/Properties/WarmThroughput/ReadUnitsPerSecond",
            warm(spec).map(|warm| warm["ReadUnitsPerSecond"].clone()),
        ),
        (
            "/table/warm_throughput/writes",
            "/Resources/EventsTable/Properties/WarmThroughput/WriteUnitsPerSecond",
            warm(spec).map(|warm| warm["WriteUnitsPerSecond"].clone()),
        ),
        (
            "/table/status_index/shards",
            "contract:/status_index_shards",
            Some(json!(spec.table.status_index.shards().unwrap_or_else(|| {
                load.filter(|_| spec.table.status_index.is_on())
                    .map_or(1, |load| u32::try_from(load.shards_needed()).expect("small").min(1000))
            }))),
        ),
        (
            "/table/status_index",
            "/Outputs/StatusIndexShards/Value",
            spec.table.status_index.is_on().then(|| json!(spec.shards().value.to_string())),
        ),
        ("/table/indexes", "/Resources/EventsTable/Properties/GlobalSecondaryIndexes", indexes(spec)),
        ("/table/indexes", "contract:/index_keys", index_keys(spec)),
        (
            "/table/stream",
            "/Resources/EventsTable/Properties/StreamSpecification/StreamViewType",
            spec.table.stream.view_type().map(Into::into),
        ),
        (
            "/table/retain",
            "/Resources/EventsTable/DeletionPolicy",
            Some(json!(if spec.table.retain { "Retain" } else { "Delete" })),
        ),
        (
            "/table/retain",
            "/Resources/EventsTable/UpdateReplacePolicy",
            Some(json!(if spec.table.retain { "Retain" } else { "Delete" })),
        ),
        (
            "/alarms/notify",
            "/Resources/AlarmSubscription1/Properties/Endpoint",
            addresses.first().map(|address| json!(address)),
        ),
        (
            "/alarms/notify",
            "/Resources/DeadLettersAlarm/Properties/AlarmActions",
            on(dead_letter_alarm.is_some(), json!(actions)),
        ),
        (
            "/alarms/queue_depth/threshold",
            "/Resources/QueueDepthAlarm/Properties/Threshold",
            spec.queue_depth_threshold().map(|sized| json!(sized.value)),
        ),
        (
            "/alarms/queue_depth/period_seconds",
            "/Resources/QueueDepthAlarm/Properties/Period",
            depth.map(|depth| json!(depth.period_seconds)),
        ),
        (
            "/alarms/queue_depth/evaluation_periods",
            "/Resources/QueueDepthAlarm/Properties/EvaluationPeriods",
            depth.map(|depth| json!(depth.evaluation_periods)),
        ),
        (
            "/alarms/dead_letters/threshold",
            "/Resources/UndeliveredAlarm/Properties/Threshold",
            dead_letter_alarm.map(|dead_letter_alarm| json!(dead_letter_alarm.threshold)),
        ),
        (
            "/alarms/dead_letters/period_seconds",
            "/Resources/DeadLettersAlarm/Properties/Period",
            dead_letter_alarm.map(|dead_letter_alarm| json!(dead_letter_alarm.period_seconds)),
        ),
        (
            "/alarms/dead_letters/evaluation_periods",
            "/Resources/DeadLettersAlarm/Properties/EvaluationPeriods",
            dead_letter_alarm.map(|dead_letter_alarm| json!(dead_letter_alarm.evaluation_periods)),
        ),
        (
            "/alarms/failed_deliveries/threshold",
            "/Resources/LostEventsAlarm/Properties/Threshold",
            count(&alarms.failed_deliveries),
        ),
        (
            "/alarms/oldest_message/threshold_seconds",
            "/Resources/OldestMessageAlarm/Properties/Threshold",
            alarms.oldest_message.settings().map(|settings| json!(settings.threshold_seconds)),
        ),
        (
            "/alarms/processor_errors/threshold",
            "/Resources/ProcessorErrorsAlarm/Properties/Threshold",
            count(&alarms.processor_errors),
        ),
        (
            "/alarms/processor_throttles/threshold",
            "/Resources/ProcessorThrottlesAlarm/Properties/Threshold",
            count(&alarms.processor_throttles),
        ),
        (
            "/alarms/write_throttles/threshold",
            "/Resources/WriteThrottlesAlarm/Properties/Threshold",
            count(&alarms.write_throttles),
        ),
        (
            "/alarms/conflicts/threshold",
            "/Resources/ConflictsAlarm/Properties/Threshold",
            count(&alarms.conflicts),
        ),
        (
            "/dashboard",
            "/Resources/Dashboard/Type",
            spec.dashboard.then(|| json!("AWS::CloudWatch::Dashboard")),
        ),
        (
            "/exports",
            "/Outputs/SQSQueueURL/Export/Name",
            spec.exports
                .then(|| json!(spec.names.exports.queue_url.clone().unwrap_or_else(|| name("SQSQueueURL")))),
        ),
        (
            "/names/role",
            "/Resources/ProcessorRole/Properties/RoleName",
            spec.names.role.clone().map(Into::into),
        ),
        (
            "/deploy/permissions_boundary",
            "/Resources/ProcessorRole/Properties/PermissionsBoundary",
            spec.deploy.permissions_boundary.clone().map(Into::into),
        ),
        (
            "/names/queue_depth_alarm",
            "/Resources/QueueDepthAlarm/Properties/AlarmName",
            depth.map(|_| json!(spec.names.queue_depth_alarm.clone().unwrap_or_else(|| name("queue-depth")))),
        ),
        (
            "/names/processor",
            "/Resources/Processor/Properties/FunctionName",
            Some(json!(spec.names.processor.clone().unwrap_or_else(|| name("processor")))),
        ),
        (
            "/names/archive",
            "/Resources/Archive/Properties/ArchiveName",
            spec.bus
                .archive
                .settings()
                .map(|_| json!(spec.names.archive.clone().unwrap_or_else(|| name("archive")))),
        ),
    ]
}

/// The indexes in CloudFormation's form.
fn warm(spec: &Spec) -> Option<Value> {
    let units = |reads: u32, writes: u32| json!({"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes});
    match spec.table.warm_throughput {
        Some(WarmThroughput::On(warm)) => Some(units(warm.reads, warm.writes)),
        Some(WarmThroughput::Off(_)) => None,
        None => {
            let needed = spec.load.as_ref()?.peak_write_units();
            let writes = u32::try_from(needed.div_ceil(1000) * 1000).expect("small").min(1_000_000);
            (needed > 4000).then(|| units(12_000, writes))
        }
    }
}

fn indexes(spec: &Spec) -> Option<Value> {
    let event = &spec.event;
    let own = [Some(&event.partition_key), event.sort_key()].into_iter().flatten();
    let own: Vec<&str> = own.map(Mapped::attribute).collect();
    let index = |name: &str, keys: &[&str], projection: Value| {
        let kinds = ["HASH", "RANGE"];
        let keys: Vec<Value> = keys
            .iter()
            .zip(kinds)
            .map(|(key, kind)| json!({"AttributeName": key, "KeyType": kind}))
            .collect();
        let mut index = json!({"IndexName": name, "KeySchema": keys, "Projection": projection});
        if let Some(warm) = warm(spec) {
            index["WarmThroughput"] = warm;
        }
        index
    };
    let sort = event.sort_key().map_or("processed_at", Mapped::attribute);
    let all = json!({"ProjectionType": "ALL"});
    let status = index("status-timestamp-index", &["processing_status", sort], all.clone());
    let status = spec.table.status_index.is_on().then_some(status);
    let further = spec.table.indexes.iter().map(|one| {
        let keys: Vec<&str> =
            std::iter::once(&one.partition_key).chain(&one.sort_key).map(String::as_str).collect();
        let mut names: Vec<&str> = one.project.attributes().iter().map(String::as_str).collect();
        names.retain(|name| !keys.contains(name) && !own.contains(name));
        names.sort_unstable();
        let projection = match json!(one.project) {
            word if word == "all" => all.clone(),
            _ if names.is_empty() => json!({"ProjectionType": "KEYS_ONLY"}),
            _ => json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": names}),
        };
        index(&one.name, &keys, projection)
    });
    let list: Vec<Value> = status.into_iter().chain(further).collect();
    (!list.is_empty()).then(|| json!(list))
}

/// The bytes of each key of a further index.
fn index_keys(spec: &Spec) -> Option<Value> {
    let mut keys = serde_json::Map::new();
    for index in &spec.table.indexes {
        keys.entry(index.partition_key.clone()).or_insert(json!(2048));
        if let Some(key) = &index.sort_key {
            keys.insert(key.clone(), json!(1024));
        }
    }
    (!keys.is_empty()).then(|| keys.into())
}

/// A part of the mapping in the contract's form.
fn mapped(field: &Mapped) -> Value {
    let Mapped::Full(full) = field else {
        return if field.is_none() { Value::Null } else { json!(field.attribute()) };
    };
    let mut value = json!({"attribute": full.attribute, "from": field.paths()});
    if let Some(format) = full.format {
        value["format"] = json!(format);
    }
    value
}

/// A name alone if the contract of version 1 could express it, whatever the spec's form.
fn sort_key(event: &EventMapping) -> Value {
    if event.sort_key.is_none() {
        return Value::Null;
    }
    if named_format(event).is_some() {
        return json!(event.sort_key.attribute());
    }
    let mut value = mapped(&event.sort_key);
    if value.get("format").is_none() {
        value["format"] = json!(event.sort_key_format.unwrap_or_default());
    }
    value
}

/// The format of a sort key that is a field of the detail with its own name.
fn named_format(event: &EventMapping) -> Option<Value> {
    let name = event.sort_key.attribute();
    let plain = event.sort_key.paths().is_empty() || *event.sort_key.paths() == [format!("$.detail.{name}")];
    let format = match event.sort_key.format() {
        None => json!(event.sort_key_format.unwrap_or_default()),
        Some(format) => json!(format),
    };
    (plain && !event.sort_key.is_none() && ["timestamp", "text"].contains(&format.as_str()?))
        .then_some(format)
}

fn attributes(event: &EventMapping) -> Option<Value> {
    let fields = event.attributes.iter().map(|(name, source)| {
        let mut value = json!({"attribute": name, "from": source.paths()});
        if let Some(format) = source.format() {
            value["format"] = json!(format);
        }
        value
    });
    (!event.attributes.is_empty()).then(|| fields.collect())
}

/// Fields that are not a value of the template, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("/version", "the language of the spec"),
    ("/pipectl", "who may read the spec"),
    ("/extends", "merged before"),
    ("/load", "other values follow from it: sized, and its own test"),
    ("/deploy/account", "a guard of the deploy"),
    ("/deploy/region", "a guard of the deploy"),
    ("/deploy/role_arn", "an argument of the deploy"),
    ("/deploy/artifacts", "parameters of the deploy, and its own test"),
    ("/deploy/rollout", "steps of the deploy"),
    ("/processor/code", "the program of the zip"),
    ("/deploy/templates", "its own test"),
    ("/deploy/extra", "its own test"),
    ("/bus/samples", "tried by validate"),
    ("/tests", "tried by validate"),
    ("/event/schema", "a file beside the spec, and its own test"),
    ("/bus/rules/samples", "tried by validate"),
    ("/deploy/quotas", "compared by validate"),
    ("/names", "one by one, in the test below"),
];

fn found(template: &Value, pointer: &str) -> Option<Value> {
    match pointer.strip_prefix("contract:") {
        None => {
            let found = template.pointer(pointer)?;
            // A pattern that CloudFormation would change is written as text there.
            let text = found.as_str().filter(|_| pointer.ends_with("/EventPattern"));
            Some(text.map_or_else(|| found.clone(), |text| serde_json::from_str(text).expect("JSON")))
        }
        Some(pointer) => {
            let text = &template["Resources"]["Processor"]["Properties"]["Environment"]["Variables"]["PIPELINE_CONFIG"];
            let contract: Value = serde_json::from_str(text.as_str().expect("the contract")).expect("JSON");
            contract.pointer(pointer).cloned()
        }
    }
}

/// Floats as their shortest text: a parser may read `12.0` as 12.
fn alike(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| alike(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| alike(left, right)))
        }
        _ => left == right,
    }
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn every_value_of_a_thousand_specs_is_where_it_belongs(spec in varied()) {
        let template = rendered(&spec.to_string());
        // CloudFormation's YAML in a second parser, which neither writes nor checks it.
        let read = source::cloudformation(&template.text, FileId::default()).expect("YAML").value();
        prop_assert!(alike(&read, &template.parsed));
        let typed: Spec = serde_json::from_value(spec.clone()).expect("a spec");
        for (field, pointer, value) in expected(&typed) {
            let there = found(&read, pointer);
            let same = match (&there, &value) {
                (Some(there), Some(value)) => alike(there, value),
                (None, None) => true,
                _ => false,
            };
            prop_assert!(same, "{field}: {pointer} is {there:?}, not {value:?}");
        }
        // The template contains its spec: another tool reads an equal one from it.
        let from: Spec = serde_json::from_str(read["Metadata"]["pipectl"]["spec"].as_str().expect("text")).expect("a spec");
        prop_assert!(alike(&from.complete(), &typed.complete()));
        // A text outside its location would have created a resource, a section or a line of its own.
        let known =
            ["AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Resources", "Outputs"];
        let sections: Vec<&str> = read.as_object().expect("a map").keys().map(String::as_str).collect();
        prop_assert!(sections.iter().all(|section| known.contains(section)));
        let most = if typed.slo.is_some() { 50 } else { 44 };
        prop_assert!(read["Resources"].as_object().expect("resources").len() <= most);
        let plain = |character: char| character == '\n' || !character.is_control();
        prop_assert!(template.text.chars().all(plain), "a control character");
        let folded = ['\u{2028}', '\u{2029}', '\u{feff}'];
        prop_assert!(!template.text.contains(folded), "a line break of YAML 1.1");
    }
}

#[test]
fn every_field_is_looked_for() {
    let spec: Spec = serde_yaml::from_str(crate::cloud::SPEC).expect("a spec");
    let looked_for: BTreeSet<&str> = expected(&spec).into_iter().map(|(field, ..)| field).collect();
    let schema = pipectl::spec::json_schema();
    let mut count = 0;
    for field in pointers(&schema, &schema, String::new()) {
        let inner = |path: &str| field == path || field.starts_with(&format!("{path}/"));
        let elsewhere = ELSEWHERE.iter().any(|(path, _)| inner(path));
        let group = looked_for.iter().any(|path| path.starts_with(&format!("{field}/")));
        assert!(
            elsewhere
                || group
                || looked_for.contains(field.as_str())
                || inner("/deploy/tags")
                || looked_for.iter().any(|path| path.starts_with("/event/") && inner(path)),
            "{field}"
        );
        count += 1;
    }
    assert!(count > 90, "{count}");
}

#[test]
fn every_name_can_be_given_and_is_taken() {
    let schema = pipectl::spec::json_schema();
    let mut spec: Value = serde_yaml::from_str(crate::cloud::SPEC).expect("YAML");
    let mut given = Vec::new();
    for field in pointers(&schema, &schema, String::new()) {
        let Some(name) = field.strip_prefix("/names/").filter(|name| !["exports", "stack"].contains(name))
        else {
            continue;
        };
        let value = format!("given-{}", given.len() + 10);
        crate::schema::set(&mut spec, &field, json!(value));
        given.push((name.to_owned(), value));
    }
    assert!(given.len() > 15, "{given:?}");
    let template = rendered(&spec.to_string());
    let text = format!("{}{}", template.parsed["Resources"], template.parsed["Outputs"]);
    for (name, value) in given {
        assert!(text.contains(&format!("{value}\"")), "names.{name} is not in the template");
    }
}

/// The same bytes for any order of the keys, and any settings of the machine.
#[test]
fn a_spec_has_one_template() {
    let cloud = crate::cloud::Cloud::new();
    for example in ["dev", "prod", "reference"] {
        let path = format!("specs/{example}.yaml");
        let arguments = ["render", path.as_str(), "--quiet"];
        let plain = cloud.run(&arguments).succeeded().stdout;
        let environments: [&[(&str, &str)]; 4] = [
            &[("LC_ALL", "C"), ("TZ", "UTC")],
            &[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8"), ("TZ", "Pacific/Kiritimati")],
            &[
                ("LC_ALL", "de_DE.UTF-8"),
                ("TZ", "America/St_Johns"),
                ("HOME", "/nonexistent"),
                ("USER", "other"),
            ],
            &[
                ("AWS_REGION", "ap-south-1"),
                ("AWS_PROFILE", "nobody"),
                ("TERM", "dumb"),
                ("COLUMNS", "20"),
                ("CI", "true"),
            ],
        ];
        for environment in environments {
            let output =
                cloud.command(&arguments).envs(environment.iter().copied()).output().expect("pipectl runs");
            assert_eq!(String::from_utf8_lossy(&output.stdout), plain, "{environment:?}");
        }
        let elsewhere = cloud.command(&[
            "render",
            std::fs::canonicalize(&path).expect("a path").to_str().expect("UTF-8"),
            "--quiet",
        ]);
        let mut elsewhere = elsewhere;
        let output = elsewhere.current_dir("/").output().expect("pipectl runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), plain);
    }
    let mut runner = TestRunner::deterministic();
    for _ in 0..50 {
        let spec = varied().new_tree(&mut runner).expect("a spec").current();
        let text = rendered(&spec.to_string()).text;
        assert_eq!(rendered(&backwards(&spec)).text, text);
    }
}

/// JSON with the keys of every map in reverse.
fn backwards(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .rev()
                .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), backwards(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(backwards).collect::<Vec<_>>().join(", ")),
        plain => plain.to_string(),
    }
}

/// The values derived from the load, in numbers computed by hand.
#[test]
fn omitted_fields_are_sized_from_the_load_and_marked_so() {
    let spec = |load: &str, more: &str| format!("{}load: {load}\n{more}", crate::cloud::SPEC);
    let sized = |text: &str| {
        let template = rendered(text);
        let concurrency = template
            .parsed
            .pointer("/Resources/QueueToProcessor/Properties/ScalingConfig/MaximumConcurrency")
            .cloned();
        let depth = template.parsed.pointer("/Resources/QueueDepthAlarm/Properties/Threshold").cloned();
        (concurrency, found(&template.parsed, "contract:/status_index_shards"), depth, template.text)
    };
    // No load is stated: nothing is limited.
    let (concurrency, shards, depth, text) = sized(crate::cloud::SPEC);
    assert_eq!((concurrency, shards, depth), (None, Some(json!(1)), Some(json!(1000))));
    assert!(!text.contains("sized from load"));
    // 4,000/s in batches of 10, 30 ms each: 12 at once, times ten; 4,000 events of two units, 500 a key; a minute of them.
    let (concurrency, shards, depth, text) = sized(&spec(
        "{events_per_day: 1000000, peak_events_per_second: 4000, average_event_bytes: 1500}",
        "",
    ));
    assert_eq!((concurrency, shards, depth), (Some(json!(120)), Some(json!(16)), Some(json!(240_000))));
    for words in [
        "keep 12 busy (10 a batch, 30 ms each)",
        "8000 write units/s at the peak",
        "what 4000 events/s at the peak bring in a minute",
    ] {
        assert!(
            text.lines().any(|line| line.trim_start().starts_with("# ")
                && line.contains("sized from load")
                && line.contains(words)),
            "{words}"
        );
    }
    // A value in the spec is used as it is, and is never more than the reserved one.
    let (concurrency, ..) = sized(
        &spec("{peak_events_per_second: 4000}", "").replace("size: 10,", "size: 10, max_concurrency: 7,"),
    );
    assert_eq!(concurrency, Some(json!(7)));
    let (concurrency, ..) = sized(
        &spec("{peak_events_per_second: 4000}", "")
            .replace("processor:\n", "processor:\n  reserved_concurrency: 33\n"),
    );
    assert_eq!(concurrency, Some(json!(33)));
    let (concurrency, ..) = sized(
        &spec("{peak_events_per_second: 4000}", "")
            .replace("size: 10,", "size: 10, pollers: {min: 2, max: 9},"),
    );
    assert_eq!(concurrency, None);
}
