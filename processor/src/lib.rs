//! The Lambda of a pipectl pipeline: one SQS record becomes one row in DynamoDB.
//!
//! It has two parts. The pure part decides: [`decide::decide`] turns a record's body into a [`row::Row`] or a
//! [`reason::Rejection`], and [`config::Config`] is the contract between the deployer that writes it and the Lambda that
//! reads it. It needs no AWS crate and no clock, so `pipectl` uses it unchanged to show which row an event makes or why a
//! message is a dead letter. The other part, behind the feature `lambda`, is the writer, the batch and the runtime.
//!
//! A processor with custom code is a program whose `main` calls `run_with`:
#![cfg_attr(feature = "lambda", doc = "```no_run")]
#![cfg_attr(not(feature = "lambda"), doc = "```ignore")]
//! use pipectl_processor::{Event, Json, Rejected, run_with};
//!
//! fn transform(mut event: Event) -> Result<Event, Rejected> {
//!     let carrier = event.text("carrier").ok_or(Rejected::because("the carrier is missing"))?;
//!     let carrier = Json::from(carrier.to_uppercase());
//!     event.detail_mut().insert("carrier".to_owned(), carrier);
//!     Ok(event)
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     run_with(transform)
//! }
//! ```

pub mod attribute;
pub mod canary;
pub mod code;
pub mod config;
pub mod death;
pub mod decide;
pub mod environment;
pub mod erasure;
pub mod event;
pub mod identity;
pub mod instant;
pub mod invocation;
pub mod json;
pub mod mapping;
pub mod number;
pub mod offline;
pub mod packed;
pub mod parse;
pub mod path;
pub mod pointer;
pub mod queued_at;
pub mod reason;
pub mod row;
pub mod schema;
pub mod shape;
pub mod size;
mod value;

#[cfg(feature = "lambda")]
pub mod age;
#[cfg(feature = "lambda")]
pub mod batch;
#[cfg(feature = "lambda")]
pub mod bury;
#[cfg(feature = "lambda")]
mod canaries;
#[cfg(feature = "lambda")]
mod chain;
#[cfg(feature = "lambda")]
pub mod client;
#[cfg(feature = "lambda")]
pub mod dead_letters;
#[cfg(feature = "lambda")]
pub mod emf;
#[cfg(feature = "lambda")]
mod erased;
#[cfg(feature = "lambda")]
pub mod handler;
#[cfg(feature = "lambda")]
pub mod log;
#[cfg(feature = "lambda")]
pub mod metrics;
#[cfg(feature = "lambda")]
pub mod pace;
#[cfg(feature = "lambda")]
pub mod startup;
#[cfg(feature = "lambda")]
pub mod summary;
#[cfg(feature = "lambda")]
pub mod throttle;
#[cfg(feature = "lambda")]
pub mod trace;
#[cfg(feature = "lambda")]
pub mod writer;

pub use code::Rejected;
pub use event::Event;
pub use json::Json;
#[cfg(feature = "lambda")]
pub use startup::run_with;
