//! A load compared with the quotas of an account in its region.

use super::quotas::{AccountQuotas, Quota, UNRESERVED};
use crate::diagnostic::{Code, codes};
use crate::spec::{Batch, PER_POLLER, Spec};

/// Fewest pollers, and fewest invocations under `max_concurrency` (Lambda).
const FEWEST: u32 = 2;
/// Most invocations under `max_concurrency` (Lambda).
const MOST: u32 = 1_000;

/// A quota that a spec exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    pub code: Code,
    pub message: String,
    pub help: String,
    /// The fields that require it, and their descriptions.
    pub(super) fields: Vec<(&'static str, &'static str)>,
}

/// Every quota that the load, or the capacity to process it, exceeds.
#[must_use]
pub fn excesses(spec: &Spec, quotas: &AccountQuotas) -> Vec<Excess> {
    let found =
        [over_region(spec, quotas), reserved(spec, &quotas.concurrency), at_once(spec, &quotas.concurrency)];
    let mut found: Vec<Excess> = found.into_iter().flatten().collect();
    // Invocations that cannot be reserved cannot run either.
    found.dedup_by_key(|excess| excess.code);
    found
}

fn over_region(spec: &Spec, quotas: &AccountQuotas) -> Option<Excess> {
    let peak = spec.load().peak_events_per_second;
    let AccountQuotas { put_events, invocations, .. } = quotas;
    let (message, raise, field) = if peak > put_events.value {
        let message = format!(
            "the peak is {peak} events a second, but `PutEvents` takes {} requests a second per account ({}): the others are throttled",
            put_events.value, put_events.known
        );
        (message, "PutEvents throttle limit in transactions per second", "put_events_per_second")
    } else if peak > invocations.value {
        let message = format!(
            "the peak is {peak} events a second, but rules send {} a second to their targets ({}): the others are late",
            invocations.value, invocations.known
        );
        (message, "Invocations throttle limit in transactions per second", "invocations_per_second")
    } else {
        return None;
    };
    let packed = if field == "put_events_per_second" {
        "have senders put ten events into a request, and "
    } else {
        ""
    };
    let help = format!(
        "{packed}have AWS raise the quota \"{raise}\", which is free, and state it: `deploy: {{quotas: {{{field}: {peak}}}}}`{}",
        if spec.deploy.region.is_none() { "; or name the region, `deploy: {region: …}`" } else { "" }
    );
    let fields = vec![
        ("/load/peak_events_per_second", ""),
        ("/deploy/quotas/put_events_per_second", "what `PutEvents` takes"),
        ("/deploy/quotas/invocations_per_second", "what rules send"),
        ("/deploy/region", "the region"),
    ];
    Some(Excess { code: codes::LOAD_OVER_REGION, message, help, fields })
}

/// Lambda refuses a reservation that leaves too little for all other functions.
fn reserved(spec: &Spec, quota: &Quota) -> Option<Excess> {
    let reserved = spec.processor.reserved_concurrency?;
    let most = quota.value.saturating_sub(UNRESERVED);
    if reserved <= most {
        return None;
    }
    let message = format!(
        "{reserved} reserved, but the account has {} concurrent executions ({}), of which Lambda leaves {UNRESERVED} unreserved",
        quota.value, quota.known
    );
    let lower = if most > 0 {
        format!("write `reserved_concurrency: {most}` or less")
    } else {
        "leave it out".to_owned()
    };
    Some(concurrency(message, format!("{lower}, or {}", raised(reserved + UNRESERVED))))
}

/// Invocations of the queue beyond the quota are throttled.
fn at_once(spec: &Spec, quota: &Quota) -> Option<Excess> {
    let batch = &spec.processor.batch;
    let caused = spec.queue_concurrency()?.min(spec.processor.reserved_concurrency.unwrap_or(u32::MAX));
    if caused <= quota.value {
        return None;
    }
    let needed = spec.busy().map_or_else(String::new, |busy| format!("; the peak keeps {busy} busy"));
    let message = format!(
        "the queue causes up to {caused} invocations at once, but the account has {} concurrent executions ({}){needed}",
        quota.value, quota.known
    );
    let raised = raised(caused);
    let help = match limit(batch, quota.value) {
        Some(lower) => format!("write `{lower}` or less, or {raised}"),
        None => raised,
    };
    Some(concurrency(message, help))
}

/// The edit under `processor.batch` that limits the queue to this many invocations at once, by the kind of limit that the
/// spec uses. `None` if Lambda has no limit that low.
pub(super) fn limit(batch: &Batch, most: u32) -> Option<String> {
    match batch.pollers {
        Some(_) => (most >= FEWEST * PER_POLLER).then(|| format!("pollers: {{max: {}}}", most / PER_POLLER)),
        None => (most >= FEWEST).then(|| format!("max_concurrency: {}", most.min(MOST))),
    }
}

fn raised(wanted: u32) -> String {
    format!(
        "have AWS raise the quota \"Concurrent executions\", which is free, and state it: \
         `deploy: {{quotas: {{concurrent_executions: {wanted}}}}}`"
    )
}

fn concurrency(message: String, help: String) -> Excess {
    let fields = vec![
        ("/processor/reserved_concurrency", ""),
        ("/processor/batch/pollers/max", "each runs up to 10 invocations"),
        ("/processor/batch/pollers", "200 pollers, where `max` is left out"),
        ("/processor/batch/max_concurrency", "invocations the queue causes"),
        ("/load/peak_events_per_second", "the peak"),
        ("/deploy/quotas/concurrent_executions", "the account's"),
    ];
    Excess { code: codes::LOAD_OVER_CONCURRENCY, message, help, fields }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn found(more: &Value) -> Vec<(&'static str, String)> {
        let mut spec =
            json!({"version": 1, "name": "a", "environment": "b", "bus": {"pattern": {"source": ["a"]}}});
        spec.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        let spec: Spec = serde_json::from_value(spec).expect("a spec");
        let found_excesses = excesses(&spec, &AccountQuotas::of(&spec)).into_iter();
        found_excesses
            .map(|excess| (excess.code.name, format!("{}\n{}", excess.message, excess.help)))
            .collect()
    }

    #[test]
    fn a_load_beyond_the_region_is_reported_until_the_quota_is_raised() {
        let load = |region: &str, peak: u32, quotas: Value| json!({"load": {"peak_events_per_second": peak}, "deploy": {"region": region, "quotas": quotas}});
        for (region, peak, quotas, words) in [
            ("eu-central-1", 2400, json!({}), None),
            ("eu-central-1", 2401, json!({}), Some("takes 2400 requests a second")),
            ("eu-west-1", 10_000, json!({}), None),
            ("af-south-1", 401, json!({}), Some("takes 400 requests")),
            ("eu-central-1", 4500, json!({"put_events_per_second": 5000}), None),
            (
                "eu-central-1",
                4501,
                json!({"put_events_per_second": 5000}),
                Some("send 4500 a second to their targets"),
            ),
            (
                "eu-central-1",
                4501,
                json!({"put_events_per_second": 5000, "invocations_per_second": 5000}),
                None,
            ),
        ] {
            let found = found(&load(region, peak, quotas));
            assert_eq!(found.len(), usize::from(words.is_some()), "{region} {peak}: {found:?}");
            assert!(words.is_none_or(|words| found[0].1.contains(words)), "{found:?}");
        }
        let unplaced = found(&json!({"load": {"peak_events_per_second": 500}}));
        assert!(
            unplaced[0].1.contains("the lowest of all regions, because the spec names none"),
            "{unplaced:?}"
        );
        assert!(unplaced[0].1.contains("or name the region"), "{unplaced:?}");
    }

    #[test]
    fn what_runs_at_once_fits_the_account() {
        let of = |processor: Value, quotas: Value| {
            found(&json!({"processor": processor, "deploy": {"quotas": quotas}}))
        };
        let pollers = json!({"batch": {"pollers": {"min": 2, "max": 101}}});
        assert_eq!(of(json!({}), json!({})), []);
        assert!(of(pollers.clone(), json!({}))[0].1.contains("pollers: {max: 100}"));
        assert_eq!(of(pollers, json!({"concurrent_executions": 1010})), []);
        let most = json!({"batch": {"max_concurrency": 50}});
        assert_eq!(of(most.clone(), json!({})), []);
        assert!(of(most, json!({"concurrent_executions": 10}))[0].1.contains("max_concurrency: 10"));
        let reserved =
            of(json!({"reserved_concurrency": 901, "batch": {"max_concurrency": 1000}}), json!({}));
        assert_eq!(reserved.len(), 1, "{reserved:?}");
        assert!(reserved[0].1.contains("reserved_concurrency: 900` or less"), "{reserved:?}");
        assert!(reserved[0].1.contains("concurrent_executions: 1001"), "{reserved:?}");
    }
}
