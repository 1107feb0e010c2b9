//! Checks the policies of the KMS keys that a spec names.

use super::observer::{Notice, Observer};
use super::session::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure};
use crate::plan::key_findings;
use crate::render::key_policies;
use crate::spec::Spec;
use crate::stack::KeyApi as _;

/// Checks the policies of the keys that a spec names: if a statement is missing, all events can be lost, and the
/// deployment does not fail. What cannot be checked is reported.
///
/// # Errors
/// A key that cannot be used, or a policy that lacks what the pipeline needs (exit 4).
pub(super) async fn check_keys(
    session: &Session,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    // The local cloud does not encrypt.
    if session.is_local() {
        return Ok(());
    }
    let explain = session.command("explain encryption --policy", "");
    let mut errors = Vec::new();
    for needed in key_policies(spec, Some(&session.account)) {
        let Some(arn) = needed.key.as_deref() else { continue };
        let found = session.clients.key(arn).await?;
        for finding in key_findings(&needed, found.as_ref(), &explain) {
            if finding.is_error() {
                errors.push(finding);
            } else {
                observer.notice(Notice::Warning(&warning(&finding)));
            }
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(Failure { exit: Exit::Refused, diagnostics: errors, sources: Vec::new() })
}

fn warning(finding: &Diagnostic) -> String {
    let help = finding.help.as_deref().map(|help| format!("\n    {help}")).unwrap_or_default();
    format!("  warning: {}{help}", finding.message)
}
