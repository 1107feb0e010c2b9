use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Spec;

/// The service level of the pipeline; alarms watch how fast its error budget is used up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceLevel {
    /// The most seconds from an event on the bus to its row for the event to be good. With `bus.input: detail`
    /// they count from when its message is in the queue.
    #[schemars(range(min = 1, max = 3_600), extend("$comment" = "the longer of the two compared windows is one hour"))]
    pub stored_within_seconds: u32,

    /// Percentage of the events of 30 days that must be good.
    #[schemars(range(min = 95.0, max = 99.99), extend("$comment" = "below 94 percent, even a full outage cannot use up the budget 14.4 times too fast; above 99.99, one event of 10,000 is the whole budget"))]
    pub percent: f64,
}

impl Default for ServiceLevel {
    fn default() -> Self {
        Self { stored_within_seconds: 60, percent: 99.9 }
    }
}

/// A speed at which the error budget must not be used up, over two windows: the long one shows that it matters, the short
/// one that it still continues. The numbers are from Google's Site Reliability Workbook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burn {
    /// The multiple of the speed that the budget of 30 days allows.
    pub rate: f64,
    /// Seconds.
    pub long: u32,
    pub short: u32,
}

/// 2 % of the budget in an hour.
pub const FAST: Burn = Burn { rate: 14.4, long: 3_600, short: 300 };
/// 5 % of the budget in six hours.
pub const SLOW: Burn = Burn { rate: 6.0, long: 21_600, short: 1_800 };

pub const BURNS: [Burn; 2] = [FAST, SLOW];

/// Metrics of an alarm on one window, without those of single rules.
const METRICS: usize = 6;
/// CloudWatch's limit of metrics in one alarm.
const MOST_METRICS: usize = 10;

impl Spec {
    /// The rules whose lost events the alarms on the service level cover: the first ones.
    #[must_use]
    pub fn burn_rules(&self) -> Vec<String> {
        self.bus_rules().into_iter().map(|rule| rule.name).take(MOST_METRICS - METRICS).collect()
    }

    /// The number of metrics in an alarm on one window of the service level.
    #[must_use]
    pub fn burn_metrics(&self) -> usize {
        METRICS + self.burn_rules().len()
    }
}

impl ServiceLevel {
    /// Percent of the events that may be bad.
    #[must_use]
    pub fn budget(&self) -> f64 {
        rounded(100.0 - self.percent)
    }

    /// Percent of bad events from which the budget is used up at the rate of `burn`.
    #[must_use]
    pub fn threshold(&self, burn: Burn) -> f64 {
        rounded(burn.rate * self.budget())
    }

    /// The share of the events of a window that arrived early enough to be late by its end, if they arrive evenly; at
    /// least half.
    #[must_use]
    pub fn early(&self, window: u32) -> f64 {
        rounded(1.0 - (f64::from(self.stored_within_seconds) / f64::from(window)).min(0.5))
    }
}

/// Rounded: a difference of decimal fractions has meaningless digits.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_percents_as_people_write_them() {
        let level = ServiceLevel::default();
        assert_eq!((level.budget(), level.threshold(FAST), level.threshold(SLOW)), (0.1, 1.44, 0.6));
        let least = ServiceLevel { percent: 95.0, ..level.clone() };
        assert!(least.threshold(FAST) < 100.0, "a full outage must reach it");
        assert_eq!([300, 3_600].map(|window| level.early(window)), [0.8, 0.983333]);
        assert_eq!(ServiceLevel { stored_within_seconds: 900, ..level }.early(300), 0.5);
    }
}
