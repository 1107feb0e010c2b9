//! All tests of the processor in one binary: the pure decisions, the batch over a store in memory, and the real
//! `bootstrap` between a runtime API and a table.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should report where")]

mod any_invocation;
mod contract;
mod decision;
mod exactness;
mod invocations;

#[cfg(feature = "lambda")]
mod age;
#[cfg(feature = "lambda")]
mod batch;
#[cfg(feature = "lambda")]
mod canary;
#[cfg(feature = "lambda")]
mod day;
#[cfg(feature = "lambda")]
mod dead_letters;
#[cfg(feature = "lambda")]
mod emf;
#[cfg(feature = "lambda")]
mod end_to_end;
mod erased;
#[cfg(feature = "lambda")]
mod faults;
#[cfg(feature = "lambda")]
mod http;
#[cfg(feature = "lambda")]
mod lambda;
mod mapping;
mod mapping_properties;
#[cfg(feature = "lambda")]
mod metrics;
#[cfg(feature = "lambda")]
mod own_code;
mod queued_at;
mod schema;
mod shape;
#[cfg(feature = "lambda")]
mod table;
