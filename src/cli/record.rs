//! What was applied when and by whom, kept beside the artifacts: the history of a stack, and the way back in it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::deployment::Deployment;
use super::session::Session;
use super::{Stop, deployment};
use crate::diagnostic::{Failure, codes};
use crate::plan::Content;
use crate::report::Console;

/// One apply. Public JSON shape but for `content`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) version: u32,
    /// RFC 3339, in UTC.
    pub(super) at: String,
    /// The caller's ARN.
    pub(super) by: String,
    /// The spec, as it was given.
    pub(super) spec: String,
    /// pipectl's version.
    pub(super) pipectl: String,
    /// `created` or `updated`.
    pub(super) result: String,
    /// What changed, in a few words.
    pub(super) changes: String,
    pub(super) content: Content,
}

impl Record {
    /// When, for people.
    pub(super) fn moment(&self) -> String {
        let seconds = self.at.get(..19).unwrap_or(&self.at);
        format!("{} UTC", seconds.replace('T', " "))
    }
}

/// Keeps what was applied. An apply that succeeded does not fail for it.
pub(super) async fn keep(
    session: &Session,
    spec: &str,
    deployment: &Deployment,
    result: &str,
    console: &mut Console,
) {
    let at = Timestamp::now();
    let record = Record {
        version: 1,
        at: at.to_string(),
        by: session.caller.clone(),
        spec: spec.to_owned(),
        pipectl: env!("CARGO_PKG_VERSION").to_owned(),
        result: result.to_owned(),
        changes: crate::report::plan_count(&deployment.plan),
        content: deployment.desired.clone(),
    };
    let digest = deployment.template.digest.get(..8).unwrap_or_default();
    let key = format!("{}{}-{digest}.json", folder(session), at.strftime("%Y%m%dT%H%M%S%3fZ"));
    let text = serde_json::to_string(&record).unwrap_or_default();
    if let Err(error) = session.clients.upload_artifact(&session.account, &key, text.into_bytes()).await {
        console.note(&format!("  not kept for `pipectl history` and `pipectl rollback`: {error}"));
    }
}

/// The newest applies, newest first, at most `most` of them.
///
/// # Errors
/// What the calls say; that a record cannot be read.
pub(super) async fn newest(session: &Session, most: usize) -> Result<Vec<Record>, Stop> {
    let mut keys = session.clients.artifacts(&session.account, &folder(session)).await?;
    keys.sort();
    let mut records = Vec::new();
    for key in keys.iter().rev().take(most) {
        let bytes = session.clients.artifact(&session.account, key).await?;
        let record = serde_json::from_slice(&bytes).map_err(|error| {
            let message = format!("the record `{key}` cannot be read: {error}");
            Failure::failed(
                codes::AWS_CALL_FAILED,
                message,
                "remove it from the bucket, or use a newer pipectl",
            )
        })?;
        records.push(record);
    }
    Ok(records)
}

fn folder(session: &Session) -> String {
    format!("stacks/{}/", session.names.stack)
}

/// The zip a record names, from where it was uploaded.
///
/// # Errors
/// It is gone, or not what its name says.
pub(super) async fn artifact(session: &Session, record: &Record) -> Result<crate::package::Artifact, Stop> {
    let key = record.content.parameters.get("ArtifactKey").cloned().unwrap_or_default();
    let missing = |reason: String| {
        let message = format!("the processor of that version is gone: {reason}");
        let help = "check out its sources, and run `pipectl apply`";
        Stop::Failure(Failure::failed(codes::PACKAGE_NO_SOURCE, message, help))
    };
    let zip = session.clients.artifact(&session.account, &key).await;
    let zip = zip.map_err(|error| missing(error.to_string()))?;
    if crate::package::key(&zip) != key {
        return Err(missing(format!("`{key}` holds something else")));
    }
    Ok(crate::package::Artifact { binary_bytes: zip.len(), zip, key })
}

/// The deployment that makes the stack what a record says.
pub(super) async fn deployment(
    session: &Session,
    spec: &crate::spec::Spec,
    record: Record,
) -> Result<Deployment, Stop> {
    let artifact = artifact(session, &record).await?;
    let Content { template, parameters, tags } = record.content;
    let template = crate::render::Template::from_parsed(template);
    let wanted = deployment::Wanted { template, parameters, tags };
    Deployment::compare(session, spec, artifact, wanted, session.stack().await?).await
}
