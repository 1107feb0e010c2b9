//! Finds existing resources with the names in a plan, before anything is created.

use serde_json::Value;

use super::acceptance::Acceptance;
use super::allowed::allowed;
use super::former::{former_key, had};
use super::observer::{Notice, Observer};
use super::proposal::Loss;
use super::session::Session;
use super::wanted::Wanted;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::plan::{ADOPTABLE, Change, Existing, Obstacle, Plan, unusable};
use crate::stack::{ExistingApi as _, FoundTable, KeyAnswer, KeyApi as _, TableCopy};

/// Looks up every name under which the plan creates something. An existing resource is adopted, or blocks the plan.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn meet(
    session: &Session,
    wanted: &Wanted,
    plan: &mut Plan,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let desired = &wanted.template.parsed;
    for (logical_id, resource_type, name) in plan.names(desired) {
        let named = (logical_id.as_str(), resource_type.as_str(), name.as_str());
        // The deployment may succeed all the same; CloudFormation fails if the name is taken.
        let look = there(session, &resource_type, &name).await;
        let Some(Some(found)) = allowed(look, &format!("whether `{name}` is taken"), observer)? else {
            continue;
        };
        let mut existing = existing(session, named, found, observer).await?;
        if existing.is_left_by_ours {
            let wanted_key = plan.new_key(&logical_id, desired);
            if let (Some(key), Some(arn)) = (wanted_key, key_arn(existing.found.as_ref())) {
                existing.key = former_key(session, wanted, (key, arn), observer).await?;
            }
            if session.is_local() {
                bridged(&mut existing, &desired["Resources"][logical_id.as_str()]["Properties"]);
            }
        }
        plan.meet(&existing, desired);
    }
    meet_copy(session, plan, desired, observer).await
}

/// A copy of our table that was imported and will expire rows: an interrupted apply continues.
async fn meet_copy(
    session: &Session,
    plan: &mut Plan,
    desired: &Value,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let Some((id, name)) = plan.expiring(desired) else { return Ok(()) };
    let look = session.clients.existing_table(&name).await.map_err(Into::into);
    let found = allowed(look, &format!("what `{name}` was restored from"), observer)?.flatten();
    if copy_of_ours(session, &id, found.and_then(|found| found.copy), observer).await?.is_some() {
        plan.has_our_rows(&id);
    }
    Ok(())
}

/// The source of a restored table, if an earlier stack of this spec had it.
async fn copy_of_ours(
    session: &Session,
    logical_id: &str,
    copy: Option<TableCopy>,
    observer: &mut dyn Observer,
) -> Result<Option<TableCopy>, Failure> {
    let Some(copy) = copy else { return Ok(None) };
    Ok(had(session, (logical_id, ADOPTABLE, &copy.of), observer).await?.then_some(copy))
}

/// The local cloud ignores these properties in a template. They are set outside of the stack, and are not a difference.
fn bridged(existing: &mut Existing, wanted: &Value) {
    let Some(found) = &mut existing.found else { return };
    for property in ["PointInTimeRecoverySpecification", "TimeToLiveSpecification"] {
        found[property] = wanted[property].clone();
    }
}

/// The existing resource of this name, with its description if it can be adopted; `None` if there is none.
async fn there(
    session: &Session,
    resource_type: &str,
    name: &str,
) -> Result<Option<Option<FoundTable>>, Failure> {
    let clients = &session.clients;
    if resource_type == ADOPTABLE {
        return Ok(clients.existing_table(name).await?.map(Some));
    }
    Ok(clients.exists(resource_type, name).await?.then_some(None))
}

/// Whose it is, and whether it can be read.
async fn existing(
    session: &Session,
    (logical_id, resource_type, name): (&str, &str, &str),
    found: Option<FoundTable>,
    observer: &mut dyn Observer,
) -> Result<Existing, Failure> {
    let owner = session.clients.owner(name).await.map_err(Into::into);
    let owner = allowed(owner, &format!("which stack has `{name}`"), observer)?.flatten();
    let owner = owner.filter(|owner| *owner != session.names.stack);
    let is_left_by_ours = found.is_some()
        && owner.is_none()
        && had(session, (logical_id, resource_type, name), observer).await?;
    let (found, copy) = found.map_or((None, None), |found| (Some(found.properties), found.copy));
    let copy = copy_of_ours(session, logical_id, copy, observer).await?;
    let locked = locked(session, found.as_ref(), observer).await?;
    let (logical_id, name) = (logical_id.to_owned(), name.to_owned());
    Ok(Existing { logical_id, name, owner, found, is_left_by_ours, locked, copy, key: None })
}

/// The key that encrypts a table.
fn key_arn(table: Option<&Value>) -> Option<&str> {
    table?["SSESpecification"]["KMSMasterKeyId"].as_str()
}

/// A table whose key is disabled or about to be deleted cannot be read, and cannot get another key.
async fn locked(
    session: &Session,
    table: Option<&Value>,
    observer: &mut dyn Observer,
) -> Result<Option<Obstacle>, Failure> {
    let Some(arn) = key_arn(table) else { return Ok(None) };
    let Some(found) = session.clients.key(arn).await? else {
        return Ok(Some(Obstacle {
            reason: format!(
                "the key `{arn}` that encrypts the table no longer exists, so the table cannot be read"
            ),
            help: "give another name under `names.table`".to_owned(),
        }));
    };
    let KeyAnswer::Read(state) = found.state else {
        let line =
            format!("  not checked   whether key `{arn}` can be used, because `kms:DescribeKey` is denied");
        observer.notice(Notice::Warning(&line));
        return Ok(None);
    };
    // AWS's own key for tables always exists.
    let wrong = unusable(arn, &state).filter(|_| !state.aws_managed);
    Ok(wrong.map(|wrong| Obstacle { reason: wrong.message, help: wrong.help.unwrap_or_default() }))
}

/// Names that are taken, as errors.
#[must_use]
pub fn refusal_of_taken(plan: &Plan) -> Option<Failure> {
    let taken = plan.taken().map(|(change, obstacle)| {
        let message = format!("`{}` cannot be created: {}", change.logical_id, obstacle.reason);
        Diagnostic::error(codes::GUARD_NAME_TAKEN, message).help(obstacle.help.clone())
    });
    let diagnostics: Vec<Diagnostic> = taken.collect();
    (!diagnostics.is_empty()).then(|| Failure { exit: Exit::Refused, diagnostics, sources: Vec::new() })
}

/// What must be accepted because the stack adopts it.
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

/// For resources that only CloudFormation found: whether an earlier stack of this spec retained them.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn recognise(
    session: &Session,
    plan: &mut Plan,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let unseen: Vec<(String, String, String)> = plan
        .strangers()
        .filter(|change| change.found.is_none())
        .filter_map(|change| {
            Some((change.logical_id.clone(), change.resource_type.clone(), change.physical_id.clone()?))
        })
        .collect();
    for (logical_id, resource_type, name) in unseen {
        if had(session, (&logical_id, &resource_type, &name), observer).await? {
            plan.recognise(&logical_id);
        }
    }
    Ok(())
}
