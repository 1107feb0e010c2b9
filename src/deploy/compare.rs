//! Desired × deployed → the plan with its causes, also without a network.

use jiff::Timestamp;
use serde_json::Value;

use super::attribute::attribute;
use super::deployed_state::DeployedState;
use super::session::Session;
use super::settled::settled;
use super::stored_stack::find_stored;
use super::target::Target;
use super::template::template_for;
use super::wanted::Wanted;
use crate::diagnostic::Failure;
use crate::plan::{Content, Location, Plan, plan};
use crate::render::{can_run_beside, successor};
use crate::spec::Rollout;
use crate::validate::CheckedSpec;

/// The plan from the deployed state to the wanted one. With the spec, each change names its lines.
#[must_use]
pub(super) fn compare(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    checked: Option<&CheckedSpec>,
) -> Plan {
    let desired = wanted.content();
    let mut compared = plan(&location(session), deployed_state.deployed.as_ref(), &desired);
    if let (Rollout::Canary(_), Some(deployed)) = (&wanted.rollout, &deployed_state.deployed)
        && can_run_beside(&deployed.template, &desired.template)
    {
        compared.runs_beside(&deployed.template, &desired.template);
    }
    if let (Some(checked), Some(deployed)) = (checked, &deployed_state.deployed) {
        attribute(&mut compared, deployed, &desired, checked, session.is_local());
    }
    compared
}

/// The stack of the spec, with account and region.
pub(super) fn location(session: &Session) -> Location {
    Location {
        stack: session.names.stack.clone(),
        account: session.account.clone(),
        region: session.region().to_owned(),
    }
}

/// The plan from the last apply from this machine to the current spec, the template of that apply, and its time,
/// without network.
///
/// # Errors
/// Nothing was applied from this machine, or the spec's own templates are invalid.
pub fn plan_offline(target: &Target, checked: &CheckedSpec) -> Result<(Plan, Value, Timestamp), Failure> {
    let stored = find_stored(target, checked.spec())?;
    let settled = settled(checked.spec(), &stored.content.template);
    let template = template_for(target.local, settled.as_ref().unwrap_or(checked.spec()), checked)?;
    // The processor is not built: its zip is assumed to be the applied one.
    let parameters = stored.content.parameters.clone();
    let mut desired = Content { template: template.parsed.clone(), parameters, tags: checked.spec().tags() };
    let stack = checked.spec().resolved_names().stack;
    let location = Location { stack, account: stored.account, region: stored.region };
    let mut compared = plan(&location, Some(&stored.content), &desired);
    if let Some(next) = successor(&stored.content.template, &template, &compared.replaced()) {
        desired.template = next.parsed;
        compared = plan(&location, Some(&stored.content), &desired);
    }
    attribute(&mut compared, &stored.content, &desired, checked, target.local);
    Ok((compared, stored.content.template, stored.at))
}
