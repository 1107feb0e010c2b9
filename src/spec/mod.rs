//! The types of a spec: plain types, one user noun per file, no I/O.
//!
//! Doc comments here are the schema's descriptions, and so the editor's hover text. Ranges come from the service models
//! of SQS, Lambda, DynamoDB, EventBridge and CloudWatch.

mod alarm_list;
mod alarm_names;
mod alarms;
mod archived;
mod bus;
mod compact;
mod deploy;
mod detail_schema;
mod encryption;
mod event;
mod index;
mod load;
mod mapped;
mod measured_load;
mod named;
mod names;
mod next;
mod processor;
mod producers;
mod queue;
mod quotas;
mod resolved;
mod rollout;
mod rules;
mod schema;
mod service_level;
mod sizing;
mod table;
mod test;
mod warm;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use alarm_list::{
    ALARMS, AlarmRow, CANARY_ALARMS, DEAD_LETTERS, Each, FAST_BURN, INDEX_THROTTLES, LOST_EVENTS,
    PROCESSOR_ERRORS, PROCESSOR_THROTTLES, SLOW_BURN, UNDELIVERED,
};
pub use alarm_names::AlarmNames;
pub use alarms::{Alarm, Alarms, Count, DeadLetters, Off, QueueDepth, Seconds};
pub use archived::fits_a_template;
pub use bus::{Archive, Archiving, Bus, Input, NoArchive, Retry, Samples};
pub use deploy::{Artifacts, Deploy};
pub use detail_schema::{Compatibility, DetailSchema};
pub use encryption::{Encryption, KeyArn};
pub use event::{EventMapping, NONE, OnConflict, OnOversize, SortKeyFormat};
pub use index::{
    Index, MOST_INDEXES, MOST_PROJECTED, NoIndex, Projected, ProjectedWord, STATUS_INDEX, StatusIndex,
    StatusShards,
};
pub use load::Load;
pub use mapped::{Full, FullSource, Mapped, Paths, Source, ValueFormat};
pub use measured_load::MeasuredLoad;
pub use named::{EXPORT, NAMED_TYPES, NamedResource, NamedType, Scope};
pub use names::{ExportNames, Names};
pub use next::Next;
pub use processor::{Architecture, Batch, Log, LogLevel, LogRetention, Never, Pollers, Processor, Vpc};
pub use producers::{Producer, ProducerGroup};
pub use queue::{DeadLetter, Permanent, Queue, QueueEncryption, Undelivered, UndeliveredEncryption};
pub use quotas::Quotas;
pub use resolved::{ResolvedExports, ResolvedNames};
pub use rollout::{Canary, Rollout};
pub use rules::{BusRule, FurtherRule};
pub use schema::{SCHEMA_ID, bare_json_schema, json_schema};
pub use service_level::{BURNS, Burn, FAST, SLOW, ServiceLevel};
pub use sizing::{IN_FLIGHT, PER_POLLER, Sized, UNBOUNDED_CONCURRENCY, UNITS_PER_SHARD};
pub use table::{Lifetime, Stream, Table};
pub use test::{DeadLetterReason, Test};
pub use warm::{COLD_READS, COLD_WRITES, NotWarmed, TABLE_WRITES, WarmThroughput, Warmth};

/// An event pipeline on AWS: EventBridge bus, rule and archive, SQS queue with dead-letter queue, Lambda
/// processor and DynamoDB table, with alarms and a dashboard around them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "pipectl pipeline")]
pub struct Spec {
    /// The version of the spec language. This pipectl reads version 1.
    #[schemars(range(min = 1, max = 1), example = &1)]
    pub version: u32,

    /// The versions of pipectl that may read this spec, such as `>=0.3` or `>=0.3, <0.5`. Other versions refuse
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^(>=|<=|=|>|<|~|\^)? ?(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){0,2}(, ?(>=|<=|=|>|<|~|\^)? ?(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){0,2})*$"), example = &">=0.3", extend("$comment" = "versions are compared as in Cargo: `0.3` is every 0.3.x"))]
    pub pipectl: Option<String>,

    /// Another spec, in the same folder or elsewhere in its repository, whose values this one overlays: maps key
    /// by key, lists as a whole. `null` removes a value of the other spec, so that its default applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"base.yaml")]
    pub extends: Option<String>,

    /// The base of every resource name: resources are called `<name>-<environment>` or
    /// `<name>-<thing>-<environment>`. Lowercase letters, digits and hyphens, at most 40 characters.
    #[schemars(length(min = 2, max = 40), regex(pattern = "^[a-z][a-z0-9-]*[a-z0-9]$"), example = &"shipmentevents", extend("$comment" = "it becomes part of the names in ten services, and all of them allow only these characters"))]
    pub name: String,

    /// Which deployment this is, such as `dev`, `staging` or `prod`. It ends every resource name.
    #[schemars(length(min = 1, max = 16), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"), example = &"prod", extend("$comment" = "it becomes part of the names in ten services, and all of them allow only these characters"))]
    pub environment: String,

    /// Where and how the stack is deployed.
    #[serde(default)]
    pub deploy: Deploy,

    /// The traffic you expect. Capacity, cost and alarms are checked against it; where it is given, it also sets
    /// these if they are left out: `processor.batch.max_concurrency`, `table.status_index.shards` and
    /// `alarms.queue_depth.threshold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,

    /// Encryption at rest of everything that stores data: bus, archive, queues, table, topic, log and the
    /// processor's environment. `queue.undelivered` sets it for the queue for undelivered events; the owner of an
    /// existing bus sets it for the bus.
    #[serde(default)]
    pub encryption: Encryption,

    /// The EventBridge bus, its rule and its archive.
    pub bus: Bus,

    /// The SQS queue between bus and processor, and its dead-letter queue.
    #[serde(default)]
    pub queue: Queue,

    /// The service level: the percentage of events that become rows in time; the other events are the error
    /// budget. Events are bad if they are late, rejected or undelivered, or have already waited too long.
    /// Replayed, redriven and repeated events do not count. Two alarms fire when the budget is used up too fast;
    /// `pipectl status` shows what is left of it. The other alarms do not change: switch off those you no longer
    /// need with `off` under `alarms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<ServiceLevel>,

    /// The Lambda function that turns events into rows.
    #[serde(default)]
    pub processor: Processor,

    /// How one event becomes one row.
    #[serde(default)]
    pub event: EventMapping,

    /// Events with their expected results; `pipectl validate` and `pipectl test` check them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("$comment" = "each is read and checked on every validation"))]
    pub tests: Vec<Test>,

    /// The DynamoDB table that contains the rows.
    #[serde(default)]
    pub table: Table,

    /// CloudWatch alarms and who receives them.
    #[serde(default)]
    pub alarms: Alarms,

    /// Whether to create a CloudWatch dashboard.
    #[serde(default = "yes")]
    pub dashboard: bool,

    /// Whether the stack's outputs are exported, as `<name>-<output>-<environment>`, so that other stacks can
    /// import them.
    #[serde(default = "yes")]
    pub exports: bool,

    /// Exact resource names, to match an existing deployment. Names that are left out are made from `name` and
    /// `environment`.
    #[serde(default)]
    pub names: Names,
}

/// Tags that identify the owner of a stack: the names of the pipeline and of its environment.
pub const OWNER_TAGS: [&str; 2] = ["pipectl:pipeline", "pipectl:environment"];

impl Spec {
    /// The tags of the stack and of every resource that supports tags: the spec's own and pipectl's.
    #[must_use]
    pub fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.deploy.tags.clone();
        let [pipeline, environment] = OWNER_TAGS;
        tags.insert(pipeline.to_owned(), self.name.clone());
        tags.insert(environment.to_owned(), self.environment.clone());
        tags
    }
}

fn yes() -> bool {
    true
}
