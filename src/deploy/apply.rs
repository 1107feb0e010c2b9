use super::acceptance::{Acceptance, Consent};
use super::artifacts::upload;
use super::compare::compare;
use super::contract_break::contract_break;
use super::deployed_state::{DeployedState, observe};
use super::downgrade::downgrade;
use super::execute::execute;
use super::existing::{adoptions, refusal_of_taken};
use super::follow::unless_stopped;
use super::import::import_found;
use super::index_updates::{has_further_indexes, ready};
use super::observer::{Notice, Observer, PlanShown, Question};
use super::operations::Removal;
use super::options::Options;
use super::planned::planned;
use super::proposal::Proposal;
use super::record;
use super::recorded::recorded;
use super::relocate::{relocate, report_rows_since, report_unfinished};
use super::rollout::{Change, losses};
use super::session::Session;
use super::set_code::NewCode;
use super::settle::{repair, settle};
use super::token::token;
use super::wanted::Wanted;
use crate::apply::{self, DeployEvent, DeployOutcome};
use crate::diagnostic::{Failure, codes};
use crate::plan::{Action, Plan, StackAction};
use crate::stack::{Stack, StackApi as _};

/// The result of an apply.
#[derive(Debug)]
pub struct Applied {
    /// Its `result` is `created`, `updated` or `unchanged`.
    pub outcome: DeployOutcome,
}

impl Applied {
    #[must_use]
    pub fn changed(&self) -> bool {
        self.outcome.result != UNCHANGED
    }
}

const UNCHANGED: &str = "unchanged";

/// Applies a plan: shows it, asks, executes and follows it, and updates what is outside of the stack.
///
/// # Errors
/// A guard's refusal (exit 4), a rejected change set, or the first resource that failed.
pub async fn apply(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    plan: Plan,
    consent: &Consent,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Applied, Failure> {
    let operation = if options.rolls_back { "rollback" } else { "apply" };
    let named = |applied: &Applied| match options.rolls_back {
        true if applied.changed() => "rolled back".to_owned(),
        _ => applied.outcome.result.to_owned(),
    };
    recorded(session, (operation, ""), observer, named, async |observer| {
        made(session, wanted, deployed_state, plan, consent, options, observer).await
    })
    .await
}

async fn made(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    plan: Plan,
    consent: &Consent,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Applied, Failure> {
    if options.express && wanted.production {
        return Err(Failure::refused(
            codes::GUARD_PRODUCTION,
            "express mode does not wait until resources are ready, but the spec says `deploy.production: true`",
            "leave out `--express`",
        ));
    }
    let (stack, region, account) = (&session.names.stack, session.region(), &session.account);
    observer.notice(Notice::Line(&format!("  {:<14}{stack} in {region}, account {account}\n", "stack")));
    if plan.action == StackAction::None {
        return unchanged(session, wanted, deployed_state, observer).await;
    }
    report_unfinished(session, deployed_state, &plan, observer);
    refuse_losses(session, (wanted, &plan), deployed_state, consent, observer).await?;
    if let Some(taken) = refusal_of_taken(&plan) {
        observer.notice(Notice::Plan(&plan));
        return Err(taken);
    }
    record::catch_up(session, deployed_state, observer).await?;
    clear_remains(session, deployed_state, consent, observer).await?;
    let wanted = &upload(session, wanted, deployed_state, observer).await?;
    if relocate(session, wanted, deployed_state, &plan, consent, observer).await?
        && let Some((moved, former)) = plan.relocation()
    {
        let mut quiet = PlanShown(observer);
        let consent = agreed(consent, &plan);
        let remainder = changed_since(session, wanted, &consent, options, &mut quiet);
        let applied = unless_stopped(session, remainder).await?;
        observer.notice(Notice::Unfinished(None));
        report_rows_since(former, moved, wanted, observer);
        return Ok(applied);
    }
    if import_found(session, wanted, deployed_state, &plan, consent, observer).await? {
        let deployed_state = observe(session).await?;
        // All of it was shown and accepted together with the import.
        let consent = agreed(consent, &plan);
        let restores_code = plan.restores_code;
        let plan = Plan { restores_code, ..compare(session, wanted, &deployed_state, None) };
        let mut quiet = PlanShown(observer);
        return change(session, wanted, (&deployed_state, plan), &consent, options, &mut quiet).await;
    }
    change(session, wanted, (deployed_state, plan), consent, options, observer).await
}

/// Applies what remains after a step whose consent covered all steps.
async fn changed_since(
    session: &Session,
    wanted: &Wanted,
    consent: &Consent,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Applied, Failure> {
    let mut wanted = wanted.clone();
    let deployed_state = observe(session).await?;
    let plan = planned(session, &mut wanted, &deployed_state, None, observer).await?;
    if !import_found(session, &wanted, &deployed_state, &plan, consent, observer).await? {
        return change(session, &wanted, (&deployed_state, plan), consent, options, observer).await;
    }
    let deployed_state = observe(session).await?;
    let plan = planned(session, &mut wanted, &deployed_state, None, observer).await?;
    change(session, &wanted, (&deployed_state, plan), consent, options, observer).await
}

/// The consent for the plan after an import. The import was accepted with all changes of the found resource. The next
/// plan sees it as the stack's own, and would ask for those changes again.
fn agreed(consent: &Consent, plan: &Plan) -> Consent {
    let mut agreed = consent.answered();
    let adopted = plan.changes.iter().filter(|change| change.action == Action::Adopt);
    agreed.accepted.extend(adopted.flat_map(|change| {
        [Acceptance::data_loss(change.loser()), Acceptance::Adopt(change.logical_id.clone())]
    }));
    agreed
}

/// Prepares, asks and executes, and updates what is outside of the stack.
async fn change(
    session: &Session,
    wanted: &Wanted,
    (deployed_state, mut plan): (&DeployedState, Plan),
    consent: &Consent,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Applied, Failure> {
    if plan.is_code_alone() {
        return restore(session, wanted, (deployed_state, plan), consent, options, observer).await;
    }
    let mut change = Change {
        session,
        wanted,
        deployed_state,
        plan: &mut plan,
        consent,
        options,
        is_agreed: false,
        of_tables: false,
    };
    let Some(outcome) = change.carry_out(observer).await? else {
        if plan.restores_code {
            return restore(session, wanted, (deployed_state, plan), consent, options, observer).await;
        }
        return unchanged(session, wanted, deployed_state, observer).await;
    };
    let result = if options.rolls_back { "rolled back" } else { outcome.result };
    settle(session, wanted, deployed_state, result, &plan, observer).await?;
    Ok(Applied { outcome })
}

/// Restores code that was changed outside of CloudFormation, which does not detect that.
async fn restore(
    session: &Session,
    wanted: &Wanted,
    (deployed_state, plan): (&DeployedState, Plan),
    consent: &Consent,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Applied, Failure> {
    let code = match deployed_state.present().zip(deployed_state.template()) {
        Some(deployed) => NewCode::back(session, &wanted.parameters, deployed).await?,
        None => None,
    };
    let (Some(code), Some(stack)) = (code, deployed_state.present()) else {
        return unchanged(session, wanted, deployed_state, observer).await;
    };
    observer.notice(Notice::Plan(&plan));
    let mut proposal = Proposal::new(code);
    let (account, region) = (&session.account, session.region());
    proposal.question =
        Some(Question::yes(format!("apply to {} in account {account}, {region}?", stack.name)));
    let approved = proposal.consent(session, consent, observer).await?;
    execute(session, approved, wanted.production, observer).await?;
    let (name, outputs) = (stack.name.clone(), stack.outputs.clone());
    let outcome = DeployOutcome { stack: name, result: "updated", state: stack.status.to_string(), outputs };
    observer.notice(Notice::Event(&DeployEvent::Outcome(outcome.clone())));
    let result = if options.rolls_back { "rolled back" } else { outcome.result };
    settle(session, wanted, deployed_state, result, &plan, observer).await?;
    Ok(Applied { outcome })
}

/// Refuses losses that the templates alone show, before anything is prepared.
async fn refuse_losses(
    session: &Session,
    (wanted, plan): (&Wanted, &Plan),
    deployed_state: &DeployedState,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let mut proposal = Proposal::new(());
    proposal.losses = losses(session, plan).await?;
    proposal.losses.extend(adoptions(plan));
    proposal.losses.extend(downgrade(deployed_state));
    proposal.losses.extend(contract_break(wanted, deployed_state));
    proposal.refuse_losses(consent).inspect_err(|_| observer.notice(Notice::Plan(plan)))
}

/// There are no changes: completes what an earlier run could not finish outside of the stack.
async fn unchanged(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    observer: &mut dyn Observer,
) -> Result<Applied, Failure> {
    // An earlier apply may have been interrupted while an index was backfilled.
    if has_further_indexes(&wanted.template.parsed) {
        ready(session, &wanted.template.parsed, observer).await?;
    }
    repair(session, wanted, deployed_state, observer).await?;
    let (name, state, outputs) = match deployed_state.present() {
        Some(Stack { name, status, outputs, .. }) => (name.clone(), status.to_string(), outputs.clone()),
        None => (session.names.stack.clone(), String::new(), Default::default()),
    };
    let outcome = DeployOutcome { stack: name, result: UNCHANGED, state, outputs };
    observer.notice(Notice::Event(&DeployEvent::Outcome(outcome.clone())));
    Ok(Applied { outcome })
}

/// Deletes a stack whose first creation was rolled back: it has no resources, but its name must be free.
async fn clear_remains(
    session: &Session,
    deployed_state: &DeployedState,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let apply::StackState::Remains(stack) = &deployed_state.state else { return Ok(()) };
    let removal = Removal { stack: stack.clone(), token: token("clear", &stack.name), role_arn: None };
    let mut proposal = Proposal::new(removal);
    proposal.question = Some(Question::yes(format!(
        "the first creation of {} failed; delete the empty stack it left?",
        stack.name
    )));
    let approved = proposal.consent(session, consent, observer).await?;
    if stack.termination_protection {
        session.clients.protect_from_termination(&stack.name, false).await?;
    }
    execute(session, approved, false, observer).await?;
    Ok(())
}
