//! A plan in a file: exactly what was reviewed is executed, or nothing.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use camino::Utf8Path;
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::acceptance::Acceptance;
use super::deployed_state::{DeployedState, observe};
use super::observer::{Notice, Observer};
use super::session::{Session, open};
use super::target::Target;
use super::wanted::Wanted;
use crate::diagnostic::{Failure, codes};
use crate::input::{self, Origin};
use crate::package::{self, Artifact};
use crate::plan::{Content, Plan};
use crate::render::{self, Template};
use crate::save::{self, Access, Own};
use crate::spec::Spec;

/// The beginning of every saved plan.
const MARK: &str = "{\"pipectl_plan\":";
const VERSION: u32 = 1;
/// This version of pipectl.
const OURS: &str = env!("CARGO_PKG_VERSION");
/// Bytes of a saved plan: Lambda accepts zips up to 250 MB, which are in Base64 here.
const LARGEST: u64 = 400 * 1024 * 1024;

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
pub struct Saved {
    made_at: String,
    /// pipectl's version.
    made_by: String,
    /// The spec's path on the command line, for the commands to type next.
    pub spec_path: String,
    spec: Spec,
    local: bool,
    account: String,
    region: String,
    stack: String,
    /// Absent: there was no stack.
    stack_id: Option<String>,
    /// SHA-256 of the deployed template, parameters and tags.
    deployed: Option<String>,
    template: String,
    parameters: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    /// What loses data, and whether that was accepted.
    risks: BTreeMap<String, bool>,
    /// Other acceptances, such as `adopt:EventsTable`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<String>,
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

/// Writes a plan to a new file. `spec`: its path on the command line, and its content.
///
/// # Errors
/// The file exists, or it cannot be written.
pub fn write_saved(
    path: &Utf8Path,
    spec: (&Utf8Path, &Spec),
    session: &Session,
    planned: (&Wanted, &DeployedState, &Plan),
    accepted: &[Acceptance],
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let unwritable = |reason: String, help: &str| {
        Failure::failed(codes::SOURCE_UNWRITABLE, format!("`{path}` cannot be written: {reason}"), help)
    };
    let (wanted, deployed_state, plan) = planned;
    let saved = Saved {
        made_at: Timestamp::now().to_string(),
        made_by: OURS.to_owned(),
        spec_path: spec.0.to_string(),
        spec: spec.1.clone(),
        local: session.is_local(),
        account: session.account.clone(),
        region: session.region().to_owned(),
        stack: session.names.stack.clone(),
        stack_id: deployed_state.stack_id(),
        deployed: deployed_state.digest(),
        template: wanted.template.text.clone(),
        parameters: wanted.parameters.clone(),
        tags: wanted.tags.clone(),
        risks: plan
            .losing()
            .map(|change| change.loser())
            .map(|id| (id.to_owned(), accepted.contains(&Acceptance::data_loss(id))))
            .collect(),
        accepted: others(accepted),
        artifact: SavedArtifact {
            key: wanted.artifact.key.clone(),
            binary_bytes: wanted.artifact.binary_bytes,
            zip: BASE64.encode(&wanted.artifact.zip),
        },
    };
    let file = File { pipectl_plan: VERSION, sha256: digest(&saved), plan: saved };
    let text = serde_json::to_string(&file).map_err(|error| unwritable(error.to_string(), "report this"))?;
    let own = Own { what: "a saved plan", begins: |head| head.starts_with(MARK.as_bytes()) };
    save::make_folder(path)
        .and_then(|()| save::replace_own(path, text.as_bytes(), Access::Owner, own))
        .map_err(|error| {
            unwritable(save::reason(&error), "name another file, or check the folder's permissions")
        })?;
    observer.notice(Notice::Line(&format!("  {:<14}{path}", "saved")));
    Ok(())
}

/// The acceptances other than losses of data.
fn others(accepted: &[Acceptance]) -> Vec<String> {
    let others = accepted.iter().filter(|accepted| !matches!(accepted, Acceptance::DataLoss(_)));
    others.map(ToString::to_string).collect()
}

/// The saved plan in a file; `None` for any other file.
///
/// # Errors
/// It is a plan and was changed, or another version of pipectl wrote it.
pub fn read_saved(path: &Utf8Path) -> Result<Option<Saved>, Failure> {
    if !is_saved_plan(path) {
        return Ok(None);
    }
    let damaged = |reason: &str| {
        let message = format!("`{path}` is not a plan as `pipectl plan --out` wrote it: {reason}");
        Failure::refused(codes::PLAN_DAMAGED, message, "make a new plan with `pipectl plan --out`")
    };
    let text = input::text(path, Origin::Own, LARGEST).map_err(|refusal| damaged(&refusal.to_string()))?;
    let found: Value = serde_json::from_str(&text).map_err(|_| damaged("it cannot be read"))?;
    // For a plan of any version: its digest, and the version that wrote it.
    if found["sha256"] != render::digest(&found["plan"]) {
        return Err(damaged("its digest does not match"));
    }
    let maker = found["plan"]["made_by"].as_str().and_then(|made_by| Version::parse(made_by).ok());
    if let Some(maker) = maker.filter(|maker| maker.to_string() != OURS) {
        return Err(of_another(path, &maker));
    }
    let file: File = serde_json::from_str(&text).map_err(|_| damaged("it cannot be read"))?;
    // A plan has exactly one text form: any other was not written by pipectl.
    if file.pipectl_plan != VERSION || serde_json::to_string(&file).ok().as_deref() != Some(&*text) {
        return Err(damaged("its format is different"));
    }
    Ok(Some(file.plan))
}

/// The error for a plan of another version, which could execute it differently than it was reviewed.
fn of_another(path: &Utf8Path, maker: &Version) -> Failure {
    Failure::refused(
        codes::PLAN_STALE,
        format!("`{path}` was made by pipectl {maker}, but this is {OURS}: plan again"),
        format!("make a new plan with `pipectl plan --out`, or apply this one with pipectl {maker}"),
    )
}

/// Whether the file is meant to be a saved plan: specs do not have the extension `.plan`.
fn is_saved_plan(path: &Utf8Path) -> bool {
    // A pipe can be read only once, by the reader of specs.
    path.is_file() && (path.extension() == Some("plan") || begins_as_saved(path))
}

/// Whether it is one: other tools have files with the extension `.plan`, too.
fn begins_as_saved(path: &Utf8Path) -> bool {
    use std::io::Read as _;
    let mut begin = [0; MARK.len()];
    let read = input::open(path).is_ok_and(|mut file| file.read_exact(&mut begin).is_ok());
    read && begin == MARK.as_bytes()
}

fn digest(plan: &Saved) -> String {
    render::digest(&serde_json::to_value(plan).unwrap_or_default())
}

impl Saved {
    /// The planned spec.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// What was accepted when the plan was saved.
    pub fn accepted(&self) -> impl Iterator<Item = Acceptance> {
        let losses = self.risks.iter().filter(|(_, accepted)| **accepted);
        let others = self.accepted.iter().filter_map(|accepted| accepted.parse().ok());
        losses.map(|(id, _)| Acceptance::data_loss(id)).chain(others)
    }

    /// The processor's zip, and the template as a value; `None`: they do not match their digests.
    #[must_use]
    pub fn unpack(&self) -> Option<(Vec<u8>, Value)> {
        let zip = BASE64.decode(&self.artifact.zip).ok()?;
        (package::key(&zip) == self.artifact.key).then_some((zip, render::parse(&self.template).ok()?))
    }
}

/// Opens a session for a saved plan, and compares it with the deployed state.
///
/// # Errors
/// Another account, region or cloud, or the stack has changed since the plan: nothing was changed.
pub async fn open_saved(
    saved: Saved,
    target: &Target,
    observer: &mut dyn Observer,
) -> Result<(Session, Wanted, DeployedState), Failure> {
    let refused = |message: String, help: &str| Failure::refused(codes::PLAN_STALE, message, help);
    if saved.local != target.local {
        let (made, help) =
            if saved.local { ("the local cloud", "add `--local`") } else { ("AWS", "leave out `--local`") };
        return Err(refused(format!("the plan was made for {made}"), help));
    }
    // Values that the spec omits were settled when the plan was saved.
    let mut spec = saved.spec.clone();
    spec.deploy.account = Some(saved.account.clone());
    spec.deploy.region = Some(saved.region.clone());
    let session = open(target, Utf8Path::new(&saved.spec_path), &spec, observer).await?;
    let is_same_location = session.account == saved.account && session.region() == saved.region;
    let (Some((zip, parsed)), true) = (saved.unpack(), is_same_location) else {
        let message = "the plan was made for another account or region, or its content is incomplete";
        return Err(refused(message.to_owned(), "make a new plan"));
    };
    let template =
        Template { digest: render::digest(&parsed), text: saved.template, parsed, warnings: Vec::new() };
    let artifact = Artifact { zip, key: saved.artifact.key, binary_bytes: saved.artifact.binary_bytes };
    let content =
        Content { template: template.parsed.clone(), parameters: saved.parameters, tags: saved.tags };
    let wanted = Wanted::new(&spec, artifact, content).with_text(template);
    let deployed_state = observe(&session).await?;
    if deployed_state.stack_id() != saved.stack_id || deployed_state.digest() != saved.deployed {
        return Err(refused(
            format!("stack `{}` has changed since the plan of {}", saved.stack, saved.made_at),
            "make a new plan, and have it reviewed",
        ));
    }
    Ok((session, wanted, deployed_state))
}
