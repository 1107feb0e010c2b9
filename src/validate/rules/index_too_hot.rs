use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{Spec, UNITS_PER_SHARD};

/// the index has one partition key value per shard, and back-pressure of the index throttles the table.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    if !spec.table.status_index.is_on() {
        return Vec::new();
    }
    let load = spec.load();
    let (peak, units, needed) = (load.peak_events_per_second, load.peak_write_units(), load.shards_needed());
    let shards = u64::from(spec.shards().value);
    if shards >= needed {
        return Vec::new();
    }
    let message = format!(
        "a peak of {peak} events a second needs {units} write units of the index, but {shards} of its partition keys take {} safely",
        shards * UNITS_PER_SHARD
    );
    let diagnostic = Diagnostic::warning(codes::TABLE_INDEX_TOO_HOT, message)
        .help(format!("write `status_index: {{shards: {}}}`", needed.min(1000)));
    let fields = [
        ("/table/status_index/shards", ""),
        ("/load/peak_events_per_second", "the peak"),
        ("/load/average_event_bytes", "bytes of an event"),
    ];
    vec![at_fields(diagnostic, tree, &fields)]
}
