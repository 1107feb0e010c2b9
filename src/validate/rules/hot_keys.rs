use processor::config::Config;
use processor::path::Path;
use processor::row::{EVENT_DETAIL_TYPE, EVENT_SOURCE, PROCESSING_STATUS};
use serde_json::Value;

use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{Spec, UNITS_PER_SHARD};
use crate::validate::contract::processor_config;

/// a key with few values has few partitions, whatever the table's warm throughput, and a throttled index throttles
/// its table.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let units = spec.load().peak_write_units();
    if units <= UNITS_PER_SHARD {
        return Vec::new();
    }
    let config = processor_config(spec);
    let table = (
        config.event.partition_key.attribute.clone(),
        "the table".to_owned(),
        "/event/partition_key".to_owned(),
    );
    let indexes = spec.table.indexes.iter().enumerate().map(|(number, index)| {
        let pointer = format!("/table/indexes/{number}/partition_key");
        (index.partition_key.clone(), format!("the index `{}`", index.name), pointer)
    });
    let hot = std::iter::once(table).chain(indexes).filter_map(|(key, of, pointer)| {
        let values = values(spec, &config, &key).filter(|values| values * UNITS_PER_SHARD < units)?;
        let has =
            if values == 1 { "one value, which takes".to_owned() } else { format!("{values} values, which take") };
        let message = format!(
            "a peak of {} events a second needs {units} write units of {of}, but its partition key `{key}` has {has} {} safely",
            spec.load().peak_events_per_second,
            values * UNITS_PER_SHARD
        );
        let help = "choose a key with more values, or join another to it, such as `from: [$.detail-type, $.detail.customer.id]`; \
                    no quota raises the 1,000 units of one key";
        let diagnostic = Diagnostic::warning(codes::TABLE_INDEX_TOO_HOT, message).help(help);
        let fields = [(pointer.as_str(), ""), ("/load/peak_events_per_second", "the peak")];
        Some(at_fields(diagnostic, tree, &fields))
    });
    hot.collect()
}

/// The number of values an attribute can have, if the spec shows it.
fn values(spec: &Spec, config: &Config, attribute: &str) -> Option<u64> {
    let own = match attribute {
        PROCESSING_STATUS => return Some(1),
        EVENT_SOURCE => Some("source"),
        EVENT_DETAIL_TYPE => Some("detail-type"),
        _ => None,
    };
    let mapped = config.event.attributes().find(|(_, field)| field.attribute == attribute);
    match (mapped, own) {
        (Some((_, field)), _) => {
            let paths: Option<Vec<u64>> = field.from.iter().map(|path| values_at(spec, path)).collect();
            paths.map(|values| values.iter().fold(1_u64, |all, values| all.saturating_mul(*values)))
        }
        (None, Some(field)) => literals(spec, field),
        (None, None) => None,
    }
}

fn values_at(spec: &Spec, path: &Path) -> Option<u64> {
    match path.root() {
        field if path.steps().len() > 1 => literals_below(spec, path, field),
        "version" => Some(1),
        field @ ("source" | "detail-type") => literals(spec, field),
        field @ ("account" | "region") => {
            literals(spec, field).or(spec.bus.producers.is_empty().then_some(1))
        }
        _ => None,
    }
}

/// The values of a field of the envelope that all patterns together name, if they name all.
fn literals(spec: &Spec, field: &str) -> Option<u64> {
    count(spec, |pattern| pattern.get(field))
}

/// The same for a field of the detail.
fn literals_below(spec: &Spec, path: &Path, root: &str) -> Option<u64> {
    let name = path.plain_field().filter(|_| root == "detail")?;
    count(spec, |pattern| pattern.get("detail")?.get(name))
}

fn count<'a>(
    spec: &'a Spec,
    of: impl Fn(&'a serde_json::Map<String, Value>) -> Option<&'a Value>,
) -> Option<u64> {
    let mut all: Vec<&Value> = Vec::new();
    for rule in spec.bus_rules() {
        let list = of(rule.pattern)?.as_array()?;
        for value in list {
            if value.is_object() {
                return None;
            }
            if !all.contains(&value) {
                all.push(value);
            }
        }
    }
    u64::try_from(all.len()).ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(event: Value, attribute: &str, pattern: Value) -> Option<u64> {
        let spec = json!({"version": 1, "name": "a", "environment": "b", "bus": {"pattern": pattern}, "event": event});
        let spec: Spec = serde_json::from_value(spec).expect("a spec");
        values(&spec, &processor_config(&spec), attribute)
    }

    #[test]
    fn the_values_of_a_key_are_counted_where_the_patterns_name_them() {
        let types =
            json!({"source": ["a"], "detail-type": ["x", "y", "x"], "detail": {"state": ["on", "off"]}});
        let kind = json!({"type": {"attribute": "kind", "from": "$.detail-type"}});
        assert_eq!(of(kind.clone(), "kind", types.clone()), Some(2));
        assert_eq!(of(kind, "kind", json!({"detail-type": ["x", {"prefix": "y"}]})), None);
        assert_eq!(of(json!({}), "processing_status", types.clone()), Some(1));
        assert_eq!(of(json!({}), "shipment_id", types.clone()), None);
        let region = json!({"attributes": {"where": "$.region"}});
        assert_eq!(of(region, "where", types.clone()), Some(1));
        let joined = json!({"attributes": {"both": {"from": ["$.detail-type", "$.detail.state"]}}});
        assert_eq!(of(joined, "both", types.clone()), Some(4));
        let joined = json!({"attributes": {"both": {"from": ["$.detail-type", "$.detail.customer"]}}});
        assert_eq!(of(joined, "both", types), None);
    }
}
