//! What an earlier stack of the spec retained: it is adopted without a question.

use serde_json::Value;

use super::allowed::allowed;
use super::observer::{Notice, Observer};
use super::record::newest_matching;
use super::session::Session;
use super::wanted::Wanted;
use crate::diagnostic::Failure;
use crate::plan::FormerKey;
use crate::spec::OWNER_TAGS;
use crate::stack::{ExistingApi as _, KeyAnswer, KeyApi as _, StackApi as _, StackEvent};

/// Applies whose records are searched for earlier resources of this spec's stack.
const RECORDS: usize = 20;

/// Whether an earlier stack of this spec had the existing resource, by its history or by what a deleted stack retained.
/// What the caller may not read is reported, and counts as no.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn had(
    session: &Session,
    (logical_id, resource_type, name): (&str, &str, &str),
    observer: &mut dyn Observer,
) -> Result<bool, Failure> {
    let what = format!("whether an earlier stack of this spec left `{name}`");
    let is_it = |template: &Value| {
        let resource = &template["Resources"][logical_id];
        let mut values = resource["Properties"].as_object().into_iter().flatten();
        resource["Type"] == resource_type && values.any(|(_, value)| value == name)
    };
    let recorded = newest_matching(session, RECORDS, |record| is_it(&record.content.template)).await;
    if allowed(recorded, &what, observer)? == Some(true) {
        return Ok(true);
    }
    let left = allowed(left(session).await, &what, observer)?.unwrap_or_default();
    Ok(left.iter().any(|event| event.physical_id == name))
}

/// The resources that the former stack retained: its deletion, or its failed creation, skipped them.
async fn left(session: &Session) -> Result<Vec<StackEvent>, Failure> {
    let clients = &session.clients;
    // A failed creation also retains what it may not delete.
    let stack = match session.stack().await? {
        Some(stack) => Some(stack.id),
        None => clients.deleted_stack(&session.names.stack).await?,
    };
    let Some(stack) = stack else { return Ok(Vec::new()) };
    let mut events = clients.events_after(&stack, None).await?;
    events.retain(|event| event.status == "DELETE_SKIPPED");
    Ok(events)
}

/// The key with this ARN, if an earlier stack of this spec created it and it can be `logical_id`. What the caller may
/// not read is reported; then the stack creates another key.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn former_key(
    session: &Session,
    wanted: &Wanted,
    (logical_id, arn): (&str, &str),
    observer: &mut dyn Observer,
) -> Result<Option<FormerKey>, Failure> {
    let Some(id) = own_id(session, arn) else { return Ok(None) };
    let clients = &session.clients;
    let other = clients.owner(id).await.map_err(Into::into);
    let other = allowed(other, &format!("which stack has the key `{arn}`"), observer)?.flatten();
    if other.is_some_and(|owner| owner != session.names.stack)
        || !had_key(session, wanted, arn, id, observer).await?
    {
        return Ok(None);
    }
    let Some(found) = clients.key(arn).await? else { return Ok(None) };
    let KeyAnswer::Read(policy) = found.policy else {
        let line = format!(
            "  not checked   the policy of key `{arn}`, because `kms:GetKeyPolicy` is denied: without it the former stack's key is not adopted, and the stack creates another"
        );
        observer.notice(Notice::Warning(&line));
        return Ok(None);
    };
    Ok(Some(FormerKey { logical_id: logical_id.to_owned(), id: id.to_owned(), policy }))
}

/// By what the former stack retained, or by the key's tags, which remain when CloudFormation no longer lists the stack.
async fn had_key(
    session: &Session,
    wanted: &Wanted,
    arn: &str,
    id: &str,
    observer: &mut dyn Observer,
) -> Result<bool, Failure> {
    let what = format!("whether an earlier stack of this spec made the key `{arn}`");
    let left = allowed(left(session).await, &what, observer)?.unwrap_or_default();
    if left.iter().any(|event| event.physical_id == id) {
        return Ok(true);
    }
    let tags = session.clients.key_tags(arn).await.map_err(Into::into);
    let tags = allowed(tags, &what, observer)?.unwrap_or_default();
    Ok(OWNER_TAGS.iter().all(|tag| tags.contains_key(*tag) && tags.get(*tag) == wanted.tags.get(*tag)))
}

/// The id of a key of this account and region; `None` for any other key, which no stack here can have.
fn own_id<'a>(session: &Session, arn: &'a str) -> Option<&'a str> {
    let (location, id) = arn.split_once(":key/")?;
    location.ends_with(&format!(":kms:{}:{}", session.region(), session.account)).then_some(id)
}
