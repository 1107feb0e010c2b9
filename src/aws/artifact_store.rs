use std::collections::BTreeMap;

use super::bucket_name;

/// The location of zips, large templates and the records of applies: a bucket, and a prefix of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactStore {
    pub bucket: String,
    /// The prefix of every key: empty, or with a slash at its end.
    pub prefix: String,
    /// The ARN of the KMS key that objects are encrypted with; `None`: the bucket's default.
    pub kms_key: Option<String>,
    /// The account that the bucket must belong to, twelve digits.
    pub account: String,
    pub maker: Maker,
}

/// Who creates and configures the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Maker {
    /// pipectl, with these tags.
    Pipectl { tags: BTreeMap<String, String> },
    /// Somebody else: pipectl only checks it.
    Others,
}

impl ArtifactStore {
    /// The bucket that pipectl creates for an account and region.
    #[must_use]
    pub fn own(account: &str, region: &str, tags: BTreeMap<String, String>) -> Self {
        Self {
            bucket: bucket_name(account, region),
            prefix: String::new(),
            kms_key: None,
            account: account.to_owned(),
            maker: Maker::Pipectl { tags },
        }
    }

    /// The key of an object in the bucket.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}
