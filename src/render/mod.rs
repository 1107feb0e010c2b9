//! CheckedSpec → Template: the spec expanded into one CloudFormation template.
//!
//! Every value goes through JSON escaping, which is valid YAML, so no text of a spec can leave its place. The
//! result is parsed back before anyone may use it.

mod context;
mod dashboard;
mod digest;
mod expand;
mod parse;

use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, Exit, Failure, codes};
use crate::validate::CheckedSpec;

pub use digest::digest;
pub use parse::parse;

/// A rendered CloudFormation template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// YAML with comments, for people and for CloudFormation.
    pub text: String,
    /// The same, parsed.
    pub parsed: Value,
    /// SHA-256 of the parsed form with sorted keys, in hexadecimal: layout and comments do not count.
    pub digest: String,
}

impl Template {
    /// A template from its parsed form; its text is compact JSON.
    #[must_use]
    pub fn from_parsed(parsed: Value) -> Self {
        Self { text: parsed.to_string(), digest: digest(&parsed), parsed }
    }
}

/// Expands a checked spec.
///
/// # Errors
/// Only by a mistake of ours in a template; the failure says so.
pub fn render(spec: &CheckedSpec) -> Result<Template, Failure> {
    let text = expand::expand(spec.spec()).map_err(|reason| broken(&reason))?;
    let parsed = parse(&text).map_err(|reason| broken(&reason))?;
    Ok(Template { digest: digest(&parsed), text, parsed })
}

fn broken(reason: &str) -> Failure {
    const CODE: Code = codes::RENDER_BROKEN;
    let diagnostic = Diagnostic::error(CODE, format!("the template cannot be expanded: {reason}"))
        .help("please report this with your spec: it is a mistake in pipectl");
    Failure::new(Exit::Failed, diagnostic)
}
