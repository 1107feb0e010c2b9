//! What was applied when and by whom, kept beside the artifacts: the history of a stack, and the way back in it.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::allowed::allowed;
use super::artifacts;
use super::checkout::Checkout;
use super::command_line::quoted;
use super::deed::moment;
use super::observer::{Notice, Observer};
use super::session::Session;
use super::standing::Standing;
use super::wanted::Wanted;
use crate::aws::{self, ArtifactStore, Clients, Object};
use crate::diagnostic::Failure;
use crate::package;
use crate::plan::{Content, STEP};
use crate::render;
use crate::spec::Spec;
use crate::stack::CallError;

pub(super) const VERSION: u32 = 1;

/// One apply. Public JSON shape but for `content` and `key`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The name of the object that it is.
    #[serde(skip)]
    pub(super) key: String,
    pub version: u32,
    /// RFC 3339, in UTC.
    pub at: String,
    /// The caller's ARN.
    pub by: String,
    /// The spec, as it was given.
    pub spec: String,
    /// pipectl's version.
    pub pipectl: String,
    /// `created`, `updated` or `rolled back`.
    pub result: String,
    /// What changed, in a few words.
    pub changes: String,
    /// SHA-256 of what the spec says.
    #[serde(default)]
    pub spec_digest: Option<String>,
    /// The checkout that the spec lay in, if it lay in one.
    #[serde(default)]
    pub git: Option<Checkout>,
    pub content: Content,
}

impl Record {
    /// When, for people.
    #[must_use]
    pub fn moment(&self) -> String {
        moment(&self.at)
    }
}

/// Keeps what was applied, from this spec and checkout. An apply that succeeded does not fail for it: what could not be written
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

/// Of a spec and a checkout that are not known.
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

/// Whether it could be written.
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

/// Keeps what is deployed where the apply that made it was cut off before it could. Where the record may not be read, that is
/// reported: it is no reason to leave the stack as it is.
///
/// # Errors
/// What the calls say.
pub(super) async fn catch_up(
    session: &Session,
    standing: &Standing,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let Some(deployed) = standing.deployed.as_ref().filter(|deployed| is_ours(deployed)) else {
        return Ok(());
    };
    let what = "whether the last apply was recorded";
    if allowed(is_recorded(session, deployed).await, what, observer)? == Some(false) {
        // From which spec and checkout, nobody knows any more.
        let record = record(session, Timestamp::now(), deployed, "updated", CUT_OFF.to_owned());
        write(session, &record, observer).await;
    }
    Ok(())
}

/// Whether the newest record is of what is deployed.
async fn is_recorded(session: &Session, deployed: &Content) -> Result<bool, Failure> {
    let keys = names(&session.clients, &session.store, &session.names.stack).await?.applies;
    let Some(newest) = keys.last() else { return Ok(false) };
    if newest.ends_with(&format!("-{}.json", mark(deployed))) {
        return Ok(true);
    }
    // Records of before 0.2 are marked by their template alone.
    let known = read::<Record>(session, newest).await?;
    Ok(known.is_ok_and(|known| known.content == *deployed))
}

const CUT_OFF: &str = "recorded by the next apply, because this one was interrupted";

/// Whether it is a template of pipectl's with a processor, and neither what an import left nor a step on the way to another.
fn is_ours(content: &Content) -> bool {
    let ours = &content.template["Metadata"]["pipectl"];
    ours.is_object() && ours[STEP].is_null() && content.parameters.contains_key("ArtifactKey")
}

/// Digits of a digest that distinguish one content from another.
fn mark(content: &Content) -> String {
    let digest = render::digest(&serde_json::to_value(content).unwrap_or_default());
    digest.chars().take(8).collect()
}

/// The newest applies, newest first, at most `most` of them; and the records among them that cannot be used, which are skipped.
///
/// # Errors
/// What the calls say.
pub async fn newest_records(session: &Session, most: usize) -> Result<(Vec<Record>, Vec<Skipped>), Failure> {
    let names = names(&session.clients, &session.store, &session.names.stack).await?;
    read_newest(session, names.applies.iter().rev(), most).await
}

/// The same of names that are known, newest first.
pub(super) async fn read_newest<T: Written>(
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

/// Whether one of the newest applies, at most `most` of them, is of this kind. Reads no more than it takes to know.
///
/// # Errors
/// What the calls say.
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
    /// The evidence, in a folder of its own below.
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

/// The newest record of an apply; `None` where there is none that can be read.
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

/// What is kept as an object of its own.
pub(super) trait Written: DeserializeOwned {
    fn version(&self) -> u32;
    /// What the content does not say: the name of the object.
    fn named(self, key: &str) -> Self;
}

impl Written for Record {
    fn version(&self) -> u32 {
        self.version
    }

    fn named(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }
}

/// What was written for another day, in the form of this version.
async fn read<T: Written>(session: &Session, key: &str) -> Result<Result<T, Skipped>, Failure> {
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
    /// The object's version in the bucket.
    pub version: Option<String>,
    /// Of a damaged one, the command that shows its earlier versions; `None`: a newer pipectl wrote it.
    pub restore: Option<String>,
}

pub(super) fn folder(session: &Session) -> String {
    folder_of(&session.names.stack)
}

/// Where the records of a stack are.
fn folder_of(stack: &str) -> String {
    format!("stacks/{stack}/")
}

/// What was deployed, to be deployed again.
///
/// # Errors
/// The zip that it ran is nowhere to be found.
pub async fn wanted_again(session: &Session, spec: &Spec, content: Content) -> Result<Wanted, Failure> {
    let (artifact, parameters) = artifacts::recorded(session, &content).await?;
    let Content { template, tags, .. } = content;
    Ok(Wanted::new(spec, artifact, Content { template, parameters, tags }))
}
