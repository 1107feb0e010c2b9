//! Everything that the templates can use.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::arns::Arns;
use super::buses::BusContext;
use super::digest::digest;
use super::key::{Key, Keys};
use super::key_policy::{Needed, template_statements};
use super::row_hash;
use super::service_level::ServiceLevelContext;
use super::table_keys::TableKeys;
use crate::partition::PARTITIONS;
use crate::spec::{ALARMS, Encryption, FAST_BURN, Permanent, ResolvedNames, Sized, Spec, Warmth};
use crate::validate::processor_config;

/// The template variables: the spec as written, and the values derived from it.
#[derive(Debug, Serialize)]
pub(super) struct Context<'a> {
    spec: &'a Spec,
    names: ResolvedNames,
    /// ARNs of resources whose reference would be circular, as text for `Fn::Sub`.
    arns: Arns,
    /// The bus, as other resources refer to it, with its rules and producers.
    bus: BusContext,
    tags: Vec<(String, String)>,
    description: String,
    /// The record of how the template was made.
    made_from: Value,
    visibility_timeout: u32,
    max_receive_count: u32,
    /// Whether the processor itself sends to the dead-letter queue.
    sends_dead_letters: bool,
    /// The KMS key of everything except the queues, text or a reference; `None` if AWS's own keys are used.
    key: Option<Value>,
    /// The KMS key of the queue and its dead-letter queue.
    queue_key: Option<Value>,
    /// The KMS key of the queue for undelivered events.
    undelivered_key: Option<Value>,
    /// The statements in the policy of the key that the stack creates.
    key_statements: Vec<Needed>,
    /// Whether the stack creates `key`.
    key_is_ours: bool,
    /// The key, or list of keys, that the processor's role must be able to decrypt with.
    role_keys: Option<Value>,
    /// Whether zips are under a prefix in their bucket.
    artifact_prefix: bool,
    /// The managed policy that is the permissions boundary of every role, by its ARN.
    permissions_boundary: Option<&'a str>,
    /// The table's DeletionPolicy and UpdateReplacePolicy.
    retention: &'static str,
    deletion_protection: bool,
    /// The keys of the table and its index.
    table: TableKeys,
    stream_view_type: Option<&'static str>,
    /// The warm throughput of the table and its indexes.
    warm: Option<WarmContext>,
    /// The pattern of the archive; `None` if there is no archive.
    archive_pattern: Option<Map<String, Value>>,
    /// By partition: the host of its console.
    consoles: BTreeMap<&'static str, &'static str>,
    /// The contract with the processor, as JSON.
    processor_config: String,
    /// The settings of each alarm, none if it is off; addresses and topics to notify.
    alarms: BTreeMap<String, Value>,
    alarm_names: Vec<String>,
    /// The command to type when an alarm fires, for its description.
    next: BTreeMap<&'static str, String>,
    index_alarms: Vec<IndexAlarm>,
    /// The service level with its alarms; `None` if the spec has none.
    slo: Option<ServiceLevelContext>,
    max_concurrency: Option<SizedContext>,
    shards: SizedContext,
    has_status_index: bool,
    queue_depth: Option<SizedContext>,
    /// The dashboard as JSON; set once its own template is expanded.
    pub(super) dashboard_body: minijinja::Value,
}

/// The alarm on throttled writes of a further index.
#[derive(Debug, Serialize)]
struct IndexAlarm {
    logical_id: String,
    index: String,
    name: String,
}

/// A number, and how it follows from `load` if it does.
#[derive(Debug, Serialize)]
struct SizedContext {
    value: u32,
    why: Option<String>,
}

#[derive(Debug, Serialize)]
struct WarmContext {
    #[serde(flatten)]
    warmth: Warmth,
    why: Option<String>,
}

impl From<Sized> for SizedContext {
    fn from(Sized { value, why }: Sized) -> Self {
        Self { value, why }
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(spec: &'a Spec) -> Result<Self, String> {
        let production = spec.deploy.production;
        let names = spec.resolved_names();
        let keys = Keys::of(spec);
        let arns = Arns::of(&names);
        let [key, queue_key, undelivered_key] =
            [keys.main, keys.queue, keys.undelivered].map(|key| key.map(Key::value));
        let role_keys = match (&key, &queue_key) {
            (Some(key), Some(queue_key)) if key != queue_key => Some(json!([key, queue_key])),
            (key, queue_key) => key.clone().or_else(|| queue_key.clone()),
        };
        Ok(Self {
            spec,
            bus: BusContext::of(spec, &arns),
            arns,
            next: next_commands(),
            names,
            tags: spec.tags().into_iter().collect(),
            description: format!("event pipeline {} ({})", spec.name, spec.environment),
            // As text: CloudFormation refuses a template that contains null, and an event pattern may have one.
            made_from: made_from(spec),
            visibility_timeout: spec.queue.visibility_timeout(&spec.processor),
            max_receive_count: spec.queue.max_receive_count(&spec.processor),
            sends_dead_letters: spec.queue.dead_letter.permanent == Permanent::AtOnce,
            key,
            queue_key,
            undelivered_key,
            key_statements: template_statements(spec),
            key_is_ours: spec.encryption == Encryption::StackKey,
            role_keys,
            artifact_prefix: spec.deploy.has_artifact_prefix(),
            permissions_boundary: spec.deploy.permissions_boundary.as_deref(),
            retention: if spec.table.retain { "Retain" } else { "Delete" },
            deletion_protection: spec.table.deletion_protection.unwrap_or(production),
            table: TableKeys::of(spec),
            stream_view_type: spec.table.stream.view_type(),
            warm: spec.warmth().map(|(warmth, why)| WarmContext { warmth, why }),
            archive_pattern: spec.bus.archive.settings().map(|_| spec.archive_pattern()),
            consoles: PARTITIONS.iter().map(|partition| (partition.id, partition.console_host)).collect(),
            processor_config: processor_config(spec).packed().environment,
            alarms: alarms(spec),
            alarm_names: spec.alarm_names(),
            index_alarms: index_alarms(spec),
            slo: ServiceLevelContext::of(spec),
            max_concurrency: spec.max_concurrency().map(Into::into),
            shards: spec.shards().into(),
            has_status_index: spec.table.status_index.is_on(),
            queue_depth: spec.queue_depth_threshold().map(Into::into),
            dashboard_body: minijinja::Value::default(),
        })
    }
}

/// The content that the next plan compares with. The schema is a text: its numbers may have more digits than a YAML
/// parser preserves.
fn made_from(spec: &Spec) -> Value {
    let version = env!("CARGO_PKG_VERSION");
    let mut made_from =
        json!({"version": version, "spec": spec.compact().to_string(), row_hash::NAME: row_hash::VALUE});
    let schema = spec.event.schema.as_ref();
    if let Some((schema, content)) = schema.and_then(|schema| Some((schema, schema.content.as_ref()?))) {
        made_from["schema"] = json!({"compatibility": schema.compatibility, "document": content.text()});
    }
    made_from
}

fn index_alarms(spec: &Spec) -> Vec<IndexAlarm> {
    let alarms = spec.index_alarms().into_iter();
    alarms
        .map(|(index, name)| {
            // An index's name may have characters that a logical id cannot have.
            let mark = digest(&index.as_str().into());
            let logical_id = format!("IndexThrottlesAlarm{}", mark.get(..8).unwrap_or(&mark));
            IndexAlarm { logical_id, index, name }
        })
        .collect()
}

fn alarms(spec: &Spec) -> BTreeMap<String, Value> {
    let (topic_arns, addresses): (Vec<&String>, Vec<&String>) =
        spec.alarms.notify.iter().partition(|target| target.starts_with("arn:"));
    let settings = spec.alarms.settings().into_iter();
    let mut alarms: BTreeMap<String, Value> =
        settings.map(|(field, settings)| (field, settings.unwrap_or_default())).collect();
    alarms.extend(
        [("addresses", addresses), ("topic_arns", topic_arns)].map(|(key, of)| (key.to_owned(), json!(of))),
    );
    alarms
}

/// The command to type for each alarm, by its key. Both burn alarms share one.
fn next_commands() -> BTreeMap<&'static str, String> {
    let rows = ALARMS.iter().map(|row| (row.key, row.next));
    rows.chain([("burn", FAST_BURN.next)]).map(|(key, next)| (key, next.for_any_spec())).collect()
}
