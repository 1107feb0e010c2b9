use std::collections::BTreeMap;

use super::estimate::Estimate;
use super::{Item, Price, Traffic, estimate};
use crate::spec::Spec;

/// What a change does to the monthly bill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// US dollars; `None`: there was no pipeline.
    pub before: Option<f64>,
    pub after: f64,
}

/// What the pipeline costs in a month before and after, both at the traffic that the new spec expects. `None` where that
/// cannot be said: it expects none, or the two differ in something that has no figure.
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

/// How much is used of what has no figure.
fn unpriced(bill: &Estimate) -> Vec<(Item, f64)> {
    let lines = bill.lines.iter().filter(|line| line.price.is_none());
    lines.map(|line| (line.item, line.quantities.first().copied().unwrap_or_default())).collect()
}
