//! `pipectl` turns one short YAML file into a running event pipeline on AWS.
//!
//! ```text
//! text ─source→ SpecTree ─validate→ CheckedSpec ─render→ Template ─plan→ Plan ─apply→ Events ─report→ reader
//! ```

pub mod apply;
pub mod aws;
pub mod cli;
pub mod diagnostic;
pub mod local;
pub mod operate;
pub mod package;
pub mod plan;
pub mod render;
pub mod report;
pub mod source;
pub mod spec;
pub mod stack;
pub mod validate;
