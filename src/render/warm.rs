//! The warm throughput of a template's table.

use serde_json::Value;

use crate::spec::{COLD_READS, COLD_WRITES, Warmth};

/// The warm throughput of the template's table.
#[must_use]
pub fn warmed_for(template: &Value) -> Option<Warmth> {
    let warm = template.pointer("/Resources/EventsTable/Properties/WarmThroughput")?;
    let units = |name: &str, cold: u32| {
        warm[name].as_u64().and_then(|units| u32::try_from(units).ok()).unwrap_or(cold)
    };
    Some(Warmth {
        reads: units("ReadUnitsPerSecond", COLD_READS),
        writes: units("WriteUnitsPerSecond", COLD_WRITES),
    })
}
