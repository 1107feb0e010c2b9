//! A call, checked by all rules.

use super::call::Call;
use super::log;
use super::memory::Breach;
use super::proposal::{Fault, Finding, Kind, Proposal};
use super::refusal::Refusal;
use super::rules::{RECORDED, RULES};
use super::scene::{Look, Rule, Scene};
use super::strictness::Strictness;

impl Strictness {
    /// Whether a rule is enforced, and not off or only recorded.
    pub(crate) fn holds(&self, rule: &str) -> bool {
        let complete = self.complete.load(std::sync::atomic::Ordering::Relaxed);
        !self.off.lock().expect("a lock").contains(rule) && (complete || !RECORDED.contains(&rule))
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        let off = self.off.lock().expect("a lock").clone();
        RULES.iter().filter(move |rule| !off.contains(rule.name))
    }

    pub(super) fn refusal(&self, scene: &Scene<'_>) -> Option<Refusal> {
        for rule in self.rules() {
            for look in rule.looks {
                let (calls, look): (_, &dyn Fn() -> Option<Refusal>) = match look {
                    Look::Call(calls, look) => (calls, &|| look(scene)),
                    Look::Note(calls, look) => (calls, &|| {
                        if let Some(words) = look(scene) {
                            self.note(rule.name, scene.call, &words, false);
                        }
                        None
                    }),
                    _ => continue,
                };
                if !calls.is_empty() && !calls.contains(&scene.call.name.as_str()) {
                    continue;
                }
                if let Some(refusal) = look()
                    && self.enforces(rule.name, scene.call, &refusal.message)
                {
                    return Some(refusal);
                }
            }
        }
        None
    }

    pub(super) fn findings(&self, scene: &Scene<'_>, proposal: &Proposal) -> Vec<Finding> {
        let mut found = Vec::new();
        for rule in self.rules() {
            for look in rule.looks {
                let Look::ChangeSet(look) = look else { continue };
                found.extend(look(scene, proposal));
            }
        }
        // Of two creations at once, the one that is executed first deletes the other's change set.
        if proposal.kind == Kind::Creation && !found.is_empty() {
            let stack = scene.upstream.stack(&proposal.region, &proposal.stack);
            found.retain(|_| stack.contains("<StackStatus>REVIEW_IN_PROGRESS<"));
        }
        found.retain(|finding| {
            let words = finding.reason.as_ref().unwrap_or(&finding.status_reason);
            self.enforces(finding.rule, scene.call, words)
        });
        found
    }

    pub(super) fn faults(&self, scene: &Scene<'_>, proposal: &Proposal) -> Vec<Fault> {
        let mut found = Vec::new();
        for rule in self.rules() {
            for look in rule.looks {
                let Look::Resource(look) = look else { continue };
                let fault = look(scene, proposal);
                found.extend(fault.filter(|fault| self.enforces(rule.name, scene.call, &words(fault))));
            }
        }
        found
    }

    pub(super) fn protected(&self, scene: &Scene<'_>, proposal: &Proposal) -> Vec<Fault> {
        let mut found = Vec::new();
        for rule in self.rules() {
            for look in rule.looks {
                let Look::Protected(look) = look else { continue };
                let faults = look(scene, proposal).into_iter();
                found.extend(faults.filter(|fault| self.enforces(rule.name, scene.call, &words(fault))));
            }
        }
        found
    }

    /// Records it; returns whether it is enforced.
    pub(super) fn enforces(&self, rule: &'static str, call: &Call, words: &str) -> bool {
        let enforced = self.holds(rule);
        self.note(rule, call, words, enforced);
        enforced
    }

    pub(super) fn note(&self, rule: &'static str, call: &Call, words: &str, enforced: bool) {
        let stack = call.text("StackName");
        let named = if stack.is_empty() { call.name.clone() } else { format!("{} {stack}", call.name) };
        let breach = Breach { rule, call: named, words: words.to_owned(), enforced };
        log::record(&self.test, &breach);
        self.memory.lock().expect("a lock").breaches.push(breach);
    }
}

/// The text in the record.
pub(super) fn words(fault: &Fault) -> String {
    format!("{}: {}", fault.logical_id, fault.reason)
}
