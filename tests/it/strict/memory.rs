//! The state that the proxy remembers, because the local cloud does not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::proposal::Proposal;
use super::story::{Event, Story};

/// A region and a name in it.
pub(crate) type Location = (String, String);

#[derive(Default)]
pub(crate) struct Memory {
    /// By change set id.
    pub(crate) change_sets: BTreeMap<String, Proposal>,
    /// Those that were executed, by stack, in order.
    pub(crate) executions: BTreeMap<Location, Vec<String>>,
    pub(crate) stories: BTreeMap<Location, Story>,
    /// All of the proxy's events of a stack, oldest first.
    pub(crate) events: BTreeMap<Location, Vec<Event>>,
    /// Spans of time in which the proxy itself changed a stack.
    pub(crate) hidden: Vec<(Location, (String, String))>,
    /// Creations in progress whose tables are protected.
    pub(crate) guarded: BTreeMap<Location, Proposal>,
    /// Operations in progress whose tables get their keys once they have ended.
    pub(crate) unencrypted: BTreeMap<Location, Proposal>,
    /// The last change of a table's time to live.
    pub(crate) expiry: BTreeMap<Location, Expiry>,
    /// The `RestoreSummary` of tables that were restored, for `DescribeTable`.
    pub(crate) restored: BTreeMap<Location, serde_json::Value>,
    /// Tables whose indexes are being changed, until they are ready.
    pub(crate) building: BTreeMap<Location, Building>,
    pub(crate) purges: BTreeMap<Location, Instant>,
    /// Buckets of other accounts.
    pub(crate) foreign_buckets: BTreeSet<String>,
    /// Remaining tokens and when they were counted, by region, service and action.
    pub(crate) rates: BTreeMap<(String, &'static str), (f64, Instant)>,
    pub(crate) regions: BTreeSet<String>,
    pub(crate) breaches: Vec<Breach>,
}

/// A request that AWS would not have accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) rule: &'static str,
    pub(crate) call: String,
    pub(crate) words: String,
    /// False if the rule only records.
    pub(crate) enforced: bool,
}

/// An index that is being created or deleted.
pub(crate) struct Building {
    /// Those that are created.
    pub(crate) indexes: Vec<String>,
    /// Descriptions of the table until it is ready.
    pub(crate) looks: u32,
}

/// A change of a table's time to live.
pub(crate) struct Expiry {
    pub(crate) at: Instant,
    /// None: off.
    pub(crate) attribute: Option<String>,
    /// A table of the same name created later is another one. Empty while its stack creates it.
    pub(crate) table_id: String,
}
