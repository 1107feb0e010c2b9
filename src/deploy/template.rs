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

/// The mark of a template on the way to another table.
pub(super) const RELOCATION: &str = "relocation";

/// Whether a template is a step on the way to another table, during which nothing is processed.
pub(super) fn is_step(template: &Value) -> bool {
    template["Metadata"]["pipectl"][STEP] == RELOCATION
}

/// The template for AWS, or for the local cloud.
///
/// # Errors
/// The spec's own templates, or a resource whose local stand-in cannot be made.
pub fn template(local: bool, checked: &CheckedSpec) -> Result<Template, Failure> {
    template_for(local, checked.spec(), checked)
}

/// The same for a spec that differs from the checked one in what the deployed stack settles.
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

/// What is deployed under a stack's name or id, as text. Null has every stack that has no template of its own.
///
/// # Errors
/// What the call says.
pub(super) async fn deployed_text(session: &Session, stack: &str) -> Result<String, Failure> {
    Ok(session.clients.template(stack).await?)
}

/// The same as a value. Null where it is written with short-form intrinsics, as no template of pipectl's is: it cannot be
/// compared, and everything counts as changed.
///
/// # Errors
/// What the call says.
pub(super) async fn deployed_template(session: &Session, stack: &str) -> Result<Value, Failure> {
    Ok(render::parse(&deployed_text(session, stack).await?).unwrap_or_default())
}

/// The template of a stack as it was described. Only a review has none.
///
/// # Errors
/// What the call says.
pub(super) async fn template_of(session: &Session, stack: &Stack) -> Result<Value, Failure> {
    match stack.status.phase() {
        Phase::Reviewed => Ok(Value::Null),
        // By id: the name forgets a deleted stack.
        Phase::Deleted => deployed_template(session, &stack.id).await,
        _ => deployed_template(session, &stack.name).await,
    }
}
