//! Diagnostics for people, with snippets, and for programs.

mod json;
mod tally;
mod text;

pub use json::diagnostics_json;
pub use tally::tally_text;
pub use text::diagnostics_text;
