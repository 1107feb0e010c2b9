//! What was applied when and by whom, stored next to the artifacts: the history of a stack, and the basis of rollbacks.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::allowed::allowed;
use super::artifacts;
use super::checkout::Checkout;
use super::command_line::quoted;
use super::deployed_state::DeployedState;
use super::evidence::moment;
use super::observer::{Notice, Observer};
use super::session::Session;
use super::wanted::Wanted;
use crate::aws::{self, ArtifactStore, Clients, Object};
use crate::diagnostic::Failure;
use crate::package;
use crate::plan::{Content, STEP};
use crate::render;
use crate::spec::Spec;
use crate::stack::CallError;

pub(super) const VERSION: u32 = 1;

/// One apply. Public JSON shape, except `content` and `key`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The name of its object.
    #[serde(skip)]
    pub(super) key: String,
    pub version: u32,
    /// RFC 3339, in UTC.
    pub at: String,
    /// The caller's ARN.
    pub by: String,
    /// The spec's path on the command line.
    pub spec: String,
    /// pipectl's version.
    pub pipectl: String,
    /// `created`, `updated` or `rolled back`.
    pub result: String,
    /// What changed, in a few words.
    pub changes: String,
    /// SHA-256 of the spec's content.
    #[serde(default)]
    pub spec_digest: Option<String>,
    /// The checkout that contained the spec, if any.
    #[serde(default)]
    pub git: Option<Checkout>,
    pub content: Content,
}

impl Record {
    /// The time, for people.
    #[must_use]
    pub fn moment(&self) -> String {
        moment(&self.at)
    }
}

/// Records what was applied, with its spec and checkout. If that fails, the apply is still successful, and the failure
/// is reported.
pub(super) async fn keep(
    session: &Session,
    content: &Content,
    result: &str,
    changes: String,
    observer: &mut dyn Observer,
) {
    let at = Timestamp::now();
    let record = Record {
        spec_digest: Some(session.spec_digest.clone()),
        git: session.recording.git(),
        ..record(session, at, content, result, changes)
    };
    let is_written = write(session, &record, observer).await;
    session.recording.applied(is_written.then_some(record.key), &record.changes);
}

/// A record without spec and checkout.
fn record(session: &Session, at: Timestamp, content: &Content, result: &str, changes: String) -> Record {
    Record {
        key: key(session, at, content),
        version: VERSION,
        at: at.to_string(),
        by: session.caller.clone(),
        spec: session.spec_path().to_string(),
        pipectl: env!("CARGO_PKG_VERSION").to_owned(),
        result: result.to_owned(),
        changes,
        spec_digest: None,
        git: None,
        content: content.clone(),
    }
}

/// The name of a new record.
fn key(session: &Session, at: Timestamp, content: &Content) -> String {
    format!("{}{}-{}.json", folder(session), at.strftime("%Y%m%dT%H%M%S%3fZ"), mark(content))
}

/// Whether it was written.
async fn write(session: &Session, record: &Record, observer: &mut dyn Observer) -> bool {
    let bytes = serde_json::to_string(record).unwrap_or_default().into_bytes();
    let object = aws::Content { sha256: package::checksum(&bytes), bytes };
    let written = session.clients.upload_artifact(&session.store, &record.key, object, &[]).await;
    if let Err(error) = &written {
        let line = format!(
            "  not recorded  this apply, for `pipectl history` and `pipectl rollback`: {error}; the next apply that can write the record does so"
        );
        observer.notice(Notice::Warning(&line));
    }
    written.is_ok()
}

/// Records what is deployed if the apply was interrupted before it could. If the caller may not read the records, that
/// is only reported: it is not a reason to stop.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn catch_up(
    session: &Session,
    deployed_state: &DeployedState,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let Some(deployed) = deployed_state.deployed.as_ref().filter(|deployed| is_ours(deployed)) else {
        return Ok(());
    };
    let what = "whether the last apply was recorded";
    if allowed(is_recorded(session, deployed).await, what, observer)? == Some(false) {
        // Its spec and checkout are unknown by now.
        let record = record(session, Timestamp::now(), deployed, "updated", CUT_OFF.to_owned());
        write(session, &record, observer).await;
    }
    Ok(())
}

/// Whether the newest record is of the deployed content.
async fn is_recorded(session: &Session, deployed: &Content) -> Result<bool, Failure> {
    let keys = names(&session.clients, &session.store, &session.names.stack).await?.applies;
    let Some(newest) = keys.last() else { return Ok(false) };
    if newest.ends_with(&format!("-{}.json", mark(deployed))) {
        return Ok(true);
    }
    // The names of records from before 0.2 have only the template's digest.
    let known = read::<Record>(session, newest).await?;
    Ok(known.is_ok_and(|known| known.content == *deployed))
}

const CUT_OFF: &str = "recorded by the next apply, because this one was interrupted";

/// Whether it is a template of pipectl's with a processor, and neither from an import nor an intermediate step.
fn is_ours(content: &Content) -> bool {
    let ours = &content.template["Metadata"]["pipectl"];
    ours.is_object() && ours[STEP].is_null() && content.parameters.contains_key("ArtifactKey")
}

/// Digits of a digest that identify a content.
fn mark(content: &Content) -> String {
    let digest = render::digest(&serde_json::to_value(content).unwrap_or_default());
    digest.chars().take(8).collect()
}

/// The newest applies, newest first, at most `most`; and the records among them that cannot be used, which are skipped.
///
/// # Errors
/// A call to AWS failed.
pub async fn newest_records(session: &Session, most: usize) -> Result<(Vec<Record>, Vec<Skipped>), Failure> {
    let names = names(&session.clients, &session.store, &session.names.stack).await?;
    read_newest(session, names.applies.iter().rev(), most).await
}

/// The same for known names, newest first.
pub(super) async fn read_newest<T: Recorded>(
    session: &Session,
    names: impl IntoIterator<Item = &String>,
    most: usize,
) -> Result<(Vec<T>, Vec<Skipped>), Failure> {
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    for key in names {
        if found.len() == most {
            break;
        }
        match read(session, key).await? {
            Ok(one) => found.push(one),
            Err(one) => skipped.push(one),
        }
    }
    Ok((found, skipped))
}

/// Whether one of the newest applies, at most `most`, matches. Stops reading at the first one.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn newest_matching(
    session: &Session,
    most: usize,
    matches: impl Fn(&Record) -> bool,
) -> Result<bool, Failure> {
    let names = names(&session.clients, &session.store, &session.names.stack).await?;
    for key in names.applies.into_iter().rev().take(most) {
        if read(session, &key).await?.is_ok_and(|record: Record| matches(&record)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The names of a stack's records, oldest first: they begin with the time.
pub(super) struct Names {
    pub(super) applies: Vec<String>,
    /// The evidence, in a folder of its own.
    pub(super) others: Vec<String>,
}

pub(super) async fn names(clients: &Clients, store: &ArtifactStore, stack: &str) -> Result<Names, CallError> {
    let folder = folder_of(stack);
    let mut keys = clients.artifacts(store, &folder).await?;
    keys.sort();
    let is_apply = |key: &String| key.strip_prefix(&folder).is_some_and(|name| !name.contains('/'));
    let (applies, others) = keys.into_iter().partition(is_apply);
    Ok(Names { applies, others })
}

/// The newest record of an apply; `None` if none can be read.
pub(super) async fn newest(
    clients: &Clients,
    store: &ArtifactStore,
    stack: &str,
) -> Result<Option<Record>, CallError> {
    let names = names(clients, store, stack).await?;
    let Some(newest) = names.applies.last() else { return Ok(None) };
    let Object { bytes, .. } = clients.artifact(store, newest, None).await?;
    let record: Option<Record> = serde_json::from_slice(&bytes).ok();
    Ok(record.filter(|record| record.version == VERSION).map(|record| record.named(newest)))
}

/// A type that is stored as an object of its own.
pub(super) trait Recorded: DeserializeOwned {
    fn version(&self) -> u32;
    /// Adds the object's name, which is not in its content.
    fn named(self, key: &str) -> Self;
}

impl Recorded for Record {
    fn version(&self) -> u32 {
        self.version
    }

    fn named(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }
}

/// Reads an object that may be of another version, in the form of this version.
async fn read<T: Recorded>(session: &Session, key: &str) -> Result<Result<T, Skipped>, Failure> {
    let Object { bytes, version } = session.clients.artifact(&session.store, key, None).await?;
    let read: Option<T> = serde_json::from_slice(&bytes).ok();
    if let Some(read) = read.filter(|read| read.version() == VERSION) {
        return Ok(Ok(read.named(key)));
    }
    let form: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let is_newer = form["version"].as_u64().is_some_and(|version| version > VERSION.into());
    let restore = (!is_newer).then(|| {
        let (bucket, full) = (quoted(&session.store.bucket), quoted(&session.store.key(key)));
        format!("aws s3api list-object-versions --bucket {bucket} --prefix {full}{}", session.flags())
    });
    Ok(Err(Skipped { key: key.to_owned(), version, restore }))
}

/// A record that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub key: String,
    /// The version of the object in the bucket.
    pub version: Option<String>,
    /// For a damaged one, the command that lists its earlier versions; `None`: a newer pipectl wrote it.
    pub restore: Option<String>,
}

pub(super) fn folder(session: &Session) -> String {
    folder_of(&session.names.stack)
}

/// The folder of a stack's records.
fn folder_of(stack: &str) -> String {
    format!("stacks/{stack}/")
}

/// A former content, to be deployed again.
///
/// # Errors
/// Its zip does not exist any more.
pub async fn wanted_again(session: &Session, spec: &Spec, content: Content) -> Result<Wanted, Failure> {
    let (artifact, parameters) = artifacts::recorded(session, &content).await?;
    let Content { template, tags, .. } = content;
    Ok(Wanted::new(spec, artifact, Content { template, parameters, tags }))
}
