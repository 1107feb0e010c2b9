//! From a wanted template to an executed change set: all of it at once, or first on trial.

use super::apply::{Arguments, interrupted};
use super::deployment::Deployment;
use super::follower::Follower;
use super::session::{self, Session};
use super::{Stop, ask};
use crate::apply::{Event, Outcome, Prepared, Standing, abandon, execute, prepare, protect};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{AlarmApi as _, VersionApi as _};
use crate::plan::{Action, canary};
use crate::render::{digest, references};
use crate::report::{Console, plan_text};
use crate::spec::{Canary, Rollout};
use crate::stack::{ChangeSetRequest, TemplateSource, Watch};

/// Bytes of the largest template a call takes (CloudFormation); larger ones are read from a bucket.
const INLINE: usize = 51_200;

/// An apply that knows what it wants.
pub(super) struct Stage<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) session: &'a Session,
    pub(super) deployment: &'a mut Deployment,
}

impl Stage<'_> {
    /// Shows, asks, executes and follows. `None`: CloudFormation found nothing to change.
    pub(super) async fn run(&mut self, console: &mut Console) -> Result<Option<Outcome>, Stop> {
        if self.deployment.plan.unaccepted(&self.arguments.accept).next().is_some() {
            console.note(&plan_text(&self.deployment.plan));
            self.agree(console)?;
        }
        let whole = self.deployment.template.text.clone();
        let Some((trial, watch)) = self.trial().await? else {
            return self.step(whole, None, true, console).await;
        };
        let minutes = watch.minutes;
        let Some(_) = self.step(trial, Some(watch), true, console).await? else { return Ok(None) };
        console.note(&format!("\n  the new version held out for {minutes} min: it takes over\n"));
        self.step(whole, None, false, console).await
    }

    /// The template on trial and what is watched meanwhile; `None` where nothing new would run, or everything is to
    /// take over at once.
    async fn trial(&self) -> Result<Option<(String, Watch)>, Stop> {
        let Rollout::Canary(Canary { percent, minutes }) = &self.deployment.rollout else {
            return Ok(None);
        };
        let runs = matches!(self.deployment.standing, Standing::Present(_));
        if !runs || !self.deployment.plan.changes_version() {
            return Ok(None);
        }
        let (clients, names) = (&self.session.clients, &self.session.names);
        let Some(former) = clients.live_version(&names.processor).await? else {
            return Ok(None);
        };
        let Some(trial) = canary(&self.deployment.desired.template, &former, *percent) else {
            return Ok(None);
        };
        let alarms = &names.alarms;
        let watched =
            [&alarms.processor_errors, &alarms.processor_throttles, &alarms.dead_letters, &alarms.conflicts];
        // An alarm that is not there, or fires already, would roll the update back at its first look.
        let known = clients.alarms(&watched.map(Clone::clone)).await?;
        let quiet = known.into_iter().filter(|alarm| alarm.state != "ALARM");
        let watch = Watch { alarms: quiet.map(|alarm| alarm.arn).collect(), minutes: *minutes };
        Ok(Some((format!("{trial:#}"), watch)))
    }

    async fn step(
        &mut self,
        template: String,
        watch: Option<Watch>,
        asks: bool,
        console: &mut Console,
    ) -> Result<Option<Outcome>, Stop> {
        let request = self.request(template, watch).await?;
        let prepared = prepare(&self.session.clients, request, self.session.clock).await;
        let Some(prepared) = prepared? else {
            return Ok(None);
        };
        if asks {
            self.deployment.plan.learn(&prepared.change_set.changes);
            console.note(&plan_text(&self.deployment.plan));
            if let Err(stop) = self.agree(console) {
                abandon(&self.session.clients, &prepared).await?;
                return Err(stop);
            }
        }
        self.change(&prepared, console).await.map(Some)
    }

    async fn request(&self, template: String, watch: Option<Watch>) -> Result<ChangeSetRequest, Stop> {
        let Self { session, deployment, .. } = self;
        let token = session::token("apply", &digest(&template.as_str().into()));
        let template = self.reachable(template).await?;
        Ok(ChangeSetRequest {
            stack: session.names.stack.clone(),
            name: token.clone(),
            token,
            creates: !matches!(deployment.standing, Standing::Present(_)),
            template,
            parameters: deployment.desired.parameters.clone(),
            tags: deployment.desired.tags.clone(),
            role_arn: deployment.role_arn.clone(),
            names_a_role: session.names.role.is_some(),
            watch,
            express: self.arguments.express,
            reverts_drift: false,
            imports: Vec::new(),
        })
    }

    /// A template that is too large for the call lies beside the artifact.
    async fn reachable(&self, template: String) -> Result<TemplateSource, Stop> {
        if template.len() <= INLINE {
            return Ok(TemplateSource::Inline(template));
        }
        let Session { clients, account, .. } = self.session;
        let key = format!("templates/{}.yaml", digest(&template.as_str().into()));
        let uploaded = clients.upload_artifact(account, &key, template.into_bytes()).await;
        uploaded?;
        Ok(TemplateSource::Url(clients.artifact_url(account, &key)))
    }

    /// Data loss must be accepted by name; anything else needs a yes, unless it is only this laptop's.
    fn agree(&self, console: &mut Console) -> Result<(), Stop> {
        let Session { names, account, local, .. } = self.session;
        let plan = &self.deployment.plan;
        let lost: Vec<Diagnostic> = plan
            .unaccepted(&self.arguments.accept)
            .map(|change| {
                Diagnostic::error(
                    codes::GUARD_DATA_LOSS,
                    format!("`{}` loses data: {}", change.logical_id, change.why),
                )
                .help(format!("if that is meant, add `--accept data-loss:{}`", change.logical_id))
            })
            .collect();
        if !lost.is_empty() {
            return Err(Stop::Failure(Failure {
                exit: Exit::Refused,
                diagnostics: lost,
                sources: Vec::new(),
            }));
        }
        if *local || self.arguments.yes {
            return Ok(());
        }
        let region = self.session.region();
        ask::yes(&format!("apply to {} in account {account}, {region}?", names.stack), "--yes", console)
    }

    /// Executes under the stack policy: what holds data is opened for this one update where its loss was accepted,
    /// and closed again whatever came of it.
    async fn change(&self, prepared: &Prepared, console: &mut Console) -> Result<Outcome, Stop> {
        let Session { clients, names, .. } = self.session;
        let creates = prepared.request.creates;
        let accepted = &self.arguments.accept;
        if !creates {
            protect(clients, &names.stack, accepted).await?;
        }
        let outcome = self.follow(prepared, console).await;
        if creates || !accepted.is_empty() {
            let closed = protect(clients, &names.stack, &[]).await;
            // The operation's own failure is what must be heard.
            if outcome.is_ok() {
                closed?;
            }
        }
        outcome
    }

    async fn follow(&self, prepared: &Prepared, console: &mut Console) -> Result<Outcome, Stop> {
        let Session { clients, names, local, clock, .. } = self.session;
        let changes = &self.deployment.plan.changes;
        // The local cloud reports every resource of an update, changed or not.
        let concerns = |event: &Event| match event {
            Event::Resource { logical_id, state, .. } if *local && state == "UPDATE_COMPLETE" => {
                changes.iter().any(|change| change.logical_id == *logical_id && change.action != Action::Add)
            }
            _ => true,
        };
        let mut needs = references(&self.deployment.desired.template);
        needs.retain(|id, _| changes.iter().any(|change| change.logical_id == *id));
        let follower = Follower::new(needs, console);
        let mut tell = |event: Event| {
            if concerns(&event) {
                follower.tell(&event);
            }
        };
        let outcome = follower.wait(execute(clients, prepared, *clock, &mut tell)).await;
        let outcome = outcome.unwrap_or_else(|| Err(interrupted(&names.stack)));
        if let Err(failure) = &outcome {
            follower.failed(failure);
        }
        let told = follower.end();
        let outcome = outcome?;
        told?;
        Ok(outcome)
    }
}
