//! The template for AWS or for the local cloud, and the mark of one that is a step on the way to another table.

use serde_json::Value;

use super::session::Session;
use crate::diagnostic::Failure;
use crate::local;
use crate::plan::STEP;
use crate::render::{self, Template};
use crate::sandbox::Process;
use crate::spec::Spec;
use crate::stack::{Phase, Stack, StackApi as _};
use crate::validate::CheckedSpec;

use super::local_cloud::local_error;

/// The mark of an intermediate template of a change of tables.
pub(super) const RELOCATION: &str = "relocation";

/// Whether a template is an intermediate step of a change of tables, during which no events are processed.
pub(super) fn is_step(template: &Value) -> bool {
    template["Metadata"]["pipectl"][STEP] == RELOCATION
}

/// The template for AWS, or for the local cloud.
///
/// # Errors
/// The spec's own templates are invalid, or a resource has no local equivalent.
pub fn template(local: bool, checked: &CheckedSpec) -> Result<Template, Failure> {
    template_for(local, checked.spec(), checked)
}

/// The same for a spec with values settled by the deployed stack.
///
/// # Errors
/// Those of [`template`].
pub(super) fn template_for(local: bool, spec: &Spec, checked: &CheckedSpec) -> Result<Template, Failure> {
    let template = render::render_as(spec, checked, &Process)?;
    if !local {
        return Ok(template);
    }
    let (parsed, _) = local::localize(&template.parsed).map_err(local_error)?;
    Ok(Template::from_parsed(parsed))
}

/// The deployed template of a stack, by name or id, as text. It is null for a stack without a template.
///
/// # Errors
/// That of the call.
pub(super) async fn deployed_text(session: &Session, stack: &str) -> Result<String, Failure> {
    Ok(session.clients.template(stack).await?)
}

/// The same as a value. Null if it has short-form intrinsics, which pipectl's templates never have: it cannot be
/// compared, and everything counts as changed.
///
/// # Errors
/// That of the call.
pub(super) async fn deployed_template(session: &Session, stack: &str) -> Result<Value, Failure> {
    Ok(render::parse(&deployed_text(session, stack).await?).unwrap_or_default())
}

/// The template of a described stack. Only one in review has none.
///
/// # Errors
/// That of the call.
pub(super) async fn template_of(session: &Session, stack: &Stack) -> Result<Value, Failure> {
    match stack.status.phase() {
        Phase::Reviewed => Ok(Value::Null),
        // By id: a deleted stack is not found by name.
        Phase::Deleted => deployed_template(session, &stack.id).await,
        _ => deployed_template(session, &stack.name).await,
    }
}
