//! `pipectl` turns one short YAML file into a running event pipeline on AWS.
//!
//! ```text
//! text ─source→ SpecTree ─validate→ CheckedSpec ─render→ Template ─plan→ Plan ─apply→ Events ─report→ reader
//! ```

pub mod cli;
pub mod diagnostic;
pub mod report;
pub mod spec;
