//! Where a pipeline runs: partition, region and account, of which ARNs are made.

use crate::partition::Partition;
use crate::spec::{ResolvedNames, Spec};

/// Where a pipeline runs: the parts of ARNs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// `aws`, `aws-cn` and the like.
    pub partition: &'static str,
    pub region: String,
    /// Twelve digits.
    pub account: String,
    /// The bucket with zips, large templates and the record of applies.
    pub bucket: String,
    /// Prefix of its keys: empty, or with a slash at its end.
    pub prefix: String,
}

impl Location {
    #[must_use]
    pub fn new(region: &str, account: &str, bucket: String, prefix: String) -> Self {
        let partition = Partition::of(region).id;
        Self { partition, region: region.to_owned(), account: account.to_owned(), bucket, prefix }
    }

    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        let Self { partition, region, account, .. } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The ARN of a resource without a region.
    pub(super) fn global(&self, service: &str, resource: &str) -> String {
        let Self { partition, account, .. } = self;
        format!("arn:{partition}:{service}::{account}:{resource}")
    }

    /// The artifact bucket itself.
    pub(super) fn bucket(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition, self.bucket)
    }

    /// Keys of the artifact bucket, below the prefix.
    pub(super) fn keys(&self, keys: &str) -> String {
        format!("{}/{}{keys}", self.bucket(), self.prefix)
    }

    /// The zips of processors and the templates that are too large for a call. Their names are digests of their content,
    /// so pipelines may share them.
    pub(super) fn artifacts(&self) -> Vec<String> {
        vec![self.keys("processor/*"), self.keys("templates/*")]
    }

    pub(super) fn records(&self, names: &ResolvedNames) -> String {
        self.keys(&format!("stacks/{}/*", names.stack))
    }
}

/// The KMS key of the objects in the artifact bucket, by ARN.
pub(super) fn artifact_key(spec: &Spec) -> Option<String> {
    spec.deploy.artifacts.as_ref()?.kms_key.as_ref().map(|key| key.0.clone())
}

/// The KMS keys that a spec names, by ARN.
pub(super) fn named_keys(spec: &Spec) -> Vec<String> {
    use crate::spec::{Encryption, QueueEncryption, UndeliveredEncryption};
    let mut keys = Vec::new();
    if let Encryption::KmsKey(arn) = &spec.encryption {
        keys.push(arn.0.clone());
    }
    if let Some(QueueEncryption::KmsKey(arn)) = &spec.queue.encryption {
        keys.push(arn.0.clone());
    }
    if let UndeliveredEncryption::KmsKey(arn) = &spec.queue.undelivered.encryption {
        keys.push(arn.0.clone());
    }
    keys
}
