//! Change set → stream of events → outcome: one change set, executed and followed to its end.

mod adopt;
mod advice;
mod cause;
mod clock;
mod destroy;
mod drift;
mod event;
mod execute;
mod follow;
mod operation;
mod prepare;
mod protect;
mod recover;
#[cfg(test)]
mod tests;

pub use adopt::{Adopted, adopted, import_template, retaining};
pub use clock::Clock;
pub use destroy::{Destroyed, destroy};
pub use drift::{
    CODE, Drift, DriftState, PropertyDrift, ResourceDrift, ResourceDriftState, drift, expected_mapping,
};
pub use event::{DeployEvent, DeployOutcome};
pub use execute::execute;
pub use operation::{Operation, attach, operation};
pub use prepare::{Prepared, StackState, abandon, prepare, stack_state};
pub use protect::{guarded, policy};
pub use recover::{Recovery, Remedy, failed_resources, recover, remedy};
