//! What plan and apply share: the wanted content of the stack beside the deployed one.

use std::collections::BTreeMap;

use super::Stop;
use super::attribute::attribute;
use super::session::{Session, gone};
use crate::apply::{Standing, standing};
use crate::diagnostic::Failure;
use crate::local::{self, Bridge, bridges_of};
use crate::package::{Artifact, Destination, Machine, build, package};
use crate::plan::{Content, Plan, Target, plan};
use crate::render::{self, Template};
use crate::report::Console;
use crate::spec::{Architecture, Spec};
use crate::stack::StackApi as _;
use crate::validate::CheckedSpec;

/// Everything an apply needs to know before it changes anything.
pub(super) struct Deployment {
    pub(super) template: Template,
    pub(super) artifact: Artifact,
    pub(super) desired: Content,
    pub(super) standing: Standing,
    pub(super) plan: Plan,
    /// What the local cloud cannot do in a template and is done by its API instead; empty on AWS.
    pub(super) bridges: Vec<Bridge>,
    /// What was done so for the deployed stack.
    pub(super) former: Vec<Bridge>,
}

impl Deployment {
    pub(super) async fn work_out(
        session: &Session,
        checked: &CheckedSpec,
        artifact: Artifact,
    ) -> Result<Self, Stop> {
        let spec = checked.spec();
        let (template, bridges) = template(session, checked)?;
        let parameters = BTreeMap::from([
            ("ArtifactBucket".to_owned(), session.clients.artifact_bucket(&session.account)),
            ("ArtifactKey".to_owned(), artifact.key.clone()),
        ]);
        let tags = spec.tags();
        let desired = Content { template: template.parsed.clone(), parameters, tags };
        let standing = standing(session.stack().await?)?;
        let deployed = deployed(session, &standing).await?;
        let target = Target {
            stack: session.names.stack.clone(),
            account: session.account.clone(),
            region: session.region().to_owned(),
        };
        let mut plan = plan(&target, deployed.as_ref(), &desired);
        if let Some(deployed) = &deployed {
            attribute(&mut plan, deployed, &desired, checked, session.local);
        }
        let former = deployed.map(|deployed| bridges_of(&deployed.template)).unwrap_or_default();
        Ok(Self { template, artifact, desired, standing, plan, bridges, former })
    }
}

/// Builds and packs the processor for where it will run.
pub(super) fn package_processor(spec: &Spec, local: bool, console: &mut Console) -> Result<Artifact, Stop> {
    let destination = match spec.processor.architecture {
        _ if local => Destination::ThisMachine,
        Architecture::Arm64 => Destination::Lambda(Machine::Arm64),
        Architecture::X86_64 => Destination::Lambda(Machine::X86_64),
    };
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

fn template(session: &Session, checked: &CheckedSpec) -> Result<(Template, Vec<Bridge>), Stop> {
    let template = render::render(checked)?;
    if !session.local {
        return Ok((template, Vec::new()));
    }
    let (parsed, bridges) = local::localize(&template.parsed).map_err(super::local::failure)?;
    Ok((Template::from_parsed(parsed), bridges))
}

/// What is deployed, where the stack is one that an update can follow.
async fn deployed(session: &Session, standing: &Standing) -> Result<Option<Content>, Stop> {
    let Standing::Present(stack) = standing else { return Ok(None) };
    let text = session
        .clients
        .template(&stack.name)
        .await
        .map_err(|error| gone(Failure::from(error), session.local))?;
    // A template of other making, with short-form intrinsics, cannot be compared: everything counts as changed.
    let template = render::parse(&text).unwrap_or_default();
    Ok(Some(Content { template, parameters: stack.parameters.clone(), tags: stack.tags.clone() }))
}
