//! CheckedSpec → Template: the spec expanded into one CloudFormation template.
//!
//! Every value is escaped as JSON, which is valid YAML, so no text of a spec can leave its position. The result is parsed
//! and checked before it is used. Custom templates and resources are expanded by a separate process, and their errors are
//! reported at their lines.

mod apart;
mod arns;
mod boundary;
mod buses;
mod config_of;
mod context;
mod contract;
mod dashboard;
mod digest;
mod dynamic;
mod escape;
mod evaluated;
mod event_pattern;
mod expand;
mod extra;
mod filled;
mod form;
mod function;
mod key;
mod key_policy;
mod key_verdict;
mod leaver;
mod made;
mod meaning;
mod names_taken;
mod outdated;
mod outline;
mod parse;
mod prefix;
mod progress;
mod references;
mod row_contract;
mod row_hash;
mod row_schema;
mod sent_diagnostic;
mod service_level;
mod shut_out;
mod spread;
mod successor;
mod table_keys;
mod templates;
mod trace;
mod version;
mod walk;
mod warm;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Failure};
use crate::spec::Spec;
use crate::validate::CheckedSpec;
use made::{Made, Maker};
use outdated::outdated;
use shut_out::shut_out;
use templates::Templates;

pub use apart::{End, Sandbox, SandboxRun, answer};
pub use arns::on_bus;
pub use config_of::{config_of, contract_of, spec_of};
pub use contract::queue_refusal;
pub use digest::digest;
pub use evaluated::evaluated;
pub use key_policy::{KeyPolicy, Needed, key_policies};
pub use key_verdict::KeyVerdict;
pub use leaver::without;
pub use outdated::first_line;
pub use parse::parse;
pub use references::references;
pub use row_contract::{RowContract, row_contract};
pub use row_hash::misreads;
pub use row_schema::row_schema;
pub use spread::{has_status_index, most_spread, recorded_spread, records_spread, spread, with_spread};
pub use successor::{can_run_beside, successor};
pub use templates::TEMPLATES;
pub use warm::warmed_for;

/// A rendered CloudFormation template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// YAML with comments, for people and for CloudFormation.
    pub text: String,
    /// The same, parsed.
    pub parsed: Value,
    /// SHA-256 of the parsed form with sorted keys, in hexadecimal: layout and comments are ignored.
    pub digest: String,
    /// Warnings about the custom templates; locations are in the checked spec's files.
    pub warnings: Vec<Diagnostic>,
}

impl Template {
    /// A template from its parsed form; its text is compact JSON.
    #[must_use]
    pub fn from_parsed(parsed: Value) -> Self {
        Self { text: parsed.to_string(), digest: digest(&parsed), parsed, warnings: Vec::new() }
    }
}

/// Expands a checked spec. Custom templates and resources are expanded in the sandbox, pipectl's own here.
///
/// # Errors
/// All errors in the custom templates and resources, exit 3; without any, only a fault of ours in a template, and the
/// failure says so.
pub fn render(spec: &CheckedSpec, sandbox: &dyn Sandbox) -> Result<Template, Failure> {
    render_as(spec.spec(), spec, sandbox)
}

/// The same for a spec that differs from the checked one in values that the deployed stack determines.
///
/// # Errors
/// The errors of [`render`].
pub fn render_as(spec: &Spec, checked: &CheckedSpec, sandbox: &dyn Sandbox) -> Result<Template, Failure> {
    let made = make(spec, checked, sandbox)?;
    let mut warnings = outdated(&Templates::new(checked.stack_files(), checked.sources()));
    warnings.extend(shut_out(&made.parsed, spec, checked.stack_files()));
    Ok(Template { digest: digest(&made.parsed), text: made.text, parsed: made.parsed, warnings })
}

/// The template that another spec would have, with the files of the checked one. It must not be deployed: it shows the
/// effect of a field. `None` if it cannot be made.
#[must_use]
pub fn hypothetical(spec: &Spec, checked: &CheckedSpec, sandbox: &dyn Sandbox) -> Option<Value> {
    Some(make(spec, checked, sandbox).ok()?.parsed)
}

fn make(spec: &Spec, checked: &CheckedSpec, sandbox: &dyn Sandbox) -> Result<Made, Failure> {
    let (files, sources) = (checked.stack_files(), checked.sources());
    if files.is_empty() {
        Maker::new(spec, files, sources).made()
    } else {
        apart::make(spec, files, sources, sandbox)
    }
}
