use super::acceptance::Consent;
use super::execute::execute;
use super::leaving::leaving;
use super::observer::{Observer, Question};
use super::operations::Rescue;
use super::proposal::{Loss, Proposal};
use super::recorded::recorded;
use super::session::Session;
use super::token::token;
use crate::apply::{Remedy, failed_resources, remedy};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::plan::{Holds, holds};
use crate::spec::Spec;
use crate::stack::{Deletion, Phase, Stack, StackApi as _, StackEvent};

/// What is wrong with a stack, and the remedy.
pub struct Diagnosis {
    pub stack: Stack,
    pub remedy: Remedy,
    /// The newest failure of each resource that failed.
    pub failed: Vec<StackEvent>,
}

/// What the user gives up to recover a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Concessions {
    /// Logical ids of resources that CloudFormation marks as rolled back.
    pub skip: Vec<String>,
    /// Logical ids of resources that a deletion retains.
    pub retain: Vec<String>,
    /// Whether the stack is deleted even if some resources cannot be deleted.
    pub force: bool,
}

/// Reads what is wrong. `None`: there is no stack.
///
/// # Errors
/// A call to AWS failed.
pub async fn diagnose(session: &Session) -> Result<Option<Diagnosis>, Failure> {
    let Some(stack) = session.stack().await?.filter(|stack| stack.status.phase() != Phase::Deleted) else {
        return Ok(None);
    };
    let events = session.clients.recent_events(&stack.id).await?;
    let failed = failed_resources(&events).into_iter().cloned().collect();
    Ok(Some(Diagnosis { remedy: remedy(&stack), stack, failed }))
}

/// Executes the remedy and follows it to its end. `None`: the stack was deleted.
///
/// # Errors
/// Concessions that do not fit the state (exit 64), a guard's refusal (exit 4), or that the remedy failed, too.
pub async fn recover(
    session: &Session,
    spec: &Spec,
    diagnosis: &Diagnosis,
    concessions: Concessions,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<Option<Stack>, Failure> {
    let named = |left: &Option<Stack>| {
        left.as_ref().map_or_else(|| "deleted".to_owned(), |stack| format!("is {}", stack.status))
    };
    recorded(session, ("recover", ""), observer, named, async |observer| {
        remedied(session, spec, diagnosis, concessions, consent, observer).await
    })
    .await
}

async fn remedied(
    session: &Session,
    spec: &Spec,
    diagnosis: &Diagnosis,
    concessions: Concessions,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<Option<Stack>, Failure> {
    check(diagnosis, &concessions)?;
    let Diagnosis { stack, remedy, .. } = diagnosis;
    let losses = losses(session, diagnosis, &concessions).await?;
    let Concessions { skip, retain, force } = concessions;
    let mut proposal = Proposal::new(Rescue {
        stack: stack.clone(),
        remedy: *remedy,
        skip,
        deletion: Deletion { retain, force },
        token: token("recover", &stack.name),
        role_arn: spec.deploy.role_arn.clone(),
    });
    proposal.losses = losses;
    if *remedy != Remedy::Follow {
        let question = format!("apply the remedy in account {}, {}?", session.account, session.region());
        proposal.question = Some(Question::yes(question));
    }
    let approved = proposal.consent(session, consent, observer).await?;
    let deletes = matches!(remedy, Remedy::Delete | Remedy::DropShell);
    if deletes && stack.termination_protection {
        session.clients.protect_from_termination(&stack.name, false).await?;
    }
    let ended = execute(session, approved, false, observer).await;
    ended.map_err(|failure| next_step(session, failure, *remedy))
}

/// Refuses concessions that do not fit the failure.
fn check(diagnosis: &Diagnosis, concessions: &Concessions) -> Result<(), Failure> {
    let Diagnosis { stack, remedy, failed } = diagnosis;
    let wrong = |message: String, help: &str| {
        let diagnostic = Diagnostic::error(codes::STACK_STUCK, message).help(help);
        Failure::new(Exit::Usage, diagnostic)
    };
    if !concessions.skip.is_empty() && *remedy != Remedy::ContinueRollback {
        let message = format!("nothing can be skipped: stack `{}` has no failed rollback", stack.name);
        return Err(wrong(message, "leave out `--skip`"));
    }
    let again = stack.status.as_str() == "DELETE_FAILED";
    if (!concessions.retain.is_empty() || concessions.force) && !again {
        let message = "`--retain` and `--force` work only after a deletion has failed";
        return Err(wrong(message.to_owned(), "leave them out; use them if the deletion fails"));
    }
    let known = |id: &&String| failed.is_empty() || failed.iter().any(|event| event.logical_id == **id);
    if let Some(stranger) = concessions.skip.iter().find(|id| !known(id)) {
        let names: Vec<String> = failed.iter().map(|event| format!("`{}`", event.logical_id)).collect();
        let message = format!("`{stranger}` did not fail");
        return Err(wrong(message, &format!("skip only what failed: {}", names.join(", "))));
    }
    Ok(())
}

/// The losses of a concession or a deletion.
async fn losses(
    session: &Session,
    diagnosis: &Diagnosis,
    concessions: &Concessions,
) -> Result<Vec<Loss>, Failure> {
    let Diagnosis { stack, remedy, failed } = diagnosis;
    let kind =
        |id: &str| failed.iter().find(|event| event.logical_id == id).map(|event| &event.resource_type);
    let skipped =
        concessions.skip.iter().filter(|id| kind(id).is_none_or(|kind| holds(kind) != Holds::Nothing));
    let mut losses: Vec<Loss> = skipped
        .map(|id| Loss {
            instead: Some(format!("fix the cause and recover without `--skip {id}`")),
            ..Loss::of_data(
                id,
                format!("`{id}` contains data, and CloudFormation would no longer know its real state"),
            )
        })
        .collect();
    // What a first creation created is empty, and what it adopted is retained.
    let deletes_more = matches!(stack.status.as_str(), "DELETE_FAILED" | "IMPORT_ROLLBACK_FAILED");
    if *remedy == Remedy::Delete && deletes_more {
        let deletions = leaving(session, stack).await?.losses;
        losses.extend(deletions.into_iter().filter(|loss| {
            !concessions.retain.iter().any(|id| loss.accept == super::Acceptance::data_loss(id))
        }));
    }
    if concessions.force {
        losses.extend(failed.iter().filter(|event| holds(&event.resource_type) != Holds::Nothing).map(
            |event| {
                let id = &event.logical_id;
                Loss {
                    instead: Some(format!("retain it with `--retain {id}`")),
                    ..Loss::of_data(id, format!("a forced deletion orphans `{id}`: no stack manages it"))
                }
            },
        ));
    }
    losses.sort_by(|left, right| left.accept.cmp(&right.accept));
    losses.dedup_by(|left, right| left.accept == right.accept);
    Ok(losses)
}

/// What to try next if the remedy failed, too.
fn next_step(session: &Session, mut failure: Failure, remedy: Remedy) -> Failure {
    let flag = match remedy {
        Remedy::ContinueRollback | Remedy::Rollback => "--skip LOGICAL_ID",
        Remedy::Delete => "--retain LOGICAL_ID",
        _ => return failure,
    };
    let command = session.command("recover", flag);
    for diagnostic in &mut failure.diagnostics {
        if diagnostic.code == codes::STACK_OPERATION_FAILED {
            diagnostic.help =
                Some(format!("fix the cause and run it again; or give up the resource with `{command}`"));
        }
    }
    failure
}
