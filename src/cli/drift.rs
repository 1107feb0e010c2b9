use camino::Utf8PathBuf;
use clap::Args;
use serde_json::Value;

use super::apply::data_loss;
use super::command_line::command_line;
use super::deployment::busy;
use super::destroy::deployed;
use super::follower::followed;
use super::session::{self, Session};
use super::{Global, Outcome, Stop, ask, spec};
use crate::apply::{
    Drift, DriftState, Prepared, Standing, abandon, drift, execute, expected_mapping, prepare, standing,
};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::{Console, Format, drift_text, harmless};
use crate::spec::Spec;
use crate::stack::{ChangeAction, ChangeSetRequest, DriftApi as _, ResourceChange, Stack, TemplateSource};

/// Show what was changed behind the stack's back: deleted resources and changed properties.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Set everything back to what was deployed.
    #[arg(long)]
    revert: bool,
    /// With `--revert`: answer the question with yes. `--local` never asks.
    #[arg(long, short, requires = "revert")]
    yes: bool,
    /// With `--revert`: accept the loss of what a resource holds, by its logical id.
    #[arg(long, value_name = "data-loss:LOGICAL_ID", value_parser = data_loss, requires = "revert")]
    accept: Vec<String>,
    /// Exit with 2 when something was changed.
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    session::run(global, async {
        let session = Session::open(global, checked.spec(), console).await?;
        let stack = settled(session.existing_stack(&arguments.spec).await?)?;
        let template = deployed(&session, &stack).await?;
        let found = drift(&session.clients, &stack, &template, session.clock).await;
        let found = found?;
        // With `--revert` the operation's events are the data: one object a line, as of every operation.
        match console.format {
            Format::Human => console.data(&drift_text(&found))?,
            Format::Json => console.data(&serde_json::to_string(&found).unwrap_or_default())?,
        }
        if arguments.revert && found.state == DriftState::Drifted {
            let revert = Revert { arguments, session: &session, stack: &stack, template: &template };
            revert.run(checked.spec(), &found, console).await?;
            return Ok(Exit::Done);
        }
        match found.state {
            DriftState::InSync => Ok(Exit::Done),
            DriftState::Unknown => Ok(Exit::Failed),
            DriftState::Drifted => {
                let revert = command_line("drift", &arguments.spec, session.local, "--revert");
                console.note(&format!("\n  next: {revert} sets it back"));
                Ok(if arguments.detailed_exitcode { Exit::Changes } else { Exit::Done })
            }
        }
    })
}

/// CloudFormation compares only a stack that is at rest.
fn settled(stack: Stack) -> Result<Stack, Failure> {
    match standing(Some(stack.clone()))? {
        Standing::Present(stack) => Ok(stack),
        Standing::Running(stack) => Err(busy(&stack)),
        Standing::Absent | Standing::Remains(_) => {
            let message = format!("stack `{}` is in `{}`: it has no resources", stack.name, stack.status);
            Err(Failure::failed(codes::STACK_STUCK, message, "get it out of there with `pipectl recover`"))
        }
    }
}

struct Revert<'a> {
    arguments: &'a Arguments,
    session: &'a Session,
    stack: &'a Stack,
    template: &'a Value,
}

impl Revert<'_> {
    async fn run(&self, spec: &Spec, found: &Drift, console: &mut Console) -> Result<(), Stop> {
        let Session { clients, .. } = self.session;
        let prepared = self.prepared(spec, found).await?;
        for change in prepared.iter().flat_map(|prepared| &prepared.change_set.changes) {
            console.note(&format!("  {} {}", sign(change.action), harmless(&change.logical_id)));
        }
        for (_, logical_id) in found.mappings() {
            console.note(&format!("  ~ {logical_id}, by Lambda itself"));
        }
        if let Err(stop) = self.agree(prepared.as_ref(), console) {
            if let Some(prepared) = &prepared {
                abandon(clients, prepared).await?;
            }
            return Err(stop);
        }
        for (uuid, logical_id) in found.mappings() {
            let set = clients.set_mapping(uuid, &expected_mapping(self.template, logical_id)).await;
            set?;
        }
        if let Some(prepared) = &prepared {
            followed(self.session, console, async |tell| {
                execute(clients, prepared, self.session.clock, tell).await
            })
            .await?;
        }
        console.note(&format!("\n  {} is what was deployed again", self.stack.name));
        Ok(())
    }

    /// A change set that compares with what there is; `None` where nothing of it is CloudFormation's.
    async fn prepared(&self, spec: &Spec, found: &Drift) -> Result<Option<Prepared>, Stop> {
        let Self { session, stack, .. } = self;
        if !found.needs_change_set() {
            return Ok(None);
        }
        let unable = |help: String| {
            let message =
                format!("the changes to stack `{}` cannot be reverted by CloudFormation", stack.name);
            Stop::Failure(Failure::failed(codes::STACK_CHANGE_SET_FAILED, message, help))
        };
        if session.local {
            return Err(unable(
                "the local cloud knows no drift-aware change sets: destroy and apply anew, or set each property back"
                    .to_owned(),
            ));
        }
        let token = session::token("revert", &stack.name);
        let request = ChangeSetRequest {
            stack: stack.name.clone(),
            name: token.clone(),
            token,
            creates: false,
            template: TemplateSource::Deployed,
            parameters: stack.parameters.clone(),
            tags: stack.tags.clone(),
            role_arn: spec.deploy.role_arn.clone(),
            names_a_role: session.names.role.is_some(),
            watch: None,
            express: false,
            reverts_drift: true,
            imports: Vec::new(),
        };
        let prepared = prepare(&session.clients, request, session.clock).await;
        let prepared = prepared?;
        prepared.map(Some).ok_or_else(|| {
            unable(
                "it finds nothing that it can set back: set each property back by hand, or apply".to_owned(),
            )
        })
    }

    fn agree(&self, prepared: Option<&Prepared>, console: &mut Console) -> Result<(), Stop> {
        let Self { arguments, session, stack, .. } = self;
        let loses = |change: &&ResourceChange| {
            let gone = matches!(change.action, ChangeAction::Replace | ChangeAction::Remove);
            let data = ["AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Events::Archive"];
            gone && data.contains(&change.resource_type.as_str())
                && !arguments.accept.contains(&change.logical_id)
        };
        let changes = prepared.map(|prepared| prepared.change_set.changes.as_slice()).unwrap_or_default();
        let diagnostics: Vec<Diagnostic> = changes
            .iter()
            .filter(loses)
            .map(|change| {
                let message = format!("`{}` would be replaced, with all that is in it", change.logical_id);
                let help = format!("if that is meant, add `--accept data-loss:{}`", change.logical_id);
                Diagnostic::error(codes::GUARD_DATA_LOSS, message).help(help)
            })
            .collect();
        if !diagnostics.is_empty() {
            return Err(Stop::Failure(Failure { exit: Exit::Refused, diagnostics, sources: Vec::new() }));
        }
        if session.local || arguments.yes {
            return Ok(());
        }
        let question =
            format!("set {} back in account {}, {}?", stack.name, session.account, session.region());
        ask::yes(&question, "--yes", console)
    }
}

fn sign(action: ChangeAction) -> &'static str {
    match action {
        ChangeAction::Add | ChangeAction::Import => "+",
        ChangeAction::Modify => "~",
        ChangeAction::Replace => "±",
        ChangeAction::Remove => "-",
    }
}
