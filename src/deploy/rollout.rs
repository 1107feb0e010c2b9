//! From a wanted template to an executed change set: everything at once, or first with part of the traffic.

use std::collections::BTreeSet;

use super::acceptance::Consent;
use super::deployed_state::DeployedState;
use super::execute::execute;
use super::existing::{adoptions, recognise};
use super::nested::inside;
use super::observer::{Notice, Observer, Question};
use super::operations::ChangeSet;
use super::options::Options;
use super::proposal::{Loss, Proposal};
use super::session::Session;
use super::set_code::NewCode;
use super::token::token;
use super::wanted::Wanted;
use crate::apply::{DeployOutcome, Prepared, prepare};
use crate::aws::Content;
use crate::diagnostic::Failure;
use crate::operate::{AlarmApi as _, VersionApi as _};
use crate::package::checksum;
use crate::plan::{ADOPTABLE, Action, Change as PlannedChange, NESTED_STACK, Plan, canary, outlives};
use crate::render::{can_run_beside, digest, references};
use crate::spec::{CANARY_ALARMS, Canary, Rollout};
use crate::stack::{ChangeSetRequest, RollbackWatch, TemplateSource};

/// Bytes of the largest template in a call (CloudFormation); larger ones are read from a bucket.
const INLINE: usize = 51_200;

/// A change of the stack that is planned and not yet prepared.
pub(super) struct Change<'a> {
    pub(super) session: &'a Session,
    pub(super) wanted: &'a Wanted,
    pub(super) deployed_state: &'a DeployedState,
    pub(super) plan: &'a mut Plan,
    pub(super) consent: &'a Consent,
    pub(super) options: &'a Options,
    /// Whether it is a part of what was shown and accepted already.
    pub(super) is_agreed: bool,
    /// Whether it changes only tables.
    pub(super) of_tables: bool,
}

impl Change<'_> {
    /// Shows, asks, executes and follows, in one update unless the traffic is shifted gradually. `None`: CloudFormation
    /// found nothing to change.
    pub(super) async fn roll_out(
        &mut self,
        observer: &mut dyn Observer,
    ) -> Result<Option<DeployOutcome>, Failure> {
        let whole = self.wanted.template.text.clone();
        if let Some(unprotected) = self.unprotected() {
            let Some(_) = self.step(unprotected, None, true, observer).await? else { return Ok(None) };
            observer.notice(Notice::Line("\n  all resources exist: switching on deletion protection\n"));
            let created = self.step(whole, None, false, observer).await?;
            return Ok(created.map(|outcome| DeployOutcome { result: "created", ..outcome }));
        }
        let Some((trial, watch)) = self.trial().await? else {
            let forgets = self.deployed_state.present().is_some_and(|stack| stack.is_watched);
            return self.step(whole, forgets.then(RollbackWatch::nothing), true, observer).await;
        };
        let minutes = watch.minutes;
        let Some(_) = self.step(trial, Some(watch), true, observer).await? else { return Ok(None) };
        let line = format!("\n  the new version was healthy for {minutes} min: shifting all traffic\n");
        observer.notice(Notice::Line(&line));
        self.step(whole, Some(RollbackWatch::nothing()), false, observer).await
    }

    /// The template of a first creation without deletion protection, if it would protect something that is not
    /// retained: a rollback could not delete it, and would fail itself.
    fn unprotected(&self) -> Option<String> {
        let mut template = self.wanted.template.parsed.clone();
        let resources =
            template["Resources"].as_object_mut().filter(|_| self.deployed_state.present().is_none())?;
        let mut found = false;
        for resource in resources.values_mut() {
            let stays = outlives(resource["DeletionPolicy"].as_str());
            let protection = resource.pointer_mut("/Properties/DeletionProtectionEnabled");
            if let Some(protection) = protection.filter(|protection| **protection == true && !stays) {
                *protection = false.into();
                found = true;
            }
        }
        found.then(|| format!("{template:#}"))
    }

    /// The template that gives the new version part of the traffic, and the alarms to watch; `None` if the code does
    /// not change, or the new version gets all traffic at once.
    async fn trial(&self) -> Result<Option<(String, RollbackWatch)>, Failure> {
        let Rollout::Canary(Canary { percent, minutes }) = &self.wanted.rollout else {
            return Ok(None);
        };
        let Some(deployed) = &self.deployed_state.deployed else { return Ok(None) };
        if !self.plan.changes_version() || !can_run_beside(&deployed.template, &self.wanted.template.parsed) {
            return Ok(None);
        }
        let (clients, names) = (&self.session.clients, &self.session.names);
        let Some(former) = clients.live_version(&names.processor).await? else {
            return Ok(None);
        };
        let Some(trial) = canary(&self.wanted.template.parsed, &former, *percent) else {
            return Ok(None);
        };
        let watched = CANARY_ALARMS.map(|alarm| names.alarms.name(&alarm).to_owned());
        // An alarm that does not exist, or is in alarm already, would roll the update back at the first check.
        let known = clients.alarms(&watched).await?;
        let quiet = known.into_iter().filter(|alarm| alarm.state != "ALARM");
        let watch = RollbackWatch { alarms: quiet.map(|alarm| alarm.arn).collect(), minutes: *minutes };
        Ok(Some((format!("{trial:#}"), watch)))
    }

    /// Executes one change set; the first is shown and asked about.
    pub(super) async fn step(
        &mut self,
        template: String,
        watch: Option<RollbackWatch>,
        is_first: bool,
        observer: &mut dyn Observer,
    ) -> Result<Option<DeployOutcome>, Failure> {
        let is_first = is_first && !self.is_agreed;
        let request = self.request(template, watch, is_first).await?;
        let Some(prepared) = prepare(&self.session.clients, request, self.session.clock).await? else {
            return Ok(None);
        };
        self.plan.learn(&prepared.change_set.changes);
        recognise(self.session, self.plan, observer).await?;
        if is_first {
            observer.notice(Notice::Plan(self.plan));
        }
        let proposal = self.proposal(prepared).await?;
        // The question was answered before the first step; losses must be accepted all the same.
        let consent = if is_first { self.consent.clone() } else { self.consent.answered() };
        let approved = proposal.consent(self.session, &consent, observer).await?;
        // The first of several updates does it.
        self.plan.restores_code = false;
        execute(self.session, approved, self.wanted.production, observer).await.map(Some)
    }

    async fn proposal(&self, prepared: Prepared) -> Result<Proposal<ChangeSet>, Failure> {
        let Self { session, plan, .. } = self;
        let mut changing = references(&self.wanted.template.parsed);
        let takes_part = |change: &&PlannedChange| !self.of_tables || change.resource_type == ADOPTABLE;
        let parts = || plan.changes.iter().filter(takes_part);
        changing.retain(|id, _| parts().any(|change| change.logical_id == *id));
        let concerns = session.is_local().then(|| changed(parts()));
        let deployed = self.deployed_state.present().zip(self.deployed_state.template());
        let code = match deployed.filter(|_| plan.restores_code) {
            Some(deployed) => NewCode::back(session, &self.wanted.parameters, deployed).await?,
            None => None,
        };
        let mut proposal = Proposal::new(ChangeSet { prepared, changing, concerns, code });
        proposal.losses = losses(session, plan).await?;
        proposal.losses.extend(adoptions(plan));
        let taken = |action| matches!(action, Action::Replace | Action::Remove);
        proposal.opens = plan
            .changes
            .iter()
            .filter(|change| taken(change.action))
            .map(|change| change.logical_id.clone())
            .collect();
        let (stack, account) = (&session.names.stack, &session.account);
        let question = format!("apply to {stack} in account {account}, {}?", session.region());
        proposal.question = Some(Question::yes(question));
        Ok(proposal)
    }

    async fn request(
        &self,
        template: String,
        watch: Option<RollbackWatch>,
        is_first: bool,
    ) -> Result<ChangeSetRequest, Failure> {
        let Self { session, wanted, .. } = self;
        let token = token("apply", &digest(&template.as_str().into()));
        let parsed = &wanted.template.parsed;
        Ok(ChangeSetRequest {
            stack: session.names.stack.clone(),
            name: token.clone(),
            token,
            creates: is_first && self.deployed_state.present().is_none(),
            // A rollback cannot delete what deletion protection protects: then it is retained, and the next apply
            // adopts it.
            keeps_on_failure: is_protected(parsed),
            names_a_role: session.names.role.is_some(),
            has_macros: has_macros(parsed),
            template: reachable(session, template).await?,
            parameters: wanted.parameters.clone(),
            tags: wanted.tags.clone(),
            role_arn: wanted.role_arn.clone(),
            watch,
            express: self.options.express,
            reverts_drift: false,
            imports: Vec::new(),
        })
    }
}

/// Whether deletion protection is on for a retained resource.
fn is_protected(template: &serde_json::Value) -> bool {
    let resources = template["Resources"].as_object().into_iter().flatten();
    resources.into_iter().any(|(_, resource)| {
        resource["Properties"]["DeletionProtectionEnabled"] == true
            && outlives(resource["DeletionPolicy"].as_str())
    })
}

/// Whether the template uses macros, which CloudFormation requires to be acknowledged.
pub(super) fn has_macros(template: &serde_json::Value) -> bool {
    !template["Transform"].is_null() || template.to_string().contains("\"Fn::Transform\"")
}

/// Uploads a template that is too large for the call, next to the artifact.
///
/// # Errors
/// It cannot be uploaded.
pub(super) async fn reachable(session: &Session, template: String) -> Result<TemplateSource, Failure> {
    if template.len() <= INLINE {
        return Ok(TemplateSource::Inline(template));
    }
    let key = format!("templates/{}.yaml", digest(&template.as_str().into()));
    let bytes = template.into_bytes();
    let content = Content { sha256: checksum(&bytes), bytes };
    let stored = session.clients.upload_artifact(&session.store, &key, content, &[]).await?;
    Ok(TemplateSource::Url(session.clients.artifact_url(&session.store, &key, stored.version.as_deref())))
}

/// The losses of a plan; for a nested stack that is deleted, the data in it.
///
/// # Errors
/// Those of reading nested stacks.
pub(super) async fn losses(session: &Session, plan: &Plan) -> Result<Vec<Loss>, Failure> {
    let mut losses: Vec<Loss> = Vec::new();
    for change in plan.losing() {
        let mut why = change.why.clone();
        let nested = change.physical_id.as_deref().filter(|_| change.resource_type == NESTED_STACK);
        if let Some(nested) = nested {
            let inside = inside(session, nested).await?;
            if inside.is_empty() {
                continue;
            }
            why = format!("{why}: {inside}");
        }
        let loser = change.loser();
        losses.push(Loss::of_data(loser, format!("`{loser}` loses data: {why}")));
    }
    Ok(losses)
}

fn changed<'a>(changes: impl Iterator<Item = &'a PlannedChange>) -> BTreeSet<String> {
    let changed = changes.filter(|change| change.action != Action::Add);
    changed.map(|change| change.logical_id.clone()).collect()
}
