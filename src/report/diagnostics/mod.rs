//! Diagnostics for people, with snippets, and for programs.

mod github;
mod json;
mod sarif;
mod tally;
mod text;

pub use github::diagnostics_github;
pub use json::{SkippedFile, diagnostics_json, validation_json};
pub use sarif::diagnostics_sarif;
pub use tally::tally_text;
pub use text::diagnostics_text;
