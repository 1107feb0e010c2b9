//! Adopted resources with other values than the template, or without a name in it: imported as they are, then changed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::acceptance::Consent;
use super::deployed_state::DeployedState;
use super::execute::execute;
use super::existing::adoptions;
use super::observer::{Notice, Observer, Question};
use super::operations::ChangeSet;
use super::proposal::Proposal;
use super::rollout::{has_macros, losses, reachable};
use super::session::Session;
use super::token::token;
use super::wanted::Wanted;
use crate::apply::prepare;
use crate::diagnostic::Failure;
use crate::plan::{Action, Change, Plan};
use crate::render;
use crate::stack::{ChangeSetRequest, ResourceToImport};

/// Imports adopted resources that differ from the template, as they are: CloudFormation trusts an import's template,
/// and the update after it would see no difference. Returns whether anything was imported.
///
/// # Errors
/// A guard's refusal (exit 4), or the import failed; then the resources are unchanged.
pub(super) async fn import_found(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    plan: &Plan,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<bool, Failure> {
    let found: Vec<&Change> = plan.changes.iter().filter(|change| change.action == Action::Adopt).collect();
    // A resource that matches the template is imported by the update itself.
    if !found.iter().any(|change| change.is_imported_first()) {
        return Ok(false);
    }
    observer.notice(Notice::Plan(plan));
    let (template, imports) = with_found(deployed_state, &found);
    let request = step(session, wanted, deployed_state, &template, imports).await?;
    let words = "  existing resources are imported unchanged, then updated\n";
    take_step(session, wanted, request, (plan, Vec::new()), consent, words, observer).await
}

/// Prepares one step towards the wanted stack, asks for consent to the whole plan, and executes the step. `opens`: the
/// resources for which the stack policy is lifted. `words` are shown before it begins. Returns whether there was
/// anything to change.
///
/// # Errors
/// A guard's refusal (exit 4), or the step failed.
pub(super) async fn take_step(
    session: &Session,
    wanted: &Wanted,
    request: ChangeSetRequest,
    (plan, opens): (&Plan, Vec<String>),
    consent: &Consent,
    words: &str,
    observer: &mut dyn Observer,
) -> Result<bool, Failure> {
    let Some(prepared) = prepare(&session.clients, request, session.clock).await? else { return Ok(false) };
    let mut proposal = Proposal::new(ChangeSet::new(prepared));
    proposal.losses = losses(session, plan).await?;
    proposal.losses.extend(adoptions(plan));
    proposal.opens = opens;
    let (stack, account) = (&session.names.stack, &session.account);
    let question = format!("apply to {stack} in account {account}, {}?", session.region());
    proposal.question = Some(Question::yes(question));
    let approved = proposal.consent(session, consent, observer).await?;
    observer.notice(Notice::Line(words));
    execute(session, approved, wanted.production, observer).await?;
    Ok(true)
}

/// The deployed template with the imported resources, as they were found.
fn with_found(deployed_state: &DeployedState, found: &[&Change]) -> (Value, Vec<ResourceToImport>) {
    let mut template = deployed_state.deployed.as_ref().map_or_else(
        || json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}),
        |deployed| deployed.template.clone(),
    );
    let mut imports = Vec::new();
    for change in found {
        let id = change.logical_id.as_str();
        template["Resources"][id] = json!({
            "Type": change.resource_type, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
            "Properties": change.found,
        });
        imports.push(ResourceToImport {
            logical_id: id.to_owned(),
            resource_type: change.resource_type.clone(),
            identifier: change.identifier().to_owned(),
            physical_id: change.physical_id.clone().unwrap_or_default(),
        });
    }
    (template, imports)
}

/// A change set for a step: another template with the deployed parameters and tags. An import does not support tags;
/// the update after it sets them.
pub(super) async fn step(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    template: &Value,
    imports: Vec<ResourceToImport>,
) -> Result<ChangeSetRequest, Failure> {
    let deployed = deployed_state.deployed.as_ref();
    let token = token("import", &render::digest(template));
    Ok(ChangeSetRequest {
        stack: session.names.stack.clone(),
        name: token.clone(),
        token,
        creates: deployed_state.present().is_none(),
        keeps_on_failure: true,
        template: reachable(session, template.to_string()).await?,
        parameters: deployed.map_or_else(BTreeMap::new, |deployed| deployed.parameters.clone()),
        tags: deployed.map_or_else(BTreeMap::new, |deployed| deployed.tags.clone()),
        role_arn: wanted.role_arn.clone(),
        names_a_role: session.names.role.is_some(),
        has_macros: has_macros(template),
        watch: None,
        express: false,
        reverts_drift: false,
        imports,
    })
}
