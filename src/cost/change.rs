use std::collections::BTreeMap;

use super::estimate::Estimate;
use super::{Item, Price, Traffic, estimate};
use crate::spec::Spec;

/// How a change affects the monthly bill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// US dollars; `None`: there was no pipeline.
    pub before: Option<f64>,
    pub after: f64,
}

/// The monthly cost before and after, both at the traffic of the new spec. `None` if it cannot be computed: the spec
/// has no `load`, or the two differ in an item without a price.
#[must_use]
pub fn monthly_change(before: Option<&Spec>, after: &Spec, prices: &BTreeMap<Item, Price>) -> Option<Change> {
    after.load.as_ref()?;
    let bill = |spec: &Spec| estimate(spec, &[Traffic::expected(spec, 1)], prices);
    let now = bill(after);
    let Some(before) = before else {
        return now.unpriced().is_empty().then(|| Change { before: None, after: now.monthly(None, 0) });
    };
    let former = bill(&Spec { load: after.load.clone(), ..before.clone() });
    (unpriced(&former) == unpriced(&now))
        .then(|| Change { before: Some(former.monthly(None, 0)), after: now.monthly(None, 0) })
}

/// The used amount of each item without a price.
fn unpriced(bill: &Estimate) -> Vec<(Item, f64)> {
    let lines = bill.lines.iter().filter(|line| line.price.is_none());
    lines.map(|line| (line.item, line.quantities.first().copied().unwrap_or_default())).collect()
}
