//! The outside: clients from profile, region and endpoint; one file per service; SDK errors as ours.

mod alarms;
mod artifact_bucket;
mod artifact_store;
mod artifacts;
mod bridge;
mod bus;
mod calls;
mod clients;
mod cloudformation;
mod cloudformation_types;
mod connection;
mod dashboard;
mod drift;
mod error;
mod existing;
mod function;
mod identity;
mod key;
mod mfa;
mod mfa_cache;
mod no_credentials;
mod profile;
mod proxy;
mod queue;
mod table;
mod terminal;
mod trust;

pub use artifact_bucket::{BucketFault, bucket_name};
pub use artifact_store::{ArtifactStore, Maker};
pub use artifacts::{Content, Found, Stored};
pub use clients::{Clients, Settings};
pub use identity::Identity;
pub use terminal::{Ask, Show, Terminal, attach};
