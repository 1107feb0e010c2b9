use serde_json::Value;

use super::CallError;

/// What is there under a name, whoever made it.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait ExistingApi {
    /// A table in the words of its template: keys, attributes, indexes, billing, time to live, recovery, stream, encryption
    /// and protection. `None` where there is none.
    async fn existing_table(&self, name: &str) -> Result<Option<Value>, CallError>;
    /// Whether a resource of this type has the name; types that nobody asks about have none.
    async fn exists(&self, resource_type: &str, name: &str) -> Result<bool, CallError>;
    /// The stack that a resource belongs to; `None` where it belongs to none.
    async fn owner(&self, physical_id: &str) -> Result<Option<String>, CallError>;
}
