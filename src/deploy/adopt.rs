//! `apply --adopt STACK`: moves resources with all of their data from another stack into the spec's.
//!
//! Each step is verified before the next: the other stack is set to retain the adopted resources; it is deleted; the
//! resources are imported into a stack of the spec's name. The apply that follows makes all other changes.

use serde_json::Value;

use super::acceptance::Consent;
use super::compare::location;
use super::deployed_state::busy;
use super::execute::execute;
use super::nested::data_of;
use super::observer::{Notice, Observer, Question};
use super::operations::Removal;
use super::proposal::{Loss, Proposal};
use super::recorded::recorded;
use super::session::Session;
use super::template::{deployed_template, deployed_text, template};
use super::token::token;
use crate::apply::{Adopted, StackState, adopted, import_template, retaining, stack_state};
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::plan::{Action, Content, plan};
use crate::render;
use crate::stack::{ChangeSetRequest, DriftApi as _, Phase, Stack, StackApi as _, StackResource};
use crate::validate::CheckedSpec;

/// Another stack whose resources become the spec's.
pub struct Adoption<'a> {
    /// The other stack's name.
    pub former: &'a str,
    pub session: &'a Session,
    pub checked: &'a CheckedSpec,
    pub consent: &'a Consent,
}

/// What is adopted, and how.
struct Takeover<'a> {
    ours: &'a Value,
    theirs: Stack,
    template: Value,
    resources: Vec<StackResource>,
    found: Vec<Adopted>,
    import: Value,
}

/// Adopts the resources of another stack. Does nothing if that is already done.
///
/// # Errors
/// A resource that cannot be adopted, a loss that is not accepted (exit 4), or a failed step. No data is lost then, and
/// the same command continues.
pub async fn take_over(adoption: &Adoption<'_>, observer: &mut dyn Observer) -> Result<(), Failure> {
    // What can fail without harm comes first: from the deletion on, the pipeline does not process events.
    let ours = template(adoption.session.is_local(), adoption.checked)?.parsed;
    let named = |(): &()| "taken over".to_owned();
    let chosen = ("apply --adopt", adoption.former);
    recorded(adoption.session, chosen, observer, named, async |observer| adoption.run(&ours, observer).await)
        .await
}

impl Adoption<'_> {
    async fn run(&self, ours: &Value, observer: &mut dyn Observer) -> Result<(), Failure> {
        if self.former == self.session.names.stack {
            return Err(refused(
                format!("stack `{}` is the stack of this spec", self.former),
                "apply without `--adopt`, or give the new stack another name under `names.stack`".to_owned(),
            ));
        }
        let own = stack_state(self.session.stack().await?)?;
        let theirs = self.theirs().await?;
        let deleted = theirs.as_ref().is_none_or(|theirs| theirs.status.phase() == Phase::Deleted);
        // An earlier run adopted them, and was interrupted in the apply after it.
        if deleted && matches!(own, StackState::Present(_) | StackState::Running(_)) {
            return Ok(());
        }
        self.refuse_own(own)?;
        let Some(theirs) = theirs else {
            return Err(refused(
                format!("there is no stack `{}`, and none was deleted in the last 90 days", self.former),
                "name the stack that has the table; a retained table without a stack is adopted without `--adopt`"
                    .to_owned(),
            ));
        };
        let takeover = self.takeover(ours, theirs).await?;
        for one in &takeover.found {
            let line =
                format!("  takes over    {} ({}) as {}", one.name(), one.from.logical_id, one.logical_id);
            observer.notice(Notice::Line(&line));
        }
        let begun = jiff::Timestamp::now();
        if !deleted {
            self.release(&takeover, observer).await?;
        }
        self.import(&takeover, observer).await?;
        report_archive(&takeover, begun, observer);
        observer.notice(Notice::Line(""));
        Ok(())
    }

    /// Refuses to adopt if the spec's stack already exists.
    fn refuse_own(&self, own: StackState) -> Result<(), Failure> {
        match own {
            StackState::Absent => Ok(()),
            StackState::Present(own) | StackState::Running(own) => Err(refused(
                format!(
                    "stacks `{}` and `{}` both exist, and each resource name can belong to only one of them",
                    own.name, self.former
                ),
                format!("destroy `{}` first, or give the spec's stack another name", own.name),
            )),
            StackState::Remains(own) => Err(refused(
                format!("a failed creation left stack `{}` behind", own.name),
                format!("remove it with `{}`, then run this again", self.session.command("recover", "")),
            )),
        }
    }

    /// The other stack; a deleted one is found by its name, too.
    async fn theirs(&self) -> Result<Option<Stack>, Failure> {
        let clients = &self.session.clients;
        if let Some(stack) = clients.stack(self.former).await? {
            return Ok(Some(stack));
        }
        match clients.deleted_stack(self.former).await? {
            Some(id) => Ok(clients.stack(&id).await?),
            None => Ok(None),
        }
    }

    async fn takeover<'t>(&self, ours: &'t Value, theirs: Stack) -> Result<Takeover<'t>, Failure> {
        let resources = self.resources(&theirs).await?;
        let Ok(template) = render::parse(&deployed_text(self.session, &theirs.id).await?) else {
            return Err(refused(
                format!("the template of stack `{}` is written with YAML tags such as `!Ref`", theirs.name),
                "deploy it once as JSON, or with `Ref:` and `Fn::GetAtt:`; its resources do not change"
                    .to_owned(),
            ));
        };
        let mut found = adopted(ours, &template, &resources)?;
        // The local cloud cannot import these types. They hold no data and are created again.
        let is_local = |kind: &str| !kind.starts_with("AWS::Events::") && !kind.starts_with("AWS::Logs::");
        found.retain(|one| !self.session.is_local() || is_local(&one.from.resource_type));
        let import = import_template(ours, &theirs, &template, &found)?;
        Ok(Takeover { ours, theirs, template, resources, found, import })
    }

    /// The resources; of a deleted stack those that it retained, by its events.
    async fn resources(&self, theirs: &Stack) -> Result<Vec<StackResource>, Failure> {
        let clients = &self.session.clients;
        if theirs.status.phase() != Phase::Deleted {
            return Ok(clients.resources(&theirs.id).await?);
        }
        let events = clients.events_after(&theirs.id, None).await?.into_iter();
        let left = events.filter(|event| event.status == "DELETE_SKIPPED").map(|event| StackResource {
            logical_id: event.logical_id,
            physical_id: event.physical_id,
            resource_type: event.resource_type,
            status: event.status,
            reason: event.reason,
        });
        Ok(left.collect())
    }

    /// Removes the adopted resources from the other stack: sets them to be retained, verifies it, then deletes the
    /// stack.
    async fn release(&self, takeover: &Takeover<'_>, observer: &mut dyn Observer) -> Result<(), Failure> {
        let Takeover { theirs, template, found, .. } = takeover;
        let removal = self.removal(takeover, observer).await?;
        let removal = removal.consent(self.session, self.consent, observer).await?;
        if let Some(retained) = retaining(template, found) {
            let line = format!("\n  {} now retains what is taken over", theirs.name);
            observer.notice(Notice::Line(&line));
            self.retain(theirs, &retained, observer).await?;
        }
        let now = deployed_template(self.session, &theirs.name).await?;
        if retaining(&now, found).is_some() {
            return Err(refused(
                format!("stack `{}` does not retain what is to be taken over", theirs.name),
                "nothing was deleted; set `DeletionPolicy: Retain` in its own source, deploy it and run this again"
                    .to_owned(),
            ));
        }
        observer.notice(Notice::Line(&format!("\n  {} is deleted", theirs.name)));
        execute(self.session, removal, false, observer).await?;
        Ok(())
    }

    /// The deletion of the other stack, with everything that is lost by it and by the apply after the import. It can
    /// only be refused now: once the other stack is deleted, the pipeline does not run until the import.
    async fn removal(
        &self,
        takeover: &Takeover<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Proposal<Removal>, Failure> {
        let Takeover { theirs, template, resources, found, .. } = takeover;
        if theirs.status.phase() == Phase::Running {
            return Err(busy(self.session, theirs));
        }
        let removal = Removal { stack: theirs.clone(), token: token("adopt", &theirs.name), role_arn: None };
        let mut proposal = Proposal::new(removal);
        self.add_planned_changes(takeover, &mut proposal, observer);
        let spared: Vec<String> = found.iter().map(|one| one.from.logical_id.clone()).collect();
        for one in data_of(self.session, template, resources, &spared).await? {
            let StackResource { logical_id: id, physical_id: name, resource_type: kind, .. } = &one;
            let message = format!(
                "`{id}` ({name}, {kind}) is deleted with stack `{}`: the spec has no such resource",
                theirs.name
            );
            proposal.losses.push(Loss::of_data(id, message));
        }
        if theirs.termination_protection {
            let message = format!("stack `{}` is protected from termination", theirs.name);
            let help = format!(
                "to delete it, switch the protection off: `aws cloudformation update-termination-protection \
                 --stack-name {} --no-enable-termination-protection{}`",
                theirs.name,
                self.session.flags()
            );
            proposal.barred.push(Diagnostic::error(codes::GUARD_DECLINED, message).help(help));
        }
        let Session { account, names, .. } = self.session;
        let question = format!(
            "stack {} in account {account}, {}, is deleted, and {} takes over what is named above; until then no event is processed",
            theirs.name,
            self.session.region(),
            names.stack
        );
        proposal.question = Some(Question::word(&theirs.name, question));
        Ok(proposal)
    }

    /// The changes that the apply after the import makes to the adopted resources.
    fn add_planned_changes(
        &self,
        takeover: &Takeover<'_>,
        proposal: &mut Proposal<Removal>,
        observer: &mut dyn Observer,
    ) {
        let content = |template: &Value| Content {
            template: template.clone(),
            parameters: Default::default(),
            tags: Default::default(),
        };
        let (before, after) = (content(&takeover.import), content(takeover.ours));
        let mut plan = plan(&location(self.session), Some(&before), &after);
        plan.changes.retain(|change| change.action != Action::Add);
        if !plan.changes.is_empty() {
            observer.notice(Notice::Line(""));
            observer.notice(Notice::Plan(&plan));
        }
        for change in plan.losing() {
            let id = change.loser();
            proposal.losses.push(Loss::of_data(id, format!("`{id}` loses data: {}", change.why)));
        }
        for (change, obstacle) in plan.obstacles() {
            let message =
                format!("`{}` cannot become what the spec says: {}", change.logical_id, obstacle.reason);
            let help =
                format!("change the spec, or first change it in the other stack's source: {}", obstacle.help);
            proposal.barred.push(Diagnostic::error(codes::ADOPT_UNFIT, message).help(help));
        }
    }

    async fn retain(
        &self,
        theirs: &Stack,
        template: &Value,
        observer: &mut dyn Observer,
    ) -> Result<(), Failure> {
        let request = ChangeSetRequest {
            stack: theirs.name.clone(),
            creates: false,
            parameters: theirs.parameters.clone(),
            tags: theirs.tags.clone(),
            ..self.request(template, Vec::new()).await?
        };
        self.change(request, observer).await
    }

    /// Imports the retained resources into the spec's stack.
    async fn import(&self, takeover: &Takeover<'_>, observer: &mut dyn Observer) -> Result<(), Failure> {
        let Takeover { ours, resources, found, import, .. } = takeover;
        observer.notice(Notice::Line(&format!("\n  {} imports it", self.session.names.stack)));
        let imports = found.iter().map(Adopted::to_import).collect();
        let request =
            self.request(import, imports).await.map_err(|failure| self.with_retained_resources(failure))?;
        self.change(request, observer).await.map_err(|failure| self.with_retained_resources(failure))?;
        let names = &self.session.names;
        let has_function = resources
            .iter()
            .any(|one| one.resource_type == "AWS::Lambda::Function" && one.physical_id == names.processor)
            // Of a deleted stack, only the retained resources are known.
            || takeover.theirs.status.phase() == Phase::Deleted;
        let is_known = found.iter().any(|one| one.from.resource_type == "AWS::Logs::LogGroup");
        let Some(group) = Adopted::log_group(ours, &names.log_group)
            .filter(|_| has_function && !is_known && !self.session.is_local())
        else {
            return Ok(());
        };
        self.import_log_group(import, &group, observer).await
    }

    /// Lambda creates the log group at the function's first log line: only the import shows whether it exists.
    async fn import_log_group(
        &self,
        import: &Value,
        group: &Adopted,
        observer: &mut dyn Observer,
    ) -> Result<(), Failure> {
        let mut with_group = import.clone();
        with_group["Resources"][group.logical_id.as_str()] = serde_json::json!({
            "Type": group.from.resource_type,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"LogGroupName": self.session.names.log_group},
        });
        let request =
            ChangeSetRequest { creates: false, ..self.request(&with_group, vec![group.to_import()]).await? };
        match self.change(request, observer).await {
            Err(failure)
                if failure.diagnostics.iter().all(|one| one.code == codes::STACK_CHANGE_SET_FAILED) =>
            {
                Ok(())
            }
            other => other.map_err(|failure| self.with_retained_resources(failure)),
        }
    }

    /// Adds to a failure after the deletion that the data is retained.
    fn with_retained_resources(&self, mut failure: Failure) -> Failure {
        let again = self.session.command("apply", &format!("--adopt {}", self.former));
        for diagnostic in &mut failure.diagnostics {
            let help = diagnostic.help.take().map(|help| help + "; ").unwrap_or_default();
            diagnostic.help = Some(format!("{help}all data is retained: continue with `{again}`"));
        }
        failure
    }
}

/// Reports that events which arrived while no rule fed the queue are in the archive, if it was adopted.
fn report_archive(takeover: &Takeover<'_>, begun: jiff::Timestamp, observer: &mut dyn Observer) {
    let is_archive = |one: &&Adopted| one.from.resource_type == "AWS::Events::Archive";
    if let Some(archive) = takeover.found.iter().find(is_archive) {
        let name = &archive.from.physical_id;
        let line = format!(
            "\n  events since {begun:.0} are in archive {name}: when this apply is done, replay them from that time"
        );
        observer.notice(Notice::Line(&line));
    }
}

fn refused(message: String, help: String) -> Failure {
    Failure::refused(codes::ADOPT_UNFIT, message, help)
}
