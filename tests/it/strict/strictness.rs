//! The strict layer: every call is checked by the rules, and the local cloud's answers are edited to agree with them.

use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;

use super::call::Call;
use super::http::Message;
use super::memory::Memory;
use super::proposal::{Kind, Proposal};
use super::scene::Scene;
use super::story;
use super::upstream::{Line, Upstream};
use super::verdict::words;
use super::{change_set, operation, restored, rollback, table_key, xml};

pub(crate) struct Strictness {
    upstream: Upstream,
    pub(super) test: String,
    pub(crate) memory: Mutex<Memory>,
    /// Rules that are not applied at all.
    pub(crate) off: Mutex<BTreeSet<&'static str>>,
    /// Whether rules are enforced that are otherwise only recorded.
    pub(crate) complete: std::sync::atomic::AtomicBool,
}

impl Strictness {
    pub(crate) fn new(upstream: Upstream, test: String) -> Self {
        let (memory, off) = (Mutex::default(), Mutex::default());
        Self { upstream, test, memory, off, complete: std::sync::atomic::AtomicBool::new(false) }
    }

    pub(crate) fn answer(&self, call: &Call, request: &Message, line: &mut Line) -> io::Result<Message> {
        let scene = Scene::new(call, &self.upstream, &self.memory);
        if !call.region.is_empty() {
            scene.memory().regions.insert(call.region.clone());
        }
        if let Some(refusal) = self.refusal(&scene) {
            return Ok(refusal.answer(call));
        }
        if call.service != "cloudformation" {
            return restored::exchange(&scene, request, line);
        }
        if let Some(refusal) = change_set::refusal(&scene) {
            return Ok(refusal.answer(call));
        }
        let proposal = change_set::executed(&scene).or_else(|| Proposal::of(call, &self.upstream));
        let runs =
            ["CreateStack", "UpdateStack", "DeleteStack", "ExecuteChangeSet"].contains(&call.name.as_str());
        let mut other = None;
        if let Some(proposal) = proposal.as_ref().filter(|_| runs) {
            if let Some(answer) = self.failed(&scene, proposal) {
                return Ok(answer);
            }
            let is_update = proposal.kind == Kind::Update;
            let protected = if is_update { self.protected(&scene, proposal) } else { Vec::new() };
            table_key::remember(&scene, proposal);
            other = operation::begin(&scene, proposal, &protected);
        }
        table_key::settle(&scene);
        // Before it is created: the other one may be executed while this one is checked.
        let after_executions =
            proposal.as_ref().map_or(0, |proposal| change_set::executions(&scene, proposal));
        let mut answer = line.exchange(other.as_ref().unwrap_or(request))?;
        if call.name == "CreateChangeSet"
            && answer.status() == 200
            && let (Some(id), Some(mut proposal)) = (xml::first(&answer.text(), "Id"), proposal)
        {
            proposal.findings = self.findings(&scene, &proposal);
            proposal.after_executions = after_executions;
            scene.memory().change_sets.insert(id, proposal);
        }
        if let Some((proposal, faults)) = rollback::rolled_back(&scene)
            && faults.iter().all(|fault| self.enforces("protected_table", call, &words(fault)))
        {
            rollback::keep(&scene, &proposal, &faults);
        }
        change_set::edit(&scene, &mut answer);
        Ok(answer)
    }

    /// Answers for an operation in which a resource fails: it was accepted, and its end can already be read.
    fn failed(&self, scene: &Scene<'_>, proposal: &Proposal) -> Option<Message> {
        let call = scene.call;
        let faults = self.faults(scene, proposal);
        let fails = !faults.is_empty();
        let protected = if fails || proposal.kind == Kind::Deletion {
            self.protected(scene, proposal)
        } else {
            Vec::new()
        };
        if !fails && protected.is_empty() {
            return None;
        }
        if call.name == "CreateStack" {
            operation::reserve(scene, proposal);
        }
        let stack = self.upstream.stack(&proposal.region, &proposal.stack);
        let (id, status) = (xml::first(&stack, "StackId")?, xml::first(&stack, "StackStatus")?);
        if status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS" {
            // Another operation is in progress, which the local cloud reports itself.
            return None;
        }
        let location = (proposal.region.clone(), proposal.stack.clone());
        let former = scene.memory().stories.get(&location).cloned();
        let (story, events) = story::story(proposal, &id, &faults, &protected, former.as_ref());
        if proposal.kind == Kind::Creation {
            for fault in &protected {
                rollback::make_table(scene, proposal, &fault.logical_id);
            }
        }
        let mut memory = scene.memory();
        memory.events.entry(location.clone()).or_default().extend(events);
        memory.stories.insert(location, story);
        drop(memory);
        change_set::end(scene);
        if proposal.on_failure == "DELETE" && proposal.kind == Kind::Creation && protected.is_empty() {
            operation::forget(scene, proposal);
        }
        let name = &call.name;
        let body =
            format!("<{name}Response><{name}Result><StackId>{id}</StackId></{name}Result></{name}Response>");
        Some(Message::answer(200, "text/xml", body))
    }
}
