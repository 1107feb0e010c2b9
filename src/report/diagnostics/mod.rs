//! Diagnostics for people, with snippets, and for programs.

mod json;
mod text;

pub use json::diagnostics_json;
pub use text::diagnostics_text;
