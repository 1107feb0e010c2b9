//! The zip in its bucket. Its name is the digest of its bytes, but a name proves nothing: S3's checksum is compared,
//! and the template names the version that has it.

use std::collections::BTreeMap;

use super::artifact_store::{
    BUCKET, KEY, NO_VERSION, PREFIX, StoredArtifact, VERSION, keep_key, parameters, pins, version,
};
use super::deployed_state::DeployedState;
use super::observer::{Notice, Observer};
use super::session::Session;
use super::wanted::Wanted;
use crate::aws::{self, BucketFault, Maker, Object};
use crate::diagnostic::{Failure, codes};
use crate::package::{self, Artifact, checksum, checksum_of};
use crate::plan::Content;

/// The deployed version, if it is of the same object.
fn deployed_version<'a>(wanted: &Wanted, deployed_state: &'a DeployedState) -> Option<&'a str> {
    let deployed = &deployed_state.present()?.parameters;
    let same = [BUCKET, PREFIX, KEY].iter().all(|name| deployed.get(*name) == wanted.parameters.get(*name));
    version(deployed).filter(|_| same)
}

/// Finds the version of the zip, if the bucket has it: the deployed one, so that nothing changes, else that of a
/// record, else the newest. A version with other bytes does not count. A bucket that the spec names is checked first.
///
/// # Errors
/// The bucket cannot be used or reached. If the caller may not read it, the deployed version is assumed to be right.
pub(super) async fn pin(
    session: &Session,
    wanted: &mut Wanted,
    deployed_state: &DeployedState,
) -> Result<(), Failure> {
    check(session).await?;
    if let Some(stack) = deployed_state.present() {
        keep_key(&mut wanted.parameters, &stack.parameters);
    }
    if !pins(&wanted.template.parsed) {
        return Ok(());
    }
    let deployed = deployed_version(wanted, deployed_state);
    let recorded = version(&wanted.parameters).map(str::to_owned);
    let versions: Vec<&str> = deployed.into_iter().chain(recorded.as_deref()).collect();
    let artifact = &wanted.artifact;
    let sha256 = checksum(&artifact.zip);
    let found = session.clients.same_artifact(&session.store, &artifact.key, &sha256, &versions).await;
    let found = match found {
        Err(error) if error.is_unreachable() => return Err(error.into()),
        Err(_) => deployed.map(str::to_owned),
        Ok(found) => found,
    };
    wanted.parameters.insert(VERSION.to_owned(), found.unwrap_or_else(|| NO_VERSION.to_owned()));
    Ok(())
}

/// Checks a bucket that pipectl did not create. It is not changed; missing settings are reported.
async fn check(session: &Session) -> Result<(), Failure> {
    let store = &session.store;
    if store.maker != Maker::Others {
        return Ok(());
    }
    let (bucket, region) = (&store.bucket, session.region());
    let Some(fault) = session.clients.bucket_fault(store).await? else { return Ok(()) };
    let (what, help) = match fault {
        BucketFault::Missing => {
            ("does not exist".to_owned(), "create it, or correct `deploy.artifacts.bucket`".to_owned())
        }
        BucketFault::Elsewhere(other) => (
            format!("is in region `{other}`, and Lambda reads code from `{region}` only"),
            format!("name a bucket in `{region}` as `deploy.artifacts.bucket`"),
        ),
        BucketFault::Denied => (
            format!("does not belong to account `{}`, or the caller may not read it", store.account),
            format!(
                "name a bucket of that account, and allow `s3:ListBucket` on it; `{}` prints the policy",
                session.command("permissions", "")
            ),
        ),
        BucketFault::KeepsNoVersions => (
            "has no versioning, but a rollback needs former versions".to_owned(),
            format!(
                "run `aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled{}`",
                session.flags()
            ),
        ),
    };
    Err(Failure::refused(
        codes::GUARD_ARTIFACT_BUCKET,
        format!("the artifact bucket `{bucket}` {what}"),
        help,
    ))
}

/// Uploads the zip unless its bytes are already there; returns the parameters with its version.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn upload(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    observer: &mut dyn Observer,
) -> Result<Wanted, Failure> {
    observer.notice(Notice::Begins("artifact"));
    let (store, artifact) = (&session.store, &wanted.artifact);
    let pins = pins(&wanted.template.parsed);
    // A template without a version parameter gets the newest version, so only that is checked.
    let versions: Vec<&str> = version(&wanted.parameters).into_iter().filter(|_| pins).collect();
    let content = aws::Content { bytes: artifact.zip.clone(), sha256: checksum(&artifact.zip) };
    let stored = session.clients.upload_artifact(store, &artifact.key, content, &versions).await;
    let words = match &stored {
        Ok(stored) if stored.is_new => Some(format!("uploaded to {}", store.bucket)),
        Ok(_) => Some(format!("is already in {}", store.bucket)),
        Err(_) => None,
    };
    observer.notice(Notice::Ends(words.as_deref()));
    let stored = stored?;
    warn_of_lost_former(session, wanted, deployed_state, observer).await;
    let mut wanted = wanted.clone();
    if pins {
        let Some(version) = stored.version else {
            return Err(Failure::failed(
                codes::AWS_CALL_FAILED,
                format!(
                    "S3 gave the zip in `{}` no version, although the bucket has versioning",
                    store.bucket
                ),
                "run the same command again in a few minutes: versioning takes effect after a while",
            ));
        };
        wanted.parameters.insert(VERSION.to_owned(), version);
    }
    Ok(wanted)
}

/// Warns if the former zip is missing, which a failed update rolls back to. It only warns: a refusal would prevent the
/// fix of a broken processor.
async fn warn_of_lost_former(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    observer: &mut dyn Observer,
) {
    let Some(former) = deployed_state.present().map(|stack| &stack.parameters) else { return };
    let Some(artifact) = StoredArtifact::of(former, &session.store) else { return };
    if artifact.name == wanted.artifact.key && artifact.version == version(&wanted.parameters) {
        return;
    }
    let Ok(found) = session.clients.found_artifact(&artifact.store, artifact.name, artifact.version).await
    else {
        return;
    };
    // What an older pipectl uploaded has no checksum.
    let is_same = |sha256: &Option<String>| sha256.is_none() || *sha256 == checksum_of(artifact.name);
    let what = match found {
        Some(found) if is_same(&found.sha256) => return,
        Some(_) => "has different content",
        None => "no longer exists",
    };
    let line = format!(
        "  warning       the former zip `{}` {what}: if this update fails, it cannot be rolled back automatically",
        artifact.store.key(artifact.name)
    );
    observer.notice(Notice::Warning(&line));
}

/// The zip of a record, and the parameters by which its template now finds it.
///
/// # Errors
/// No object has the content that its name states.
pub(super) async fn recorded(
    session: &Session,
    content: &Content,
) -> Result<(Artifact, BTreeMap<String, String>), Failure> {
    let lost = |reason: String| {
        let message = format!("the processor of that version no longer exists: {reason}");
        let help = format!("check out its sources, and run `{}`", session.command("apply", ""));
        Failure::failed(codes::PACKAGE_NO_SOURCE, message, help)
    };
    let Some(artifact) = StoredArtifact::of(&content.parameters, &session.store) else {
        return Err(lost("the record names no zip".to_owned()));
    };
    let is_here = artifact.store == session.store;
    let pinned = artifact.version.map(|version| (&artifact.store, Some(version)));
    let elsewhere = (!is_here).then_some((&session.store, None));
    let mut reason = String::new();
    for (store, version) in pinned.into_iter().chain([(&artifact.store, None)]).chain(elsewhere) {
        match session.clients.artifact(store, artifact.name, version).await {
            Ok(Object { bytes: zip, .. }) if package::key(&zip) == artifact.name => {
                let mut now = content.parameters.clone();
                now.extend(parameters(&session.store, &content.template, artifact.name));
                if let Some(version) = artifact.version.filter(|_| is_here) {
                    now.insert(VERSION.to_owned(), version.to_owned());
                }
                let key = artifact.name.to_owned();
                return Ok((Artifact { binary_bytes: zip.len(), zip, key }, now));
            }
            Ok(_) => reason = format!("`{}` has different content", store.key(artifact.name)),
            Err(error) if reason.is_empty() => reason = error.to_string(),
            Err(_) => {}
        }
    }
    Err(lost(reason))
}
