//! The template variables of the service level and of the alarms on its error budget.

use serde::Serialize;

use crate::spec::{AlarmNames, Burn, FAST, FAST_BURN, SLOW, SLOW_BURN, ServiceLevel, Spec};

#[derive(Debug, Serialize)]
pub(super) struct ServiceLevelContext {
    within: u32,
    percent: f64,
    /// Percent of the events that may be bad.
    budget: f64,
    /// Rules whose lost events count.
    rules: Vec<String>,
    fast: BurnContext,
    slow: BurnContext,
}

/// An alarm on both of its windows.
#[derive(Debug, Serialize)]
struct BurnContext {
    rate: f64,
    name: String,
    long: WindowContext,
    short: WindowContext,
}

/// An alarm on one window.
#[derive(Debug, Serialize)]
struct WindowContext {
    name: String,
    /// Seconds.
    period: u32,
    minutes: u32,
    /// The share of its events that arrived early enough to be late by now.
    early: f64,
    /// Percent of bad events.
    threshold: f64,
}

impl ServiceLevelContext {
    pub(super) fn of(spec: &Spec) -> Option<Self> {
        let slo = spec.slo.as_ref()?;
        let names = spec.resolved_names().alarms;
        Some(Self {
            within: slo.stored_within_seconds,
            percent: slo.percent,
            budget: slo.budget(),
            rules: spec.burn_rules(),
            fast: BurnContext::of(slo, FAST, names.name(&FAST_BURN).to_owned()),
            slow: BurnContext::of(slo, SLOW, names.name(&SLOW_BURN).to_owned()),
        })
    }
}

impl BurnContext {
    fn of(slo: &ServiceLevel, burn: Burn, name: String) -> Self {
        let [long, short] = AlarmNames::windows(&name);
        let window = |name, period| WindowContext {
            name,
            period,
            minutes: period / 60,
            early: slo.early(period),
            threshold: slo.threshold(burn),
        };
        Self { rate: burn.rate, long: window(long, burn.long), short: window(short, burn.short), name }
    }
}
