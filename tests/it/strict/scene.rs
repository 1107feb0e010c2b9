//! The input of a rule.

use std::cell::OnceCell;
use std::sync::{Mutex, MutexGuard};

use super::call::Call;
use super::existing::Taken;
use super::memory::Memory;
use super::proposal::{Fault, Finding, Proposal};
use super::refusal::Refusal;
use super::trial::Trial;
use super::upstream::Upstream;

/// One rule of AWS that the local cloud does not enforce.
pub(crate) struct Rule {
    /// The name of its file.
    pub(crate) name: &'static str,
    /// The source of its message and its limit.
    pub(crate) source: &'static str,
    pub(crate) looks: &'static [Look],
    /// Breaks it, and checks AWS's answer. Without the rule it panics.
    pub(crate) proof: fn(&Trial<'_>),
}

/// When AWS refuses.
pub(crate) enum Look {
    /// The call is refused. The calls it applies to; empty: all.
    Call(&'static [&'static str], fn(&Scene<'_>) -> Option<Refusal>),
    /// The change set fails.
    ChangeSet(fn(&Scene<'_>, &Proposal) -> Option<Finding>),
    /// A resource fails while the operation runs, which is then rolled back.
    Resource(fn(&Scene<'_>, &Proposal) -> Option<Fault>),
    /// A resource cannot be deleted, by a deletion or a rollback.
    Protected(fn(&Scene<'_>, &Proposal) -> Vec<Fault>),
    /// AWS accepts it although it is useless; it is only recorded.
    Note(&'static [&'static str], fn(&Scene<'_>) -> Option<String>),
}

pub(crate) struct Scene<'a> {
    pub(crate) call: &'a Call,
    pub(crate) upstream: &'a Upstream,
    memory: &'a Mutex<Memory>,
    /// Computed once, however many rules need it.
    pub(super) taken: OnceCell<Vec<Taken>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(call: &'a Call, upstream: &'a Upstream, memory: &'a Mutex<Memory>) -> Self {
        Self { call, upstream, memory, taken: OnceCell::new() }
    }

    /// Must not be locked while the local cloud is called.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("a lock")
    }

    /// A region and a name in it.
    pub(crate) fn location(&self, name: &str) -> (String, String) {
        (self.call.region.clone(), name.to_owned())
    }
}
