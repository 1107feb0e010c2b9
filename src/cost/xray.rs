use super::Item;
use super::traffic::{SECONDS, Traffic};
use super::usage::Usage;
use crate::spec::Spec;

/// X-Ray's default sampling rule: one request a second, and this share of the others (X-Ray Developer Guide, "Sampling
/// rules").
const SHARE: f64 = 0.05;

pub(super) fn usage(spec: &Spec, traffic: &Traffic) -> Vec<Usage> {
    if !spec.processor.tracing {
        return Vec::new();
    }
    let each_second = traffic.invocations / SECONDS;
    let taken = each_second.min(1.0) + (each_second - 1.0).max(0.0) * SHARE;
    vec![Usage::grows(Item::Traces, taken * SECONDS, "invocations that are sampled")]
}
