use super::Item;
use super::traffic::{DAYS, Traffic};
use super::usage::Usage;
use crate::spec::{Architecture, Spec};

/// Invocations, their duration times the function's memory, and provisioned pollers.
pub(super) fn usage(spec: &Spec, traffic: &Traffic) -> Vec<Usage> {
    let processor = &spec.processor;
    let gigabytes = f64::from(processor.memory_mb) / 1024.0;
    let seconds = traffic.invocations * traffic.milliseconds / 1000.0;
    let compute = match processor.architecture {
        Architecture::Arm64 => Item::ArmCompute,
        Architecture::X86_64 => Item::X86Compute,
    };
    let why = format!("{:.0} ms with {} MB each", traffic.milliseconds, processor.memory_mb);
    let mut found = vec![
        Usage::grows(Item::Invocations, traffic.invocations, "a batch each"),
        Usage::grows(compute, seconds * gigabytes, why),
    ];
    if let Some(pollers) = &processor.batch.pollers {
        let why = format!("{} pollers that always run", pollers.min);
        found.push(Usage::fixed(Item::Pollers, f64::from(pollers.min) * DAYS * 24.0, why));
    }
    found
}
