use std::collections::BTreeMap;

use super::bucket_name;

/// Where zips, large templates and the record of applies are: a bucket, and what its keys begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactStore {
    pub bucket: String,
    /// What every key begins with: empty, or with a slash at its end.
    pub prefix: String,
    /// The ARN of the KMS key that objects are encrypted with; `None`: what the bucket does by default.
    pub kms_key: Option<String>,
    /// The account that the bucket must belong to, twelve digits.
    pub account: String,
    pub maker: Maker,
}

/// Who makes the bucket and configures it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Maker {
    /// pipectl, with these tags.
    Pipectl { tags: BTreeMap<String, String> },
    /// Somebody else: it is only checked.
    Others,
}

impl ArtifactStore {
    /// The bucket that pipectl makes for an account and region.
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

    /// A name as the key it has in the bucket.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}
