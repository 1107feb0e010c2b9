//! A plan in a file: what was reviewed is what is executed, or nothing is.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use camino::Utf8Path;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::deployment::{Deployment, Wanted};
use super::session::Session;
use super::{Global, Stop, written};
use crate::apply::Standing;
use crate::diagnostic::{Failure, codes};
use crate::package::{self, Artifact};
use crate::plan::Risk;
use crate::render::{self, Template};
use crate::report::Console;
use crate::spec::Spec;

/// What every saved plan begins with.
const MARK: &str = "{\"pipectl_plan\":";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pipectl_plan: u32,
    /// Of the plan's compact JSON with sorted keys.
    sha256: String,
    plan: Saved,
}

/// Everything an apply needs.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    made_at: String,
    /// pipectl's version.
    made_by: String,
    /// As it was given; for the words about what to do next.
    pub(super) spec_path: String,
    spec: Spec,
    local: bool,
    account: String,
    region: String,
    stack: String,
    /// Absent: there was no stack.
    stack_id: Option<String>,
    /// SHA-256 of the template, parameters and tags that were deployed.
    deployed: Option<String>,
    template: String,
    parameters: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    /// What loses data, and whether that was accepted.
    risks: BTreeMap<String, bool>,
    artifact: SavedArtifact,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedArtifact {
    key: String,
    binary_bytes: usize,
    /// Base64.
    zip: String,
}

/// Writes a plan to a file of its own.
///
/// # Errors
/// The file is another one, or cannot be written.
pub(super) fn write(
    path: &Utf8Path,
    spec: (&Utf8Path, &Spec),
    session: &Session,
    deployment: &Deployment,
    accepted: &[String],
    console: &mut Console,
) -> Result<(), Stop> {
    let unwritable = |reason: String, help: &str| {
        Failure::failed(codes::SOURCE_UNWRITABLE, format!("`{path}` cannot be written: {reason}"), help)
    };
    if path.exists() && !is_saved_plan(path) {
        let help = "name another file; only a saved plan is overwritten";
        return Err(unwritable("it is there, and no saved plan".to_owned(), help).into());
    }
    let risky = deployment.plan.changes.iter().filter(|change| change.risk == Risk::DataLoss);
    let plan = Saved {
        made_at: Timestamp::now().to_string(),
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        spec_path: spec.0.to_string(),
        spec: spec.1.clone(),
        local: session.local,
        account: session.account.clone(),
        region: session.region().to_owned(),
        stack: session.names.stack.clone(),
        stack_id: stack_id(&deployment.standing),
        deployed: deployment.seen.clone(),
        template: deployment.template.text.clone(),
        parameters: deployment.desired.parameters.clone(),
        tags: deployment.desired.tags.clone(),
        risks: risky
            .map(|change| (change.logical_id.clone(), accepted.contains(&change.logical_id)))
            .collect(),
        artifact: SavedArtifact {
            key: deployment.artifact.key.clone(),
            binary_bytes: deployment.artifact.binary_bytes,
            zip: BASE64.encode(&deployment.artifact.zip),
        },
    };
    let file = File { pipectl_plan: VERSION, sha256: digest(&plan), plan };
    let text = serde_json::to_string(&file).map_err(|error| unwritable(error.to_string(), "report this"))?;
    written::replace(path, &text)
        .map_err(|error| unwritable(error.kind().to_string(), "check the folder's permissions"))?;
    console.note(&format!("  {:<14}{path}", "saved"));
    Ok(())
}

/// The saved plan in a file; `None` for any other file.
///
/// # Errors
/// It is one, and not as it was written.
pub(super) fn read(path: &Utf8Path) -> Result<Option<Saved>, Stop> {
    if !is_saved_plan(path) {
        return Ok(None);
    }
    let damaged = |reason: &str| {
        let message = format!("`{path}` is not what `pipectl plan --out` wrote: {reason}");
        Stop::Failure(Failure::refused(
            codes::PLAN_DAMAGED,
            message,
            "make a new plan with `pipectl plan --out`",
        ))
    };
    let text = fs_err::read_to_string(path).map_err(|error| damaged(&error.kind().to_string()))?;
    let file: File = serde_json::from_str(&text).map_err(|_| damaged("it cannot be read"))?;
    if file.pipectl_plan != VERSION {
        return Err(damaged("it is of another version"));
    }
    // One plan has one text: what reads the same and is written otherwise was written by something else.
    if file.sha256 != digest(&file.plan) || serde_json::to_string(&file).ok().as_deref() != Some(&*text) {
        return Err(damaged("its digest is another"));
    }
    Ok(Some(file.plan))
}

fn is_saved_plan(path: &Utf8Path) -> bool {
    use std::io::Read as _;
    // A pipe gives its bytes once, and they are the spec reader's.
    if !path.is_file() {
        return false;
    }
    let mut begin = [0; MARK.len()];
    let read = fs_err::File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    path.extension() == Some("plan") || (read.is_ok() && begin == MARK.as_bytes())
}

fn digest(plan: &Saved) -> String {
    render::digest(&serde_json::to_value(plan).unwrap_or_default())
}

fn stack_id(standing: &Standing) -> Option<String> {
    match standing {
        Standing::Absent => None,
        Standing::Present(stack) | Standing::Running(stack) | Standing::Remains(stack) => {
            Some(stack.id.clone())
        }
    }
}

impl Saved {
    /// What may lose data without being asked for again.
    pub(super) fn accepted(&self) -> impl Iterator<Item = &String> {
        self.risks.iter().filter(|(_, accepted)| **accepted).map(|(id, _)| id)
    }

    /// The way to where the plan is for, and the deployment it holds.
    ///
    /// # Errors
    /// Another account, region or cloud, or the stack is no longer as the plan saw it: nothing was changed.
    pub(super) async fn open(
        self,
        global: &Global,
        console: &mut Console,
    ) -> Result<(Session, Deployment), Stop> {
        let refused =
            |message: String, help: &str| Stop::Failure(Failure::refused(codes::PLAN_STALE, message, help));
        if self.local != global.local {
            let (made, help) = if self.local {
                ("the local cloud", "add `--local`")
            } else {
                ("AWS", "leave out `--local`")
            };
            return Err(refused(format!("the plan was made for {made}"), help));
        }
        // Whatever the spec leaves open was settled when the plan was made.
        let mut spec = self.spec.clone();
        spec.deploy.account = Some(self.account.clone());
        spec.deploy.region = Some(self.region.clone());
        let session = Session::open(global, &spec, console).await?;
        let same_place = session.account == self.account && session.region() == self.region;
        let zip = BASE64.decode(&self.artifact.zip).ok().filter(|zip| package::key(zip) == self.artifact.key);
        let (Some(zip), Ok(parsed), true) = (zip, render::parse(&self.template), same_place) else {
            let message = "the plan was made for another place, or does not hold what it names";
            return Err(refused(message.to_owned(), "make a new plan"));
        };
        let template =
            Template { digest: render::digest(&parsed), text: self.template, parsed, warnings: Vec::new() };
        let artifact = Artifact { zip, key: self.artifact.key, binary_bytes: self.artifact.binary_bytes };
        let wanted = Wanted { template, parameters: self.parameters, tags: self.tags };
        let deployment =
            Deployment::compare(&session, &spec, artifact, wanted, session.stack().await?).await?;
        if stack_id(&deployment.standing) != self.stack_id || deployment.seen != self.deployed {
            return Err(refused(
                format!("stack `{}` is no longer what the plan of {} saw", self.stack, self.made_at),
                "make a new plan, and have it reviewed",
            ));
        }
        Ok((session, deployment))
    }
}
