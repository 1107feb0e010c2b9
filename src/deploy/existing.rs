//! What has the names that a plan wants, before anything is made.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::acceptance::{Acceptance, Consent};
use super::execute::execute;
use super::observer::{Notice, Observer, Question};
use super::operations::ChangeSet;
use super::proposal::{Loss, Proposal};
use super::record::newest_records;
use super::rollout::{has_macros, losses, reachable};
use super::session::Session;
use super::standing::Standing;
use super::token::token;
use super::wanted::Wanted;
use crate::apply::prepare;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::plan::{ADOPTABLE, Action, Change, Existing, Obstacle, Plan, unusable};
use crate::render;
use crate::stack::{
    ChangeSetRequest, ExistingApi as _, FoundKey, KeyAnswer, KeyApi as _, ResourceToImport, StackApi as _,
    TableCopy,
};

/// Applies whose records say what this spec's stack once had.
const RECORDS: usize = 20;

/// Looks up every name that the plan makes something under: what is there is adopted by it, or is in its way.
///
/// # Errors
/// What the calls say.
pub(super) async fn meet(
    session: &Session,
    wanted: &Wanted,
    plan: &mut Plan,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let desired = &wanted.template.parsed;
    for (logical_id, resource_type, name) in plan.names(desired) {
        match existing(session, &logical_id, &resource_type, &name).await {
            Ok(Some(mut existing)) => {
                if session.is_local() && existing.is_left_by_ours {
                    bridged(&mut existing, &desired["Resources"][logical_id.as_str()]["Properties"]);
                }
                plan.meet(&existing, desired);
            }
            Ok(None) => {}
            // The deployment itself may be allowed all the same; CloudFormation then refuses a name that is taken.
            Err(failure) if failure.diagnostics.iter().all(|one| one.code == codes::AWS_DENIED) => {
                let why = failure.diagnostics.first().map(|one| one.message.clone()).unwrap_or_default();
                let line = format!("  not checked   whether `{name}` is taken: {why}");
                observer.notice(Notice::Warning(&line));
            }
            Err(failure) => return Err(failure),
        }
    }
    meet_copy(session, plan, desired).await
}

/// A copy of a table of ours that was imported and begins to delete rows: an apply that was interrupted goes on.
async fn meet_copy(session: &Session, plan: &mut Plan, desired: &Value) -> Result<(), Failure> {
    let Some((id, name)) = plan.expiring(desired) else { return Ok(()) };
    let copy = session.clients.existing_table(&name).await?.and_then(|found| found.copy);
    if copy_of_ours(session, &id, copy).await?.is_some() {
        plan.has_our_rows(&id);
    }
    Ok(())
}

/// The local cloud ignores these in a template: they are set beside the stack, and are no difference to it.
fn bridged(existing: &mut Existing, wanted: &Value) {
    let Some(found) = &mut existing.found else { return };
    for property in ["PointInTimeRecoverySpecification", "TimeToLiveSpecification"] {
        found[property] = wanted[property].clone();
    }
}

/// What has the name; `None`: nothing has.
async fn existing(
    session: &Session,
    logical_id: &str,
    resource_type: &str,
    name: &str,
) -> Result<Option<Existing>, Failure> {
    let clients = &session.clients;
    let is_table = resource_type == ADOPTABLE;
    let found = if is_table { clients.existing_table(name).await? } else { None };
    let is_there = if is_table { found.is_some() } else { clients.exists(resource_type, name).await? };
    if !is_there {
        return Ok(None);
    }
    let owner = clients.owner(name).await?.filter(|owner| *owner != session.names.stack);
    let is_left_by_ours = is_table && owner.is_none() && was_ours(session, logical_id, name).await?;
    let (found, copy) = found.map_or((None, None), |found| (Some(found.properties), found.copy));
    let copy = copy_of_ours(session, logical_id, copy).await?;
    let locked = locked(session, found.as_ref()).await?;
    let (logical_id, name) = (logical_id.to_owned(), name.to_owned());
    Ok(Some(Existing { logical_id, name, owner, found, is_left_by_ours, locked, copy }))
}

/// What a table was restored from, where an earlier stack of this spec had that.
async fn copy_of_ours(
    session: &Session,
    logical_id: &str,
    copy: Option<TableCopy>,
) -> Result<Option<TableCopy>, Failure> {
    let Some(copy) = copy else { return Ok(None) };
    Ok(was_ours(session, logical_id, &copy.of).await?.then_some(copy))
}

/// A table whose key is disabled or about to be deleted can neither be read nor given another key.
async fn locked(session: &Session, table: Option<&Value>) -> Result<Option<Obstacle>, Failure> {
    let arn = table.and_then(|table| table["SSESpecification"]["KMSMasterKeyId"].as_str());
    let Some(arn) = arn else { return Ok(None) };
    let found = session.clients.key(arn).await?;
    if found.is_none() {
        return Ok(Some(Obstacle {
            reason: format!(
                "the key `{arn}` that encrypts the table is gone, and with it all that is in the table"
            ),
            help: "give another name under `names.table`".to_owned(),
        }));
    }
    let Some(FoundKey { state: KeyAnswer::Read(state), .. }) = found else { return Ok(None) };
    // AWS's own key for tables is always there.
    let wrong = unusable(arn, &state).filter(|_| !state.aws_managed);
    Ok(wrong.map(|wrong| Obstacle { reason: wrong.message, help: wrong.help.unwrap_or_default() }))
}

/// Whether an earlier stack of this spec had the table, by its history or by what a deleted one left.
async fn was_ours(session: &Session, logical_id: &str, name: &str) -> Result<bool, Failure> {
    let (records, _) = newest_records(session, RECORDS).await?;
    let had = |template: &Value| {
        template["Resources"][logical_id]["Properties"]["TableName"].as_str() == Some(name)
    };
    if records.iter().any(|record| had(&record.content.template)) {
        return Ok(true);
    }
    let clients = &session.clients;
    // A failed creation leaves what it may not delete, too.
    let stack = match session.stack().await? {
        Some(stack) => Some(stack.id),
        None => clients.deleted_stack(&session.names.stack).await?,
    };
    let Some(stack) = stack else { return Ok(false) };
    let events = clients.events_after(&stack, None).await?;
    Ok(events.iter().any(|event| event.status == "DELETE_SKIPPED" && event.physical_id == name))
}

/// Names that are taken, as errors.
#[must_use]
pub fn refusal_of_taken(plan: &Plan) -> Option<Failure> {
    let taken = plan.taken().map(|(change, obstacle)| {
        let message = format!("`{}` cannot be made: {}", change.logical_id, obstacle.reason);
        Diagnostic::error(codes::GUARD_NAME_TAKEN, message).help(obstacle.help.clone())
    });
    let diagnostics: Vec<Diagnostic> = taken.collect();
    (!diagnostics.is_empty()).then(|| Failure { exit: Exit::Refused, diagnostics, sources: Vec::new() })
}

/// What must be accepted because it becomes the stack's.
pub(super) fn adoptions(plan: &Plan) -> Vec<Loss> {
    let loss = |change: &Change| {
        let name = change.physical_id.as_deref().unwrap_or(&change.logical_id);
        Loss {
            accept: Acceptance::Adopt(change.logical_id.clone()),
            message: format!("`{}` would become the existing `{name}`: {}", change.logical_id, change.why),
            instead: Some("give another name under `names`".to_owned()),
        }
    };
    plan.strangers().map(loss).collect()
}

/// Imports what is adopted as it is found, where it differs from what is wanted: CloudFormation takes an import's template
/// for what there is, and the update after it would see no difference. Whether anything was imported.
///
/// # Errors
/// A guard's refusal (exit 4), or the import failed; then what is there is as it was.
pub(super) async fn import_found(
    session: &Session,
    wanted: &Wanted,
    standing: &Standing,
    plan: &Plan,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<bool, Failure> {
    let differs = |change: &&Change| change.action == Action::Adopt && !change.properties.is_empty();
    let found: Vec<&Change> = plan.changes.iter().filter(differs).collect();
    if found.is_empty() {
        return Ok(false);
    }
    observer.notice(Notice::Plan(plan));
    let (template, imports) = with_found(standing, &found);
    let request = step(session, wanted, standing, &template, imports).await?;
    let Some(prepared) = prepare(&session.clients, request, session.clock).await? else { return Ok(false) };
    let mut proposal = Proposal::new(ChangeSet::new(prepared));
    proposal.losses = losses(session, plan).await?;
    proposal.losses.extend(adoptions(plan));
    let (stack, account) = (&session.names.stack, &session.account);
    let question = format!("apply to {stack} in account {account}, {}?", session.region());
    proposal.question = Some(Question::yes(question));
    let approved = proposal.consent(session, consent, observer).await?;
    observer.notice(Notice::Line("  what exists is imported as it is, then changed\n"));
    execute(session, approved, wanted.production, observer).await?;
    Ok(true)
}

/// The deployed template with what is imported, as it was found.
fn with_found(standing: &Standing, found: &[&Change]) -> (Value, Vec<ResourceToImport>) {
    let mut template = standing.deployed.as_ref().map_or_else(
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
            identifier: "TableName".to_owned(),
            physical_id: change.physical_id.clone().unwrap_or_default(),
        });
    }
    (template, imports)
}

/// A change set on the way to what is wanted: another template with the parameters and tags that are deployed. An import
/// takes no tags; the update after it brings them.
pub(super) async fn step(
    session: &Session,
    wanted: &Wanted,
    standing: &Standing,
    template: &Value,
    imports: Vec<ResourceToImport>,
) -> Result<ChangeSetRequest, Failure> {
    let deployed = standing.deployed.as_ref();
    let token = token("import", &render::digest(template));
    Ok(ChangeSetRequest {
        stack: session.names.stack.clone(),
        name: token.clone(),
        token,
        creates: standing.present().is_none(),
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
