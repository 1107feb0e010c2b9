//! Template × what is deployed → the plan, with every question that it needs to ask AWS.

use super::artifacts::pin;
use super::compare::compare;
use super::deployed_state::DeployedState;
use super::existing::meet;
use super::live_code::see_code;
use super::observer::Observer;
use super::session::Session;
use super::settled::keep_settled;
use super::spread::take_back_keys;
use super::template::is_step;
use super::wanted::Wanted;
use super::warmth::keep_warmth;
use crate::diagnostic::Failure;
use crate::plan::Plan;
use crate::render::{Template, successor};
use crate::validate::CheckedSpec;

/// The plan that makes the stack match the spec, with everything that must be read from AWS for it. Completes `wanted`
/// from what is deployed: the version of the zip, and values that the template must contain. With the spec, each change
/// names its lines.
///
/// # Errors
/// The artifact bucket cannot be used, or a call to AWS failed.
pub async fn planned(
    session: &Session,
    wanted: &mut Wanted,
    deployed_state: &DeployedState,
    checked: Option<&CheckedSpec>,
    observer: &mut dyn Observer,
) -> Result<Plan, Failure> {
    let deployed = deployed_state.deployed.as_ref().map(|deployed| &deployed.template);
    if let (Some(checked), Some(deployed)) = (checked, deployed) {
        keep_settled(session, wanted, deployed, checked, observer)?;
    }
    if let Some(checked) = checked {
        keep_warmth(session, wanted, deployed_state, checked, observer).await?;
    }
    pin(session, wanted, deployed_state).await?;
    let mut plan = compare(session, wanted, deployed_state, checked);
    if let Some(template) = succeeding(&wanted.template, deployed_state, &plan) {
        wanted.template = template;
        plan = compare(session, wanted, deployed_state, checked);
    }
    meet(session, wanted, &mut plan, observer).await?;
    if plan.meets_others() {
        deployed_state.still_holds(session).await?;
    }
    take_back_keys(session, wanted, &plan, observer).await?;
    if deployed.is_some_and(is_step) {
        plan.begins_empty();
    }
    see_code(session, wanted, deployed_state, &mut plan, observer).await?;
    Ok(plan)
}

/// The wanted template, extended where an update from the deployed one needs more than a new stack; `None` if it does
/// not.
fn succeeding(wanted: &Template, deployed_state: &DeployedState, plan: &Plan) -> Option<Template> {
    let deployed = deployed_state.deployed.as_ref()?;
    successor(&deployed.template, wanted, &plan.replaced())
}
