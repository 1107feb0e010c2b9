use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{Encryption, QueueEncryption, Spec, UndeliveredEncryption};

const REGION: &str = "/deploy/region";
const ACCOUNT: &str = "/deploy/account";

/// SQS uses keys of its own region, CloudWatch notifies topics of its own region, CloudFormation assumes roles of
/// its own account.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut compare = |path: &str, arn: &str, part: Part, noun: &str| {
        let (location, ours) = match part {
            Part::Region => (REGION, spec.deploy.region.as_deref()),
            Part::Account => (ACCOUNT, spec.deploy.account.as_deref()),
        };
        let theirs = arn.split(':').nth(part as usize).unwrap_or_default();
        let Some(ours) = ours.filter(|ours| *ours != theirs) else { return };
        let what = if part == Part::Region { "region" } else { "account" };
        let message = format!("{noun} is in {what} `{theirs}`, but the stack is in `{ours}`");
        let diagnostic = Diagnostic::error(codes::DEPLOY_ELSEWHERE, message)
            .at(path, tree.value_location(path))
            .related("the stack's", location, tree.value_location(location))
            .help(format!("name one in {what} `{ours}`"));
        found.push(diagnostic);
    };
    if let Encryption::KmsKey(arn) = &spec.encryption {
        compare("/encryption/kms_key", &arn.0, Part::Region, "the key");
    }
    if let Some(QueueEncryption::KmsKey(arn)) = &spec.queue.encryption {
        compare("/queue/encryption/kms_key", &arn.0, Part::Region, "the queue's key");
    }
    if let UndeliveredEncryption::KmsKey(arn) = &spec.queue.undelivered.encryption {
        let path = "/queue/undelivered/encryption/kms_key";
        compare(path, &arn.0, Part::Region, "the key of undelivered events");
    }
    for (index, target) in
        spec.alarms.notify.iter().enumerate().filter(|(_, target)| target.starts_with("arn:"))
    {
        compare(&format!("/alarms/notify/{index}"), target, Part::Region, "the topic");
    }
    if let Some(role) = &spec.deploy.role_arn {
        compare("/deploy/role_arn", role, Part::Account, "the role");
    }
    // A rule is created in the region and account of its bus.
    if let Some(arn) = spec.bus.existing.as_deref().filter(|existing| existing.starts_with("arn:")) {
        compare("/bus/existing", arn, Part::Region, "the bus");
        compare("/bus/existing", arn, Part::Account, "the bus");
    }
    found
}

/// A part of an ARN, counted by its colons.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Region = 3,
    Account = 4,
}
