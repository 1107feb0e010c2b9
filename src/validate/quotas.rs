//! AWS's default quotas, and the price of more: the one place with such figures. Looked up on 2026-11-28.
//!
//! | figure | source |
//! |---|---|
//! | `PutEvents`, invocations | EventBridge user guide, "Custom Event Bus - Classic quotas" (L-9B653E91, L-5540C5E3) |
//! | concurrent executions | Lambda developer guide, "Lambda quotas" (L-B99A9384); 100 stay unreserved |
//! | warm units of a new table | DynamoDB developer guide, "warm throughput" (`COLD_READS`, `COLD_WRITES`) |
//! | price of a warm unit | DynamoDB pricing: once the price of a provisioned unit for an hour, in us-east-1 |

use crate::spec::{COLD_READS, COLD_WRITES, Spec, Warmth};

/// When all figures were looked up.
pub const LOOKED_UP: &str = "2026-11-28";

/// By region: requests a second of `PutEvents`, and events a second that all rules send to their targets.
const EVENTS: [(&str, u32, u32); 18] = [
    ("us-east-1", 10_000, 18_750),
    ("us-east-2", 2_400, 4_500),
    ("us-west-1", 1_200, 2_250),
    ("us-west-2", 10_000, 18_750),
    ("ap-east-1", 600, 1_100),
    ("ap-northeast-1", 1_200, 2_250),
    ("ap-northeast-2", 600, 1_100),
    ("ap-south-1", 600, 1_100),
    ("ap-southeast-1", 1_200, 2_250),
    ("ap-southeast-2", 1_200, 2_250),
    ("ca-central-1", 600, 1_100),
    ("eu-central-1", 2_400, 4_500),
    ("eu-north-1", 600, 1_100),
    ("eu-south-2", 2_400, 4_500),
    ("eu-west-1", 10_000, 18_750),
    ("eu-west-2", 1_200, 2_250),
    ("eu-west-3", 600, 1_100),
    ("sa-east-1", 600, 1_100),
];
/// For every other region.
const ELSEWHERE: (u32, u32) = (400, 750);
/// Invocations that all functions of an account run at once in a region.
const CONCURRENCY: u32 = 1_000;
/// This number of them cannot be reserved for one function.
pub(super) const UNRESERVED: u32 = 100;
/// Millionths of a dollar for a warm unit, once.
const PER_WRITE: u64 = 650;
const PER_READ: u64 = 130;

/// A quota, and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    pub value: u32,
    /// `the default of eu-central-1`, `what deploy.quotas says`.
    pub known: String,
}

/// The quotas of an account in its region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountQuotas {
    pub put_events: Quota,
    pub invocations: Quota,
    pub concurrency: Quota,
}

impl AccountQuotas {
    /// The quotas in a spec, otherwise the defaults of its region. Without a region the lowest ones are assumed.
    #[must_use]
    pub fn of(spec: &Spec) -> Self {
        Self::in_region(spec, spec.deploy.region.as_deref())
    }

    /// The same, if the region is known from elsewhere.
    #[must_use]
    pub fn in_region(spec: &Spec, region: Option<&str>) -> Self {
        let events = EVENTS.iter().find(|(name, ..)| Some(*name) == region);
        let (put_events, invocations) = events.map_or(ELSEWHERE, |(_, put, invoked)| (*put, *invoked));
        let by_region = match region {
            Some(region) => format!("the default of {region}"),
            None => "the lowest of all regions, because the spec names none".to_owned(),
        };
        let stated = &spec.deploy.quotas;
        let quota = |stated: Option<u32>, default: u32, known: &str| match stated {
            Some(value) => Quota { value, known: "as `deploy.quotas` says".to_owned() },
            None => Quota { value: default, known: known.to_owned() },
        };
        Self {
            put_events: quota(stated.put_events_per_second, put_events, &by_region),
            invocations: quota(stated.invocations_per_second, invocations, &by_region),
            concurrency: quota(stated.concurrent_executions, CONCURRENCY, "the default of an account"),
        }
    }
}

/// The one-time price of a table and this number of indexes with these warm units, in dollars and cents.
pub(super) fn price_of(warmth: Warmth, indexes: usize) -> String {
    let beyond = |units: u32, cold: u32| u64::from(units.saturating_sub(cold));
    let each = beyond(warmth.writes, COLD_WRITES) * PER_WRITE + beyond(warmth.reads, COLD_READS) * PER_READ;
    let cents = (each * (indexes as u64 + 1)).div_ceil(10_000);
    format!("${}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn stated_quotas_override_the_default_of_the_region() {
        let of = |deploy: Value| {
            let spec = json!({"version": 1, "name": "a", "environment": "b", "deploy": deploy,
                "bus": {"pattern": {"source": ["a"]}}});
            let quotas = AccountQuotas::of(&serde_json::from_value(spec).expect("a spec"));
            (quotas.put_events.value, quotas.invocations.value, quotas.concurrency.value)
        };
        assert_eq!(of(json!({"region": "eu-central-1"})), (2_400, 4_500, 1_000));
        assert_eq!(of(json!({"region": "af-south-1"})), (400, 750, 1_000));
        assert_eq!(of(json!({})), (400, 750, 1_000));
        let raised = json!({"region": "eu-west-1", "quotas": {"put_events_per_second": 50_000, "concurrent_executions": 10}});
        assert_eq!(of(raised), (50_000, 18_750, 10));
    }

    #[test]
    fn warmth_is_paid_once_for_what_a_new_table_lacks() {
        let warmth = |reads, writes| Warmth { reads, writes };
        assert_eq!(price_of(warmth(12_000, 4_000), 3), "$0.00");
        // 36,000 × 0.00065 + 28,000 × 0.00013.
        assert_eq!(price_of(warmth(40_000, 40_000), 0), "$27.04");
        assert_eq!(price_of(warmth(12_000, 5_000), 1), "$1.30");
    }
}
