//! `pipectl` turns one short YAML file into a running event pipeline on AWS.
//!
//! ```text
//! text ─source→ SpecTree ─validate→ CheckedSpec ─render→ Template ─plan→ Plan ─consent→ Approved ─execute→ Events ─report→ reader
//! ```

#[cfg(feature = "deploy")]
pub mod apply;
#[cfg(feature = "deploy")]
pub mod aws;
pub mod capacity;
#[cfg(feature = "deploy")]
pub mod child;
#[cfg(feature = "deploy")]
pub mod cli;
pub mod cost;
#[cfg(feature = "deploy")]
pub mod deploy;
pub mod diagnostic;
#[cfg(feature = "deploy")]
pub mod doctor;
pub mod editor;
pub mod input;
#[cfg(feature = "deploy")]
pub mod interrupt;
#[cfg(feature = "deploy")]
pub mod local;
#[cfg(feature = "deploy")]
pub mod operate;
#[cfg(feature = "deploy")]
pub mod package;
pub mod partition;
pub mod pattern;
pub mod permissions;
#[cfg(feature = "deploy")]
pub mod plan;
pub mod preview;
pub mod propose;
pub mod render;
#[cfg(feature = "deploy")]
pub mod report;
pub mod sandbox;
#[cfg(feature = "deploy")]
pub mod save;
pub mod source;
pub mod spec;
#[cfg(feature = "deploy")]
pub mod stack;
#[cfg(feature = "deploy")]
pub mod ui;
pub mod validate;
#[cfg(feature = "deploy")]
pub mod verify;
