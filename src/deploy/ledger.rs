//! The evidence: what a command changed, who ran it, from which spec and commit, what was accepted, and how it ended.
//! Each command that changes something writes one, next to the records of the applies.
//!
//! It is written in two objects, which are never overwritten: one before the first change, and one at the end, which
//! repeats the first.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use jiff::Timestamp;

use super::checkout::checkout;
use super::evidence::{Entry, Evidence, EvidenceOutcome};
use super::given::given_consents;
use super::observer::{Notice, Observer};
use super::record::{VERSION, folder};
use super::session::Session;
use crate::aws;
use crate::package;

/// The folder within a stack's records.
pub(super) const FOLDER: &str = "operations/";
/// The suffix of the second object's name.
pub(super) const ENDED: &str = "-ended.json";

impl Entry {
    /// For a command that has not done anything yet.
    pub(super) fn new(session: &Session, operation: &str, chosen: &str) -> Self {
        let evidence = Evidence {
            version: VERSION,
            by: session.caller.clone(),
            spec: session.spec_path().to_string(),
            spec_digest: Some(session.spec_digest.clone()),
            pipectl: env!("CARGO_PKG_VERSION").to_owned(),
            operation: operation.to_owned(),
            chosen: chosen.to_owned(),
            ..Evidence::default()
        };
        Self { evidence, ..Self::default() }
    }

    /// At the first call, records that it begins.
    pub(super) async fn begin(&mut self, session: &Session) {
        if self.stem.is_some() {
            return;
        }
        self.evidence.git = checkout(session.spec_path()).await;
        self.evidence.consents = given_consents();
        let at = Timestamp::now();
        self.evidence.at = at.to_string();
        // Two that begin in the same millisecond need different names.
        let word = self.evidence.operation.replace(" --", "-");
        let random = RandomState::new().build_hasher().finish();
        let name = format!("{}-{word}-{random:016x}", at.strftime("%Y%m%dT%H%M%S%3fZ"));
        let stem = format!("{}{FOLDER}{name}", folder(session));
        self.write(session, format!("{stem}.json")).await;
        self.stem = Some(stem);
    }

    /// Records how it ended, if its beginning was recorded. A write that fails is reported.
    pub(super) async fn end(mut self, session: &Session, observer: &mut dyn Observer) {
        let Some(stem) = self.stem.take() else { return };
        self.evidence.ended = Some(Timestamp::now().to_string());
        self.evidence.consents = given_consents();
        if self.failed.is_none() {
            self.write(session, format!("{stem}{ENDED}")).await;
        }
        self.report(observer);
    }

    pub(super) fn report(&self, observer: &mut dyn Observer) {
        if let Some(error) = &self.failed {
            let line = format!("  not recorded  this {}, in the history: {error}", self.evidence.operation);
            observer.notice(Notice::Warning(&line));
        }
    }

    async fn write(&mut self, session: &Session, key: String) {
        let bytes = serde_json::to_string(&self.evidence).unwrap_or_default().into_bytes();
        let object = aws::Content { sha256: package::checksum(&bytes), bytes };
        let written = session.clients.create_artifact(&session.store, &key, object).await;
        self.failed = written.err().map(|error| error.to_string());
    }
}

/// The record of what a command does to messages: written before the first change, and again at its end.
pub struct Ledger<'a> {
    session: &'a Session,
    entry: Entry,
}

impl<'a> Ledger<'a> {
    /// Nothing is written yet.
    #[must_use]
    pub fn new(session: &'a Session, operation: &str, queue: &str, chosen: String) -> Self {
        let mut entry = Entry::new(session, operation, &chosen);
        queue.clone_into(&mut entry.evidence.queue);
        (entry.evidence.sent, entry.evidence.deleted) = (Some(0), Some(0));
        Self { session, entry }
    }

    /// At the first call, records that it begins.
    pub async fn begin(&mut self) {
        self.entry.begin(self.session).await;
    }

    /// Records how it ended, if its beginning was recorded. A write that fails is reported.
    pub async fn end(mut self, sent: usize, deleted: usize, complete: bool, observer: &mut dyn Observer) {
        let evidence = &mut self.entry.evidence;
        (evidence.sent, evidence.deleted, evidence.complete) = (Some(sent), Some(deleted), complete);
        evidence.outcome = Some(EvidenceOutcome::of(if complete { "done" } else { "incomplete" }));
        self.entry.end(self.session, observer).await;
    }
}
