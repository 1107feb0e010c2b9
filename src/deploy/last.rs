//! The commit of the last apply, compared with the checkout.

use serde::Serialize;

use super::allowed::allowed;
use super::checkout::{Checkout, contains, is_checked_out};
use super::deployed_state::DeployedState;
use super::observer::Observer;
use super::record::newest;
use super::session::Session;
use crate::diagnostic::Failure;
use crate::operate::LastDeploy;
use crate::spec::Next;
use crate::stack::CallError;

/// The last apply of a stack, if its commit is not in the spec's checkout. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppliedElsewhere {
    /// RFC 3339, in UTC.
    pub at: String,
    /// The caller's ARN.
    pub by: String,
    pub git: Checkout,
    /// The time, for people.
    #[serde(skip)]
    pub moment: String,
}

/// The last apply, if its commit is not in this checkout. `None`: it is, or that is unknown.
///
/// # Errors
/// A call to AWS failed. What the caller may not read is reported.
pub async fn applied_elsewhere(
    session: &Session,
    deployed_state: &DeployedState,
    observer: &mut dyn Observer,
) -> Result<Option<AppliedElsewhere>, Failure> {
    if deployed_state.present().is_none() || !is_checked_out(session.spec_path()).await {
        return Ok(None);
    }
    let newest = newest(&session.clients, &session.store, &session.names.stack).await;
    let what = "whether this checkout has the commit of the last apply";
    let Some(Some(record)) = allowed(newest.map_err(Failure::from), what, observer)? else { return Ok(None) };
    let moment = record.moment();
    let Some(git) = record.git else { return Ok(None) };
    let is_elsewhere = contains(session.spec_path(), &git.commit).await == Some(false);
    Ok(is_elsewhere.then_some(AppliedElsewhere { at: record.at, by: record.by, git, moment }))
}

impl Session {
    /// Who applied last, and when; `None` if there is no record.
    ///
    /// # Errors
    /// A call to AWS failed.
    pub async fn last_deploy(&self) -> Result<Option<LastDeploy>, CallError> {
        let record = newest(&self.clients, &self.store, &self.names.stack).await?;
        Ok(record.map(|record| LastDeploy { at: record.moment(), by: record.by, result: record.result }))
    }

    /// What to type next, for this spec and this cloud.
    #[must_use]
    pub fn next(&self, next: Next) -> String {
        match next {
            Next::Command { verb, more } => self.command(verb, more),
            // Independent of the pipeline's target.
            Next::Field(_) => next.for_any_spec(),
        }
    }
}
