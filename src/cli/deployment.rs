//! What plan and apply share: the wanted content of the stack beside the deployed one.

use std::collections::BTreeMap;

use super::Stop;
use super::attribute::attribute;
use super::session::Session;
use crate::apply::{Standing, standing};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::local::{self, Bridge, bridges_of};
use crate::package::{Artifact, Destination, Machine, build, package};
use crate::plan::{Content, Plan, Target, plan};
use crate::render::{self, Template};
use crate::report::Console;
use crate::spec::{Architecture, Rollout, Spec};
use crate::stack::{Stack, StackApi as _};
use crate::validate::CheckedSpec;

/// Everything an apply needs to know before it changes anything.
pub(super) struct Deployment {
    pub(super) template: Template,
    pub(super) artifact: Artifact,
    pub(super) desired: Content,
    pub(super) standing: Standing,
    pub(super) plan: Plan,
    /// SHA-256 of what is deployed; `None` where no update can follow it.
    pub(super) seen: Option<String>,
    pub(super) role_arn: Option<String>,
    pub(super) production: bool,
    pub(super) rollout: Rollout,
    /// What the local cloud cannot do in a template and is done by its API instead; empty on AWS.
    pub(super) bridges: Vec<Bridge>,
    /// What was done so for the deployed stack.
    pub(super) former: Vec<Bridge>,
}

/// What the stack shall be made of.
pub(super) struct Wanted {
    pub(super) template: Template,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Deployment {
    /// `stack`: what is deployed.
    pub(super) async fn work_out(
        session: &Session,
        checked: &CheckedSpec,
        artifact: Artifact,
        stack: Option<Stack>,
    ) -> Result<Self, Stop> {
        let template = template(session.local, checked)?;
        let parameters = BTreeMap::from([
            ("ArtifactBucket".to_owned(), session.clients.artifact_bucket(&session.account)),
            ("ArtifactKey".to_owned(), artifact.key.clone()),
        ]);
        let wanted = Wanted { template, parameters, tags: checked.spec().tags() };
        let (mut deployment, deployed) =
            Self::between(session, checked.spec(), artifact, wanted, stack).await?;
        if let Some(deployed) = deployed {
            attribute(&mut deployment.plan, &deployed, &deployment.desired, checked, session.local);
        }
        Ok(deployment)
    }

    /// What is wanted beside what is deployed.
    pub(super) async fn compare(
        session: &Session,
        spec: &Spec,
        artifact: Artifact,
        wanted: Wanted,
        stack: Option<Stack>,
    ) -> Result<Self, Stop> {
        Ok(Self::between(session, spec, artifact, wanted, stack).await?.0)
    }

    async fn between(
        session: &Session,
        spec: &Spec,
        artifact: Artifact,
        wanted: Wanted,
        stack: Option<Stack>,
    ) -> Result<(Self, Option<Content>), Stop> {
        let Wanted { template, parameters, tags } = wanted;
        let desired = Content { template: template.parsed.clone(), parameters, tags };
        let standing = standing(stack)?;
        if let Standing::Running(stack) = &standing {
            return Err(Stop::Failure(busy(stack)));
        }
        let deployed = deployed(session, &standing).await?;
        let target = Target {
            stack: session.names.stack.clone(),
            account: session.account.clone(),
            region: session.region().to_owned(),
        };
        let plan = plan(&target, deployed.as_ref(), &desired);
        let former = deployed.as_ref().map(|deployed| bridges_of(&deployed.template)).unwrap_or_default();
        let seen = deployed.as_ref().and_then(|deployed| serde_json::to_value(deployed).ok());
        let deployment = Self {
            bridges: bridges_of(&template.parsed),
            seen: seen.map(|seen| render::digest(&seen)),
            role_arn: spec.deploy.role_arn.clone(),
            production: spec.deploy.production,
            rollout: spec.deploy.rollout.clone(),
            template,
            artifact,
            desired,
            standing,
            plan,
            former,
        };
        Ok((deployment, deployed))
    }
}

pub(super) fn busy(stack: &Stack) -> Failure {
    let message = format!("stack `{}` is busy: `{}`", stack.name, stack.status);
    let help = "wait until the running operation ends, or run `pipectl apply`, which follows it there";
    Failure::new(Exit::Busy, Diagnostic::error(codes::STACK_BUSY, message).help(help))
}

/// Builds and packs the processor for where it will run.
pub(super) fn package_processor(spec: &Spec, local: bool, console: &mut Console) -> Result<Artifact, Stop> {
    let destination = match spec.processor.architecture {
        _ if local => Destination::ThisMachine,
        Architecture::Arm64 => Destination::Lambda(Machine::Arm64),
        Architecture::X86_64 => Destination::Lambda(Machine::X86_64),
    };
    packaged(destination, console)
}

/// Builds and packs the processor, and tells how it goes.
pub(super) fn packaged(destination: Destination, console: &mut Console) -> Result<Artifact, Stop> {
    let activity = console.activity("processor");
    activity.update("cargo build --release --package processor");
    let built = build(destination, &mut |progress| activity.update(&progress.0));
    let artifact = built.and_then(|binary| package(&binary, destination));
    match artifact {
        Ok(artifact) => {
            let megabytes =
                |bytes: usize| f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1000.0;
            let words = format!(
                "built, {:.1} MB, zipped {:.1} MB",
                megabytes(artifact.binary_bytes),
                megabytes(artifact.zip.len())
            );
            console.finish(activity, &words);
            Ok(artifact)
        }
        Err(failure) => {
            activity.clear();
            Err(failure.into())
        }
    }
}

/// The template for AWS, or for the local cloud.
pub(super) fn template(local: bool, checked: &CheckedSpec) -> Result<Template, Stop> {
    let template = render::render(checked)?;
    if !local {
        return Ok(template);
    }
    let (parsed, _) = local::localize(&template.parsed).map_err(super::local::failure)?;
    Ok(Template::from_parsed(parsed))
}

/// What is deployed, where the stack is one that an update can follow.
async fn deployed(session: &Session, standing: &Standing) -> Result<Option<Content>, Stop> {
    let Standing::Present(stack) = standing else { return Ok(None) };
    let text = session.clients.template(&stack.name).await?;
    // A template of other making, with short-form intrinsics, cannot be compared: everything counts as changed.
    let template = render::parse(&text).unwrap_or_default();
    Ok(Some(Content { template, parameters: stack.parameters.clone(), tags: stack.tags.clone() }))
}
