//! The KMS keys: a pipeline whose key cannot be used stores nothing.

use super::blueprint::Blueprint;
use super::check::{Checks, Fault, Hop};
use super::function::changed;
use super::look::{Seen, key_arns};
use super::reading::Reading;
use super::words::Words;
use crate::diagnostic::Diagnostic;
use crate::plan::{key_findings, unusable};
use crate::render::KeyPolicy;
use crate::stack::{FoundKey, KeyAnswer};

pub(super) fn check(blueprint: &Blueprint<'_>, seen: &Seen, words: &Words, checks: &mut Checks) {
    let arns = key_arns(blueprint);
    for ((needs, arn), reading) in blueprint.keys.iter().zip(arns).zip(&seen.keys) {
        let arn = arn.unwrap_or_else(|| "EncryptionKey".to_owned());
        match needs.key {
            Some(_) => of_others(&arn, needs, reading, words, checks),
            None => own(&arn, reading, checks),
        }
    }
    if let Some(reading) = &seen.key {
        checks.judge(Hop::Key, "EncryptionKey", reading, changed);
    }
}

/// The key that the stack creates: its policy is CloudFormation's own, and compared as such.
fn own(arn: &str, reading: &Reading<FoundKey>, checks: &mut Checks) {
    let reading = match reading {
        Reading::Found(FoundKey { state: KeyAnswer::Denied, .. }) => {
            &Reading::Denied("kms:DescribeKey".to_owned())
        }
        other => other,
    };
    checks.judge(Hop::Key, arn, reading, |found| match &found.state {
        KeyAnswer::Read(state) => unusable(arn, state).map(fault).into_iter().collect(),
        KeyAnswer::Denied => Vec::new(),
    });
}

/// A key that the spec names. An unknown state counts as a fault.
fn of_others(arn: &str, needs: &KeyPolicy, reading: &Reading<FoundKey>, words: &Words, checks: &mut Checks) {
    let findings = |found| key_findings(needs, found, &words.explain);
    let missing = || findings(None).into_iter().next().map_or_else(Fault::missing, fault);
    let all = reading.found().map_or_else(Vec::new, |found| findings(Some(found)));
    let (errors, unknown): (Vec<_>, Vec<_>) = all.into_iter().partition(Diagnostic::is_error);
    if !errors.is_empty() || unknown.is_empty() {
        checks.judge_or(Hop::Key, arn, reading, missing, |_| errors.into_iter().map(fault).collect());
    }
    if let Some(found) = reading.found().filter(|_| !unknown.is_empty()) {
        let reading: Reading<FoundKey> = match (&found.state, &found.policy) {
            (KeyAnswer::Denied, _) => Reading::Denied("kms:DescribeKey".to_owned()),
            (_, KeyAnswer::Denied) => Reading::Denied("kms:GetKeyPolicy".to_owned()),
            _ => {
                let messages: Vec<String> = unknown.into_iter().map(|one| one.message).collect();
                Reading::Unread(messages.join("; "))
            }
        };
        checks.judge(Hop::Key, arn, &reading, |_| Vec::new());
    }
}

fn fault(found: Diagnostic) -> Fault {
    let fault = Fault::new(found.message, "the pipeline can use it");
    match found.help {
        Some(help) => fault.repaired_by(help),
        None => fault,
    }
}
