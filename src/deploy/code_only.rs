//! Changes only the code: seconds instead of a change set's minutes, for a pipeline in development. Everything else
//! stays as deployed, and the next apply compares the running code with the template's.

use processor::config::Config;
use serde_json::Value;

use super::acceptance::Consent;
use super::artifact_store::parameters;
use super::artifacts::upload;
use super::deployed_state::{DeployedState, observe};
use super::downgrade::downgrade;
use super::execute::execute;
use super::live_code::{calls_published, live};
use super::observer::{Notice, Observer, Question};
use super::package::{mapping_file, package_for};
use super::planned::planned;
use super::proposal::Proposal;
use super::recorded::recorded;
use super::session::Session;
use super::set_code::NewCode;
use super::template::is_step;
use super::wanted::{Wanted, want};
use crate::apply::{DeployEvent, DeployOutcome};
use crate::diagnostic::{Failure, codes};
use crate::render::{config_of, spec_of};
use crate::spec::Spec;
use crate::stack::Stack;
use crate::validate::CheckedSpec;

/// The result of a change of code.
#[derive(Debug)]
pub struct CodeChange {
    /// Its `result` is `code changed` or `unchanged`.
    pub outcome: DeployOutcome,
    /// The version that is invoked now, if there are versions.
    pub version: Option<String>,
    /// How much of the spec is not deployed, besides the code, in a few words.
    pub beyond: Option<String>,
}

const CHANGED: &str = "code changed";
const UNCHANGED: &str = "unchanged";
/// The processor's configuration.
const SETTINGS: &str = "/Resources/Processor/Properties/Environment/Variables/PIPELINE_CONFIG";

/// Refuses production, which is only changed by CloudFormation. `apply`: the command that does it.
///
/// # Errors
/// The spec is production (exit 4).
pub fn refuse_code_of_production(spec: &Spec, apply: &str) -> Result<(), Failure> {
    if !spec.deploy.production {
        return Ok(());
    }
    Err(Failure::refused(
        codes::GUARD_PRODUCTION,
        "`--code-only` changes code without CloudFormation: no change set, canary or rollback; but the spec says \
         `deploy.production: true`",
        format!("run `{apply}`"),
    ))
}

/// Builds the processor and deploys it to the function, with the guards of an apply.
///
/// # Errors
/// A guard's refusal (exit 4), a running operation (exit 5), or those of the build or of Lambda.
pub async fn change_code(
    session: &Session,
    checked: &CheckedSpec,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<CodeChange, Failure> {
    let spec = checked.spec();
    refuse_code_of_production(spec, &session.command("apply", ""))?;
    session.pipeline().await?;
    let deployed_state = observe(session).await?;
    let (stack, template) = deployed(session, &deployed_state)?;
    let mapping = fitting(session, spec, template)?;
    let mut wanted = want(session, checked, observer)?;
    let plan = planned(session, &mut wanted, &deployed_state, Some(checked), observer).await?;
    let code = with_mapping(session, spec, &wanted, template, mapping, observer)?;
    let (name, region, account) = (&session.names.stack, session.region(), &session.account);
    observer.notice(Notice::Line(&format!(
        "  {:<14}{name} in {region}, account {account}, code only\n",
        "stack"
    )));
    let mut proposal = Proposal::new(());
    proposal.losses.extend(downgrade(&deployed_state));
    proposal.refuse_losses(consent)?;
    let uploaded = upload(session, &code, &deployed_state, observer).await?;
    let is_deployed = uploaded.parameters.get("ArtifactKey") == stack.parameters.get("ArtifactKey");
    let new = if is_deployed {
        NewCode::back(session, &uploaded.parameters, (stack, template)).await?
    } else {
        NewCode::of(session, &uploaded.parameters, (stack, template)).await?
    };
    let new = new.ok_or_else(|| unfit(session, "the stack has no function `Processor`"))?;
    let running = live(session, template, &new.function).await?;
    let is_live = running.is_some_and(|running| running.runs(&new.sha256));
    let version = if is_live { None } else { put(session, new, &code, consent, observer).await? };
    let outcome = DeployOutcome {
        stack: stack.name.clone(),
        result: if is_live { UNCHANGED } else { CHANGED },
        state: stack.status.to_string(),
        outputs: stack.outputs.clone(),
    };
    observer.notice(Notice::Event(&DeployEvent::Outcome(outcome.clone())));
    Ok(CodeChange { outcome, version, beyond: plan.beyond_code() })
}

impl CodeChange {
    #[must_use]
    pub fn changed(&self) -> bool {
        self.outcome.result == CHANGED
    }
}

/// Asks, and updates the code.
async fn put(
    session: &Session,
    new: NewCode,
    code: &Wanted,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<Option<String>, Failure> {
    let question =
        format!("change the code of {} in account {}, {}?", new.function, session.account, session.region());
    let mut proposal = Proposal::new(new);
    proposal.question = Some(Question::yes(question));
    let operation = ("apply --code-only", code.artifact.key.as_str());
    let result = |_: &Option<String>| CHANGED.to_owned();
    recorded(session, operation, observer, result, async |observer| {
        let approved = proposal.consent(session, consent, observer).await?;
        execute(session, approved, false, observer).await
    })
    .await
}

/// The stack and its template, unless it is production.
fn deployed<'a>(
    session: &Session,
    deployed_state: &'a DeployedState,
) -> Result<(&'a Stack, &'a Value), Failure> {
    let (Some(stack), Some(template)) = (deployed_state.present(), deployed_state.template()) else {
        return Err(unfit(session, "the stack is in a state in which code cannot be changed"));
    };
    // An interrupted apply left a version with part of the traffic, or is between two tables: only an apply can
    // continue.
    let has_alias = template["Resources"]["ProcessorAlias"].is_object();
    if is_step(template) || has_alias && !calls_published(template) {
        return Err(unfit(session, "an apply was interrupted"));
    }
    // The spec may have been edited since.
    if let Some(deployed) = spec_of(template) {
        refuse_code_of_production(&deployed, &session.command("apply", ""))?;
    }
    Ok((stack, template))
}

/// The mapping file that the deployed settings need next to the new program. The program must support them.
fn fitting(session: &Session, spec: &Spec, template: &Value) -> Result<Option<String>, Failure> {
    let wanted = spec.processor.architecture.as_str();
    let there = &template["Resources"]["Processor"]["Properties"]["Architectures"][0];
    if let Some(there) = there.as_str().filter(|there| *there != wanted) {
        return Err(unfit(
            session,
            &format!(
                "the deployed function runs on {there}, but the spec says `processor.architecture: {wanted}`"
            ),
        ));
    }
    let settings = template.pointer(SETTINGS).and_then(Value::as_str).unwrap_or_default();
    let of_deployed = config_of(template).and_then(|config| config.packed().file);
    let files = [None, of_deployed, mapping_file(spec)];
    let mut reason = String::new();
    for file in files {
        let read = |_: &str| file.clone().ok_or_else(|| "it is not in the zip".to_owned());
        match Config::unpacked(settings, read) {
            Ok(_) => return Ok(file),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(unfit(session, &format!("the new code cannot read the deployed settings: {reason}")))
}

/// The zip with the mapping file of the deployed settings.
fn with_mapping(
    session: &Session,
    spec: &Spec,
    wanted: &Wanted,
    template: &Value,
    mapping: Option<String>,
    observer: &mut dyn Observer,
) -> Result<Wanted, Failure> {
    if mapping == mapping_file(spec) {
        return Ok(wanted.clone());
    }
    let artifact = package_for(spec, session.is_local(), mapping.as_deref(), observer)?;
    let mut code = wanted.clone();
    code.parameters.extend(parameters(&session.store, template, &artifact.key));
    Ok(Wanted { artifact, ..code })
}

fn unfit(session: &Session, reason: &str) -> Failure {
    let help = format!("run `{}`, which changes code and settings together", session.command("apply", ""));
    Failure::refused(codes::GUARD_CODE_ONLY, format!("only the code cannot be changed: {reason}"), help)
}
