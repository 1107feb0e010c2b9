//! The KMS keys: a pipeline whose key cannot be used stores nothing.

use super::blueprint::Blueprint;
use super::check::{Checks, Fault, Hop};
use super::function::changed;
use super::look::{Seen, key_arns};
use super::reading::Reading;
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{key_findings, unusable};
use crate::stack::KeyAnswer;

pub(super) fn check(blueprint: &Blueprint<'_>, seen: &Seen, checks: &mut Checks) {
    let arns = key_arns(blueprint);
    for ((needs, arn), reading) in blueprint.keys.iter().zip(arns).zip(&seen.keys) {
        let arn = arn.unwrap_or_else(|| "EncryptionKey".to_owned());
        let reading = readable(reading);
        checks.judge(Hop::Key, &arn, &reading, |found| match &found.state {
            // Its policy is CloudFormation's own, and compared as such.
            KeyAnswer::Read(state) if needs.key.is_none() => {
                unusable(&arn, state).map(fault).into_iter().collect()
            }
            _ => {
                let all = key_findings(needs, Some(found), "pipectl explain encryption --policy SPEC");
                all.into_iter().filter(|one| one.severity == Severity::Error).map(fault).collect()
            }
        });
    }
    if let Some(reading) = &seen.key {
        checks.judge(Hop::Key, "EncryptionKey", reading, changed);
    }
}

/// A key of which nothing may be read was not checked.
fn readable(reading: &Reading<crate::stack::FoundKey>) -> Reading<crate::stack::FoundKey> {
    match reading {
        Reading::Found(found) if found.state == KeyAnswer::Denied => {
            Reading::Denied("kms:DescribeKey".to_owned())
        }
        other => other.clone(),
    }
}

fn fault(found: Diagnostic) -> Fault {
    let fault = Fault::new(found.message, "the pipeline can use it");
    match found.help {
        Some(help) => fault.repaired_by(help),
        None => fault,
    }
}
