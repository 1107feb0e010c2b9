use std::collections::BTreeMap;

use serde_json::Value;

use super::CallError;

/// What KMS says of a key, as far as the caller may ask.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundKey {
    pub state: KeyAnswer<KeyState>,
    /// The policy document.
    pub policy: KeyAnswer<Value>,
}

/// The answer of a call that a caller may lack the permission for.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum KeyAnswer<T> {
    Read(T),
    /// Refused, for want of this action.
    #[default]
    Denied,
}

/// What a key can be used for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport` and the like.
    pub state: String,
    /// Whether it is a symmetric key for encryption, which is what all services of a pipeline take.
    pub symmetric: bool,
    /// Whether AWS manages it: nobody can change its policy.
    pub aws_managed: bool,
}

/// Keys of KMS.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait KeyApi {
    /// `None` where there is no such key. A call that is denied leaves its answer out.
    ///
    /// # Errors
    /// The first call that failed for another reason.
    async fn key(&self, arn: &str) -> Result<Option<FoundKey>, CallError>;
    /// The tags of a key.
    ///
    /// # Errors
    /// What the call says.
    async fn key_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, CallError>;
}
