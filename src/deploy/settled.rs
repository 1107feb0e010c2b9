//! Values that a spec omits, taken from what is deployed.

use serde_json::Value;

use super::observer::{Notice, Observer};
use super::session::Session;
use super::spread;
use super::template::template_for;
use super::wanted::Wanted;
use crate::diagnostic::Failure;
use crate::render::warmed_for;
use crate::spec::{NotWarmed, Spec, WarmThroughput};
use crate::validate::CheckedSpec;

/// The spec with the deployed values; `None`: it is unchanged. If the spec omits a number, the one derived from `load`
/// is used only for the first deployment.
#[must_use]
pub(super) fn settled(spec: &Spec, deployed: &Value) -> Option<Spec> {
    let spread = spread::settled(spec, deployed);
    let warm = warm(spread.as_ref().unwrap_or(spec), deployed);
    warm.or(spread)
}

/// Retains deployed values in the wanted stack where the spec omits them.
pub(super) fn keep_settled(
    session: &Session,
    wanted: &mut Wanted,
    deployed: &Value,
    checked: &CheckedSpec,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let spec = checked.spec();
    if let Some(settled) = settled(spec, deployed) {
        wanted.template = template_for(session.is_local(), &settled, checked)?;
        if settled.shards() != spec.shards() {
            observer.notice(Notice::Warning(&spread::advice(spec, &settled)));
        }
    }
    Ok(())
}

/// An existing table has its traffic, and DynamoDB rejects a warm throughput below its current one.
fn warm(spec: &Spec, deployed: &Value) -> Option<Spec> {
    if spec.table.warm_throughput.is_some() || deployed["Resources"]["EventsTable"].is_null() {
        return None;
    }
    let former = warmed_for(deployed);
    (former != spec.warmth().map(|(warmth, _)| warmth)).then(|| {
        let mut settled = spec.clone();
        settled.table.warm_throughput =
            Some(former.map_or(WarmThroughput::Off(NotWarmed::Off), WarmThroughput::On));
        settled
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_that_is_deployed_stays_as_warm_as_it_was_made() {
        let spec = |table: Value, peak: u32| -> Spec {
            let spec = json!({"version": 1, "name": "a", "environment": "b", "bus": {"pattern": {"source": ["a"]}},
                "table": table, "load": {"peak_events_per_second": peak}});
            serde_json::from_value(spec).expect("a spec")
        };
        let deployed = |warm: Value| json!({"Resources": {"EventsTable": {"Properties": warm}}});
        let warm = json!({"WarmThroughput": {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 6_000}});
        let of = |table: Value, peak: u32, deployed: &Value| {
            let spec = spec(table, peak);
            settled(&spec, deployed).unwrap_or(spec).warmth().map(|(warmth, _)| warmth.writes)
        };
        assert_eq!(of(json!({}), 9000, &json!({})), Some(9_000), "a new one");
        assert_eq!(of(json!({}), 9000, &deployed(json!({}))), None, "made before");
        assert_eq!(of(json!({}), 9000, &deployed(warm.clone())), Some(6_000));
        assert_eq!(of(json!({}), 50, &deployed(warm.clone())), Some(6_000), "less load");
        assert_eq!(
            of(json!({"warm_throughput": {"writes": 8000}}), 9000, &deployed(warm.clone())),
            Some(8_000)
        );
        assert_eq!(of(json!({"warm_throughput": "off"}), 9000, &deployed(warm)), None);
    }
}
