//! The outside: clients from profile, region and endpoint; one file per service; SDK errors as ours.

mod alarms;
mod artifact_bucket;
mod bridge;
mod bus;
mod clients;
mod cloudformation;
mod cloudformation_types;
mod dashboard;
mod drift;
mod error;
mod function;
mod identity;
mod key;
mod queue;
mod table;

pub use artifact_bucket::bucket_name;
pub use clients::{Clients, Settings};
pub use identity::Identity;
