//! Warm throughput: the units a table can take from the first minute on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Spec;

/// Units a second of a new on-demand table, and of each of its indexes.
pub const COLD_READS: u32 = 12_000;
pub const COLD_WRITES: u32 = 4_000;
/// Write units a second of one table, unless AWS raises the quota.
pub const TABLE_WRITES: u32 = 40_000;
/// Values derived from `load` are multiples of this: the write units of a partition.
const STEP: u64 = 1_000;
/// More than a table's default quota of 40,000 needs a raised one; more than this is more likely a typing mistake.
const MOST: u64 = 1_000_000;

/// The warm throughput of the table, or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum WarmThroughput {
    /// The table starts with DynamoDB's defaults, and adapts to its traffic.
    #[schemars(title = "off")]
    Off(NotWarmed),
    /// Units a second, for the table and each of its indexes.
    #[schemars(title = "units")]
    On(Warmth),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotWarmed {
    /// The table starts with DynamoDB's defaults, and adapts to its traffic.
    Off,
}

/// Units a second that a table can take from its first minute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Warmth {
    /// Read units a second. A new table has 12,000 without it.
    #[schemars(range(min = 12_000, max = 1_000_000), extend("$comment" = "a new table has 12,000, and DynamoDB cannot lower what a table has"))]
    pub reads: u32,

    /// Write units a second. A new table has 4,000 without it.
    #[schemars(range(min = 4_000, max = 1_000_000), extend("$comment" = "a new table has 4,000, and DynamoDB cannot lower what a table has"))]
    pub writes: u32,
}

impl Default for Warmth {
    fn default() -> Self {
        Self { reads: COLD_READS, writes: COLD_WRITES }
    }
}

impl Spec {
    /// The warm throughput of the table and its indexes, and how it follows from `load` if the spec leaves it out.
    #[must_use]
    pub fn warmth(&self) -> Option<(Warmth, Option<String>)> {
        match self.table.warm_throughput {
            Some(WarmThroughput::Off(_)) => None,
            Some(WarmThroughput::On(warmth)) => Some((warmth, None)),
            None => {
                let units = self.load.as_ref()?.peak_write_units();
                let warmth = self.load().warmth_needed()?;
                let why = format!("{units} write units/s at the peak, and a new table takes {COLD_WRITES}");
                Some((warmth, Some(why)))
            }
        }
    }
}

impl super::Load {
    /// The warm throughput that the peak needs; `None` if a new table's is enough.
    #[must_use]
    pub fn warmth_needed(&self) -> Option<Warmth> {
        let units = self.peak_write_units();
        (units > u64::from(COLD_WRITES)).then(|| {
            let writes = (units.div_ceil(STEP) * STEP).min(MOST);
            Warmth { reads: COLD_READS, writes: u32::try_from(writes).unwrap_or(u32::MAX) }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn warmth(more: &Value) -> Option<(u32, u32, bool)> {
        let mut spec =
            json!({"version": 1, "name": "a", "environment": "b", "bus": {"pattern": {"source": ["a"]}}});
        spec.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        let spec: Spec = serde_json::from_value(spec).expect("a spec");
        spec.warmth().map(|(warmth, why)| (warmth.reads, warmth.writes, why.is_some()))
    }

    #[test]
    fn a_table_is_warmed_for_what_the_load_needs_beyond_a_new_one() {
        assert_eq!(warmth(&json!({})), None);
        let load = |peak: u32| json!({"load": {"peak_events_per_second": peak, "average_event_bytes": 2000}});
        assert_eq!(warmth(&load(2000)), None);
        assert_eq!(warmth(&load(2001)), Some((12_000, 5_000, true)));
        assert_eq!(warmth(&load(10_000)), Some((12_000, 20_000, true)));
        let mut written = load(10_000);
        written["table"] = json!({"warm_throughput": {"writes": 6000}});
        assert_eq!(warmth(&written), Some((12_000, 6_000, false)));
        written["table"] = json!({"warm_throughput": "off"});
        assert_eq!(warmth(&written), None);
    }
}
