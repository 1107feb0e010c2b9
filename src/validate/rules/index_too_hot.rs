use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Writes a second to one partition key of the index that leave room for bursts: half of the 1,000 write units one
/// partition has.
const PER_SHARD: u64 = 500;
/// Bytes one write unit pays for.
const UNIT: u32 = 1024;

/// the index has one partition key value a shard, and back-pressure of the index throttles the table.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let peak = u64::from(spec.load.peak_events_per_second);
    let units = peak * u64::from(spec.load.average_event_bytes.div_ceil(UNIT));
    let shards = u64::from(spec.table.status_index.shards);
    let needed = units.div_ceil(PER_SHARD);
    if shards >= needed {
        return Vec::new();
    }
    let message = format!(
        "a peak of {peak} events a second needs {units} write units of the index, and {shards} of its partition keys take {} safely",
        shards * PER_SHARD
    );
    let diagnostic = Diagnostic::warning(codes::TABLE_INDEX_TOO_HOT, message)
        .help(format!("write `status_index: {{shards: {}}}`", needed.min(1000)));
    let fields = [
        ("/table/status_index/shards", "partition keys of the index"),
        ("/load/peak_events_per_second", "the peak"),
        ("/load/average_event_bytes", "bytes of an event"),
    ];
    vec![at_fields(diagnostic, tree, &fields)]
}
