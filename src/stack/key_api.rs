use std::collections::BTreeMap;

use serde_json::Value;

use super::CallError;

/// A key in KMS, as far as the caller may read it.
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
    /// Denied, because this action is missing.
    #[default]
    Denied,
}

/// Whether a key can be used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport` and the like.
    pub state: String,
    /// Whether it is a symmetric encryption key, which all services of a pipeline require.
    pub symmetric: bool,
    /// Whether AWS manages it: its policy cannot be changed.
    pub aws_managed: bool,
}

/// KMS keys.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait KeyApi {
    /// `None` if there is no such key. A denied call leaves its answer out.
    ///
    /// # Errors
    /// The first call that failed for another reason.
    async fn key(&self, arn: &str) -> Result<Option<FoundKey>, CallError>;
    /// The tags of a key.
    ///
    /// # Errors
    /// The error of the call.
    async fn key_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, CallError>;
}
