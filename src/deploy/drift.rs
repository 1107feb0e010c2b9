use serde_json::Value;

use super::acceptance::Consent;
use super::deployed_state::busy;
use super::drifted_indexes::refuse_several;
use super::execute::execute;
use super::live_code::see_drift_of_code;
use super::observer::{Notice, Observer, Question};
use super::operations::{ChangeSet, Reversion};
use super::proposal::{Loss, Proposal};
use super::recorded::recorded;
use super::session::{Session, without_resources};
use super::set_code::NewCode;
use super::template::deployed_template;
use super::token::token;
use crate::apply::{self, Drift, StackState, expected_mapping, prepare, stack_state};
use crate::diagnostic::{Failure, codes};
use crate::plan::{Holds, holds};
use crate::spec::Spec;
use crate::stack::{ChangeAction, ChangeSetRequest, ResourceChange, Stack, TemplateSource};

/// A deployed stack in a stable state, and its drift.
pub struct Look {
    pub drift: Drift,
    stack: Stack,
    template: Value,
}

/// Compares the deployed stack with its actual resources. If the caller may not read the code, that is reported.
///
/// # Errors
/// The stack does not exist, is empty or is not stable, or a call to AWS failed.
pub async fn look_for_drift(session: &Session, observer: &mut dyn Observer) -> Result<Look, Failure> {
    let stack = settled(session, session.existing_stack().await?)?;
    let template = deployed_template(session, &stack.name).await?;
    let mut drift = apply::drift(&session.clients, &stack, &template, session.clock).await?;
    see_drift_of_code(session, &stack, &template, &mut drift, observer).await?;
    Ok(Look { drift, stack, template })
}

/// Refuses a stack that is not stable, which CloudFormation cannot compare.
fn settled(session: &Session, stack: Stack) -> Result<Stack, Failure> {
    match stack_state(Some(stack.clone()))? {
        StackState::Present(stack) => Ok(stack),
        StackState::Running(stack) => Err(busy(session, &stack)),
        StackState::Absent | StackState::Remains(_) => {
            Err(without_resources(&stack, &session.command("recover", "")))
        }
    }
}

/// Reverts the drift.
///
/// # Errors
/// A guard's refusal (exit 4), or that CloudFormation cannot revert it.
pub async fn revert(
    session: &Session,
    spec: &Spec,
    look: &Look,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let named = |(): &()| "set back".to_owned();
    recorded(session, ("drift --revert", ""), observer, named, async |observer| {
        set_back(session, spec, look, consent, observer).await
    })
    .await
}

async fn set_back(
    session: &Session,
    spec: &Spec,
    look: &Look,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let Look { drift, stack, template } = look;
    let change_set = prepared(session, spec, look).await?;
    let mappings = drift.mappings();
    let mappings = mappings.map(|(uuid, id)| (uuid.to_owned(), expected_mapping(template, id))).collect();
    let changes = change_set.iter().flat_map(|one| &one.prepared.change_set.changes);
    let changes: Vec<ResourceChange> = changes.cloned().collect();
    for change in &changes {
        observer.notice(Notice::Line(&format!("  {} {}", sign(change.action), change.logical_id)));
    }
    for (_, logical_id) in drift.mappings() {
        observer.notice(Notice::Line(&format!("  ~ {logical_id}, by Lambda itself")));
    }
    let code = match drift.code() {
        Some(_) => NewCode::back(session, &stack.parameters, (stack, template)).await?,
        None => None,
    };
    if let Some(one) = drift.code() {
        observer.notice(Notice::Line(&format!("  ~ {}, its code", one.logical_id)));
    }
    let mut proposal = Proposal::new(Reversion { stack: stack.name.clone(), mappings, code, change_set });
    let reverted = changes.iter().filter(|change| is_reverted(change));
    proposal.opens = reverted.clone().map(|change| change.logical_id.clone()).collect();
    proposal.losses = reverted
        .filter(|change| holds(&change.resource_type) != Holds::Nothing)
        .map(|change| {
            let id = &change.logical_id;
            Loss::of_data(id, format!("`{id}` would be replaced, and its data lost"))
        })
        .collect();
    let (account, region) = (&session.account, session.region());
    proposal.question = Some(Question::yes(format!("revert {} in account {account}, {region}?", stack.name)));
    let approved = proposal.consent(session, consent, observer).await?;
    execute(session, approved, spec.deploy.production, observer).await
}

fn is_reverted(change: &ResourceChange) -> bool {
    matches!(change.action, ChangeAction::Replace | ChangeAction::Remove)
}

/// A change set that compares with the actual resources; `None` if CloudFormation has nothing to revert.
async fn prepared(session: &Session, spec: &Spec, look: &Look) -> Result<Option<ChangeSet>, Failure> {
    let Look { drift, stack, .. } = look;
    if !drift.needs_change_set() {
        return Ok(None);
    }
    refuse_several(session, &look.template, drift).await?;
    let unable = |help: &str| {
        let message = format!("the changes to stack `{}` cannot be reverted by CloudFormation", stack.name);
        Failure::failed(codes::STACK_CHANGE_SET_FAILED, message, help)
    };
    if session.is_local() {
        return Err(unable(
            "the local cloud has no drift-aware change sets: destroy and apply again, or revert each property yourself",
        ));
    }
    let token = token("revert", &stack.name);
    let request = ChangeSetRequest {
        stack: stack.name.clone(),
        name: token.clone(),
        token,
        creates: false,
        keeps_on_failure: false,
        template: TemplateSource::Deployed,
        parameters: stack.parameters.clone(),
        tags: stack.tags.clone(),
        role_arn: spec.deploy.role_arn.clone(),
        names_a_role: session.names.role.is_some(),
        has_macros: false,
        watch: None,
        express: false,
        reverts_drift: true,
        imports: Vec::new(),
    };
    let prepared = prepare(&session.clients, request, session.clock).await?;
    prepared
        .map(|prepared| Some(ChangeSet::new(prepared)))
        .ok_or_else(|| unable("it finds nothing to revert: revert each property yourself, or apply"))
}

fn sign(action: ChangeAction) -> &'static str {
    match action {
        ChangeAction::Add | ChangeAction::Import => "+",
        ChangeAction::Modify => "~",
        ChangeAction::Replace => "±",
        ChangeAction::Remove => "-",
    }
}
