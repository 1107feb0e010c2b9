//! `apply --adopt STACK`: what another stack has becomes the spec's, with all that is in it.
//!
//! In steps, each verified before the next: the other stack is told to retain what is taken over; it is deleted; what it
//! left is imported into a stack of the spec's name. The apply that follows brings everything else.

use serde_json::Value;

use super::apply::Arguments;
use super::command_line::command_line;
use super::deployment::{busy, template};
use super::destroy::deployed;
use super::follower::followed;
use super::session::{self, Session};
use super::{Stop, ask};
use crate::apply::{
    Adopted, Standing, adopted, destroy, execute, import_template, lost, prepare, retaining, standing,
};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::plan::{Action, Content, Target, plan};
use crate::render;
use crate::report::{Console, harmless, plan_text};
use crate::stack::{
    CallError, ChangeSetRequest, DriftApi as _, Phase, ResourceToImport, Stack, StackApi as _, StackResource,
    TemplateSource,
};
use crate::validate::CheckedSpec;

/// Takes over what the stack `former` has. Nothing is left to do where that is done already.
pub(super) async fn take_over(
    former: &str,
    arguments: &Arguments,
    session: &Session,
    checked: &CheckedSpec,
    console: &mut Console,
) -> Result<(), Stop> {
    let adoption = Adoption { former, arguments, session, checked };
    // What can fail without harm comes first: from the deletion on the pipeline stands still.
    let ours = template(session.local, checked)?.parsed;
    adoption.run(&ours, console).await
}

struct Adoption<'a> {
    former: &'a str,
    arguments: &'a Arguments,
    session: &'a Session,
    checked: &'a CheckedSpec,
}

/// What is taken over, and how.
struct Takeover<'a> {
    ours: &'a Value,
    theirs: Stack,
    template: Value,
    resources: Vec<StackResource>,
    found: Vec<Adopted>,
    import: Value,
}

impl Adoption<'_> {
    async fn run(&self, ours: &Value, console: &mut Console) -> Result<(), Stop> {
        if self.former == self.session.names.stack {
            return Err(refused(
                format!("stack `{}` is the spec's own", self.former),
                "apply without `--adopt`; or give the new stack another name under `names.stack`".to_owned(),
            ));
        }
        let own = standing(self.session.stack().await?)?;
        let theirs = self.theirs().await?;
        let gone = theirs.as_ref().is_none_or(|theirs| theirs.status.phase() == Phase::Deleted);
        match own {
            // A former run did it, and was cut off in the apply after it.
            Standing::Present(_) | Standing::Running(_) if gone => return Ok(()),
            Standing::Absent => {}
            Standing::Present(own) | Standing::Running(own) => {
                return Err(refused(
                    format!(
                        "stack `{}` exists already beside `{}`, and a name belongs to one of them",
                        own.name, self.former
                    ),
                    format!("destroy `{}` first, or give the spec's stack another name", own.name),
                ));
            }
            Standing::Remains(own) => {
                return Err(refused(
                    format!("what a failed creation left of stack `{}` is in the way", own.name),
                    format!("remove it with `{}`, then run this again", self.command("recover")),
                ));
            }
        }
        let Some(theirs) = theirs else {
            return Err(refused(
                format!("there is no stack `{}`, and none was deleted in the last 90 days", self.former),
                "give the name of the stack that has the table; the table alone, retained, is adopted without `--adopt`"
                    .to_owned(),
            ));
        };
        let takeover = self.takeover(ours, theirs).await?;
        for one in &takeover.found {
            let name = harmless(one.name());
            console.note(&format!("  takes over    {name} ({}) as {}", one.from.logical_id, one.logical_id));
        }
        let begun = jiff::Timestamp::now();
        if !gone {
            self.foresee(&takeover, console)?;
            self.release(&takeover, console).await?;
        }
        self.import(&takeover, console).await?;
        self.tell_of_archive(&takeover, begun, console);
        console.note("");
        Ok(())
    }

    /// The other stack; by its name also where it is deleted already.
    async fn theirs(&self) -> Result<Option<Stack>, Stop> {
        let clients = &self.session.clients;
        if let Some(stack) = clients.stack(self.former).await? {
            return Ok(Some(stack));
        }
        match clients.deleted_stack(self.former).await? {
            Some(id) => Ok(clients.stack(&id).await?),
            None => Ok(None),
        }
    }

    async fn takeover<'t>(&self, ours: &'t Value, theirs: Stack) -> Result<Takeover<'t>, Stop> {
        let clients = &self.session.clients;
        let resources = self.resources(&theirs).await?;
        let text = clients.template(&theirs.id).await?;
        let Ok(template) = render::parse(&text) else {
            return Err(refused(
                format!("the template of stack `{}` is written with YAML tags such as `!Ref`", theirs.name),
                "deploy it once as JSON, or with `Ref:` and `Fn::GetAtt:`; its resources stay as they are"
                    .to_owned(),
            ));
        };
        let mut found = adopted(ours, &template, &resources)?;
        // The local cloud imports none of them; they are made anew there and held nothing.
        let is_local = |kind: &str| !kind.starts_with("AWS::Events::") && !kind.starts_with("AWS::Logs::");
        found.retain(|one| !self.session.local || is_local(&one.from.resource_type));
        let import = import_template(ours, &theirs, &template, &found)?;
        Ok(Takeover { ours, theirs, template, resources, found, import })
    }

    /// Of a deleted stack: what it left, by its events.
    async fn resources(&self, theirs: &Stack) -> Result<Vec<StackResource>, CallError> {
        let clients = &self.session.clients;
        if theirs.status.phase() != Phase::Deleted {
            return clients.resources(&theirs.id).await;
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

    /// What the apply after the import changes of what is taken over. It may be refused only now: once the other stack
    /// is gone, the pipeline would stand still over it.
    fn foresee(&self, takeover: &Takeover<'_>, console: &mut Console) -> Result<(), Stop> {
        let content = |template: &Value| Content {
            template: template.clone(),
            parameters: Default::default(),
            tags: Default::default(),
        };
        let target = Target {
            stack: self.session.names.stack.clone(),
            account: self.session.account.clone(),
            region: self.session.region().to_owned(),
        };
        let mut plan = plan(&target, Some(&content(&takeover.import)), &content(takeover.ours));
        plan.changes.retain(|change| change.action != Action::Add);
        if !plan.changes.is_empty() {
            console.note(&format!("\n{}", plan_text(&plan)));
        }
        let accepted = &self.arguments.accept;
        let changed = plan.unaccepted(accepted).map(|change| {
            data_loss(&change.logical_id, format!("`{}` loses data: {}", change.logical_id, change.why))
        });
        let barred = plan.obstacles().map(|(change, obstacle)| {
            let message =
                format!("`{}` cannot become what the spec says: {}", change.logical_id, obstacle.reason);
            let help = format!(
                "change the spec, or change it in the other stack's own source first: {}",
                obstacle.help
            );
            Diagnostic::error(codes::ADOPT_UNFIT, message).help(help)
        });
        let goes = lost(&takeover.template, &takeover.resources, &takeover.found);
        let goes = goes.iter().filter(|one| !accepted.contains(&one.logical_id)).map(|one| {
            let name = harmless(&one.physical_id);
            let id = &one.logical_id;
            data_loss(
                id,
                format!(
                    "`{id}` ({name}, {}) goes with stack `{}`: the spec has no such resource",
                    one.resource_type, takeover.theirs.name
                ),
            )
        });
        let diagnostics: Vec<Diagnostic> = changed.chain(barred).chain(goes).collect();
        if diagnostics.is_empty() {
            return Ok(());
        }
        Err(Stop::Failure(Failure { exit: Exit::Refused, diagnostics, sources: Vec::new() }))
    }

    /// Takes what is adopted out of the other stack: retained there first, for sure, then the stack goes.
    async fn release(&self, takeover: &Takeover<'_>, console: &mut Console) -> Result<(), Stop> {
        let Takeover { theirs, template, found, .. } = takeover;
        if theirs.status.phase() == Phase::Running {
            return Err(Stop::Failure(busy(theirs)));
        }
        if theirs.termination_protection {
            return Err(Stop::Failure(Failure::refused(
                codes::GUARD_DECLINED,
                format!("stack `{}` is protected from termination", theirs.name),
                format!(
                    "if it shall go, take the protection off: `aws cloudformation update-termination-protection \
                     --stack-name {} --no-enable-termination-protection`",
                    theirs.name
                ),
            )));
        }
        self.agree(theirs, console)?;
        if let Some(retained) = retaining(template, found) {
            console.note(&format!("\n  {} is told to retain what is taken over", theirs.name));
            self.retain(theirs, &retained, console).await?;
        }
        let now = deployed(self.session, theirs).await?;
        if retaining(&now, found).is_some() {
            return Err(refused(
                format!("stack `{}` does not retain what is to be taken over", theirs.name),
                "nothing was deleted; set `DeletionPolicy: Retain` in its own source, deploy it and run this again"
                    .to_owned(),
            ));
        }
        let Session { clients, clock, .. } = self.session;
        console.note(&format!("\n  {} is deleted", theirs.name));
        let token = session::token("adopt", &theirs.name);
        followed(self.session, console, async |tell| {
            destroy(clients, theirs, &token, None, *clock, tell).await
        })
        .await?;
        Ok(())
    }

    async fn retain(&self, theirs: &Stack, template: &Value, console: &mut Console) -> Result<(), Stop> {
        let request = ChangeSetRequest {
            stack: theirs.name.clone(),
            creates: false,
            parameters: theirs.parameters.clone(),
            tags: theirs.tags.clone(),
            ..self.request(template, Vec::new())
        };
        self.change(request, console).await
    }

    /// Imports what the other stack left into the spec's.
    async fn import(&self, takeover: &Takeover<'_>, console: &mut Console) -> Result<(), Stop> {
        let Takeover { ours, resources, found, import, .. } = takeover;
        console.note(&format!("\n  {} imports it", self.session.names.stack));
        let imports = found.iter().map(Adopted::to_import).collect();
        self.change(self.request(import, imports), console).await.map_err(|stop| self.kept(stop))?;
        let names = &self.session.names;
        let has_function = resources
            .iter()
            .any(|one| one.resource_type == "AWS::Lambda::Function" && one.physical_id == names.processor)
            // Of a deleted stack only what it left is known.
            || takeover.theirs.status.phase() == Phase::Deleted;
        let is_known = found.iter().any(|one| one.from.resource_type == "AWS::Logs::LogGroup");
        let Some(group) = Adopted::log_group(ours, &names.log_group)
            .filter(|_| has_function && !is_known && !self.session.local)
        else {
            return Ok(());
        };
        let mut with_group = import.clone();
        with_group["Resources"][group.logical_id.as_str()] = serde_json::json!({
            "Type": group.from.resource_type,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"LogGroupName": names.log_group},
        });
        let request =
            ChangeSetRequest { creates: false, ..self.request(&with_group, vec![group.to_import()]) };
        match self.change(request, console).await {
            // Lambda makes the group when the function first writes to it: only the import tells whether it did.
            Err(Stop::Failure(failure))
                if failure.diagnostics.iter().all(|one| one.code == codes::STACK_CHANGE_SET_FAILED) =>
            {
                Ok(())
            }
            other => other.map_err(|stop| self.kept(stop)),
        }
    }

    /// The failure of what was to follow the deletion.
    fn kept(&self, stop: Stop) -> Stop {
        let Stop::Failure(mut failure) = stop else { return stop };
        let again = self.command(&format!("apply --adopt {}", self.former));
        for diagnostic in &mut failure.diagnostics {
            let help = diagnostic.help.take().map(|help| help + "; ").unwrap_or_default();
            diagnostic.help = Some(format!("{help}all data is kept: go on with `{again}`"));
        }
        Stop::Failure(failure)
    }

    async fn change(&self, request: ChangeSetRequest, console: &mut Console) -> Result<(), Stop> {
        let Session { clients, clock, .. } = self.session;
        let prepared = prepare(clients, request, *clock).await?;
        if let Some(prepared) = prepared {
            followed(self.session, console, async |tell| execute(clients, &prepared, *clock, tell).await)
                .await?;
        }
        Ok(())
    }

    /// Of the spec's stack, which is made by it. No tags: an import takes none, and the apply after it brings them.
    fn request(&self, template: &Value, imports: Vec<ResourceToImport>) -> ChangeSetRequest {
        let token = session::token("adopt", &render::digest(template));
        ChangeSetRequest {
            stack: self.session.names.stack.clone(),
            name: token.clone(),
            token,
            creates: true,
            template: TemplateSource::Inline(template.to_string()),
            parameters: Default::default(),
            tags: Default::default(),
            role_arn: self.checked.spec().deploy.role_arn.clone().filter(|_| !imports.is_empty()),
            // The other stack may name its roles.
            names_a_role: true,
            watch: None,
            express: false,
            reverts_drift: false,
            imports,
        }
    }

    /// Events that came while no rule fed the queue are in the archive, if that was taken over.
    fn tell_of_archive(&self, takeover: &Takeover<'_>, begun: jiff::Timestamp, console: &mut Console) {
        let is_archive = |one: &&Adopted| one.from.resource_type == "AWS::Events::Archive";
        if let Some(archive) = takeover.found.iter().find(is_archive) {
            let name = harmless(&archive.from.physical_id);
            console.note(&format!(
                "\n  events since {begun:.0} wait in archive {name}: once this apply is done, replay it from then on"
            ));
        }
    }

    fn agree(&self, theirs: &Stack, console: &mut Console) -> Result<(), Stop> {
        let Session { account, local, names, .. } = self.session;
        if *local || self.arguments.yes {
            return Ok(());
        }
        let region = self.session.region();
        let question = format!(
            "stack {} in account {account}, {region}, is deleted, and {} takes over what is named above; until that is \
             done no event is processed",
            theirs.name, names.stack
        );
        ask::word(&theirs.name, &question, "--yes", console)
    }

    /// `recover`, or `apply --adopt STACK`, of this spec.
    fn command(&self, verb: &str) -> String {
        let (verb, more) = verb.split_once(' ').unwrap_or((verb, ""));
        command_line(verb, &self.arguments.specs[0], self.session.local, more)
    }
}

fn data_loss(logical_id: &str, message: String) -> Diagnostic {
    let help = format!("if that is meant, add `--accept data-loss:{logical_id}`");
    Diagnostic::error(codes::GUARD_DATA_LOSS, message).help(help)
}

fn refused(message: String, help: String) -> Stop {
    Stop::Failure(Failure::refused(codes::ADOPT_UNFIT, message, help))
}
