use super::acceptance::Consent;
use super::bridges;
use super::deployed_state::busy;
use super::execute::execute;
use super::leaving::Leaving;
use super::observer::{Observer, Question};
use super::operations::Removal;
use super::proposal::Proposal;
use super::recorded::recorded;
use super::session::Session;
use super::stored_stack;
use super::token::token;
use crate::apply::Destroyed;
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::spec::Spec;
use crate::stack::{Phase, Stack, StackApi as _};

/// Deletes the stack. `leaving`: the resources that are deleted with it. `lifts`: whether its termination protection
/// may be switched off.
///
/// # Errors
/// A guard's refusal (exit 4), a running operation (exit 5), or a resource that cannot be deleted.
pub async fn destroy(
    session: &Session,
    spec: &Spec,
    stack: Stack,
    leaving: Leaving,
    lifts: bool,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<Destroyed, Failure> {
    let named = |_: &Destroyed| "destroyed".to_owned();
    recorded(session, ("destroy", ""), observer, named, async |observer| {
        remove(session, spec, stack, leaving, lifts, consent, observer).await
    })
    .await
}

async fn remove(
    session: &Session,
    spec: &Spec,
    stack: Stack,
    leaving: Leaving,
    lifts: bool,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<Destroyed, Failure> {
    if stack.status.phase() == Phase::Running {
        return Err(busy(session, &stack));
    }
    let Leaving { losses, template, .. } = leaving;
    let protected = stack.termination_protection;
    let name = stack.name.clone();
    let role_arn = spec.deploy.role_arn.clone();
    let mut proposal = Proposal::new(Removal { stack, token: token("destroy", &name), role_arn });
    proposal.losses = losses;
    if protected && !lifts {
        let diagnostic =
            Diagnostic::error(codes::GUARD_DECLINED, format!("stack `{name}` is protected from termination"));
        proposal.barred.push(diagnostic.help("to delete it anyway, add `--lift-protection`"));
    }
    let table = &template["Resources"]["EventsTable"];
    let stays = crate::plan::outlives(table["DeletionPolicy"].as_str());
    if !stays && table["Properties"]["DeletionProtectionEnabled"] == true {
        let message = format!(
            "table `{}` is protected from deletion, but the spec does not retain it",
            table["Properties"]["TableName"].as_str().unwrap_or(&session.names.table)
        );
        let help = "set `table.deletion_protection: false` and apply, or set `table.retain: true`";
        proposal.barred.push(Diagnostic::error(codes::GUARD_DECLINED, message).help(help));
    }
    let question = format!("destroy {name} in account {}, {}", session.account, session.region());
    proposal.question = Some(Question::word(&name, question));
    let approved = proposal.consent(session, consent, observer).await?;
    if protected {
        session.clients.protect_from_termination(&name, false).await?;
    }
    bridges::retire(session, &template).await?;
    let destroyed = execute(session, approved, false, observer).await?;
    stored_stack::forget(session);
    Ok(destroyed)
}
