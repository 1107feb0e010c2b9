use super::Demand;
use super::quotas::{CPU_MB, CPU_OF_EVENT, MORE_A_MINUTE, MORE_A_MINUTE_PROVISIONED};
use crate::spec::{Spec, UNBOUNDED_CONCURRENCY};

/// How many events the processor's invocations take in a second, all of them busy with full batches.
pub(super) struct Concurrency {
    /// Concurrent invocations.
    pub(super) slots: u32,
    pub(super) batch: u32,
    /// The duration of one invocation.
    pub(super) milliseconds: f64,
    /// The field of the spec that raises it; `None`: a quota of the account.
    pub(super) field: Option<&'static str>,
}

impl Concurrency {
    /// `account`: the account's quota of concurrent executions.
    pub(super) fn of(spec: &Spec, demand: &Demand, account: u32) -> Self {
        let processor = &spec.processor;
        let (slots, field) = slots(spec, account);
        let batch = spec.largest_batch(demand.event_bytes as u32);
        let waiting = f64::from(spec.invocation_milliseconds(batch)) * demand.slowness;
        let computing = f64::from(batch) * CPU_OF_EVENT * CPU_MB / f64::from(processor.memory_mb);
        // If the CPU is the bottleneck, more memory helps as much as more invocations.
        let field = if computing > waiting { Some("/processor/memory_mb") } else { field };
        Self { slots, batch, milliseconds: waiting.max(computing), field }
    }

    pub(super) fn events_per_second(&self) -> f64 {
        f64::from(self.slots) * f64::from(self.batch) * 1000.0 / self.milliseconds
    }

    /// Invocations that Lambda adds per minute under load.
    pub(super) fn more_a_minute(spec: &Spec) -> f64 {
        match spec.processor.batch.pollers {
            Some(_) => MORE_A_MINUTE_PROVISIONED,
            None => MORE_A_MINUTE,
        }
    }
}

/// The lowest limit of concurrent invocations, and the field that sets it.
fn slots(spec: &Spec, account: u32) -> (u32, Option<&'static str>) {
    let processor = &spec.processor;
    let queue = match (spec.queue_concurrency(), &processor.batch.pollers) {
        (Some(most), Some(_)) => (most, Some("/processor/batch/pollers/max")),
        (Some(most), None) => (most, Some("/processor/batch/max_concurrency")),
        (None, _) => (UNBOUNDED_CONCURRENCY, Some("/processor/batch/pollers")),
    };
    let reserved =
        processor.reserved_concurrency.map(|slots| (slots, Some("/processor/reserved_concurrency")));
    // Reserved concurrency is the function's own share of the account's.
    let function = reserved.unwrap_or((account, None));
    if function.0 < queue.0 { function } else { queue }
}
