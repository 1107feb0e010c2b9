//! What a plan does to the monthly bill.

use serde::Serialize;
use serde_json::Value;

use crate::cost::{Change, monthly_change, published};
use crate::deploy::AppliedElsewhere;
use crate::plan::Plan;
use crate::render::spec_of;
use crate::spec::Spec;

/// The change of the monthly bill, if both the deployed and the new template can be priced.
pub(super) fn cost_change(deployed: Option<&Value>, wanted: &Spec, region: &str) -> Option<Change> {
    let list = published();
    let prices = list.of(region)?;
    match deployed {
        None => monthly_change(None, wanted, prices),
        Some(template) => monthly_change(Some(&spec_of(template)?), wanted, prices),
    }
}

/// A plan with its change of the bill, and the last apply if its commit is not in this checkout. Public JSON shape.
#[derive(Serialize)]
pub(super) struct Costed<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_cost: Option<MonthlyCost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_elsewhere: Option<&'a AppliedElsewhere>,
}

#[derive(Serialize)]
struct MonthlyCost {
    currency: &'static str,
    before: Option<f64>,
    after: f64,
}

impl<'a> Costed<'a> {
    pub(super) fn new(plan: &'a Plan, change: Option<Change>, last: Option<&'a AppliedElsewhere>) -> Self {
        let monthly_cost =
            change.map(|Change { before, after }| MonthlyCost { currency: "USD", before, after });
        Self { plan, monthly_cost, applied_elsewhere: last }
    }
}
