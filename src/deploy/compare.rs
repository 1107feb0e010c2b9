//! Desired × deployed → the plan with its causes, also without a network.

use jiff::Timestamp;
use serde_json::Value;

use super::attribute::attribute;
use super::kept::find_kept;
use super::session::Session;
use super::settled::settled;
use super::standing::Standing;
use super::target::Target;
use super::template::template_for;
use super::wanted::Wanted;
use crate::diagnostic::Failure;
use crate::plan::{Content, Place, Plan, plan};
use crate::render::{can_run_beside, successor};
use crate::spec::Rollout;
use crate::validate::CheckedSpec;

/// The plan from the deployed state to the wanted one. With the spec, each change names its lines.
#[must_use]
pub(super) fn compare(
    session: &Session,
    wanted: &Wanted,
    standing: &Standing,
    checked: Option<&CheckedSpec>,
) -> Plan {
    let desired = wanted.content();
    let mut compared = plan(&place(session), standing.deployed.as_ref(), &desired);
    if let (Rollout::Canary(_), Some(deployed)) = (&wanted.rollout, &standing.deployed)
        && can_run_beside(&deployed.template, &desired.template)
    {
        compared.runs_beside(&deployed.template, &desired.template);
    }
    if let (Some(checked), Some(deployed)) = (checked, &standing.deployed) {
        attribute(&mut compared, deployed, &desired, checked, session.is_local());
    }
    compared
}

/// The stack of the spec, with account and region.
pub(super) fn place(session: &Session) -> Place {
    Place {
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
    let kept = find_kept(target, checked.spec())?;
    let settled = settled(checked.spec(), &kept.content.template);
    let template = template_for(target.local, settled.as_ref().unwrap_or(checked.spec()), checked)?;
    // The processor is not built: its zip is assumed to be the applied one.
    let parameters = kept.content.parameters.clone();
    let mut desired = Content { template: template.parsed.clone(), parameters, tags: checked.spec().tags() };
    let stack = checked.spec().resolved_names().stack;
    let place = Place { stack, account: kept.account, region: kept.region };
    let mut compared = plan(&place, Some(&kept.content), &desired);
    if let Some(next) = successor(&kept.content.template, &template, &compared.replaced()) {
        desired.template = next.parsed;
        compared = plan(&place, Some(&kept.content), &desired);
    }
    attribute(&mut compared, &kept.content, &desired, checked, target.local);
    Ok((compared, kept.content.template, kept.at))
}
