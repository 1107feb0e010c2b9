use super::{at_fields, innermost};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{COLD_WRITES, Spec, TABLE_WRITES, WarmThroughput};
use crate::validate::quotas::price_of;

/// a new table throttles more than its initial throughput, and so do its indexes, which throttle it.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let load = spec.load();
    let Some(needed) = load.warmth_needed() else { return Vec::new() };
    let in_spec = match spec.table.warm_throughput {
        Some(WarmThroughput::On(warmth)) => Some(warmth),
        Some(WarmThroughput::Off(_)) | None => None,
    };
    let units = load.peak_write_units();
    if in_spec.is_some_and(|warmth| u64::from(warmth.writes) >= units) {
        return Vec::new();
    }
    let has = in_spec.map_or(COLD_WRITES, |warmth| warmth.writes);
    let what = if in_spec.is_some() { "it is made warm for" } else { "a new table takes" };
    let message = format!(
        "a peak of {} events a second needs {units} write units of the table, but {what} {has}",
        load.peak_events_per_second
    );
    let indexes = spec.table.index_names().count();
    let of = match indexes {
        0 => String::new(),
        1 => " and its index".to_owned(),
        count => format!(" and its {count} indexes"),
    };
    let raise = if needed.writes > TABLE_WRITES {
        format!("; AWS must raise the quota \"Table-level write throughput limit\", which is {TABLE_WRITES}")
    } else {
        String::new()
    };
    let help = format!(
        "write `warm_throughput: {{writes: {}}}`: it costs {} once for the table{of}, at us-east-1 prices{raise}",
        needed.writes,
        price_of(needed, indexes)
    );
    let diagnostic = Diagnostic::warning(codes::TABLE_COLD_AT_PEAK, message).help(help);
    let fields = [
        ("/table/warm_throughput/writes", ""),
        ("/table/warm_throughput", ""),
        ("/load/peak_events_per_second", "the peak"),
        ("/load/average_event_bytes", "bytes of an event"),
    ];
    vec![at_fields(diagnostic, tree, &innermost(tree, &fields))]
}
