//! The code of a function, by its hash.

use crate::stack::CallError;

/// The code of a function, or of one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// SHA-256 of its zip, in Base64.
    pub sha256: String,
    /// `$LATEST`, or the version's number.
    pub version: String,
    /// `Successful`, `InProgress` or `Failed`: the state of the function's last change.
    pub last_update: String,
    /// Why that failed, in Lambda's words.
    pub reason: Option<String>,
    /// Changes with every change of the function.
    pub revision: Option<String>,
}

impl Code {
    /// Whether Lambda is still changing it.
    #[must_use]
    pub fn is_changing(&self) -> bool {
        self.last_update == "InProgress"
    }
}

/// The location of a zip in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZipLocation {
    pub bucket: String,
    pub key: String,
    /// `None`: the newest.
    pub version: Option<String>,
}

/// The code of functions.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait CodeApi {
    /// The code of the function itself, from which the next version is published; `None` if there is no such function.
    async fn latest_code(&self, function: &str) -> Result<Option<Code>, CallError>;
    /// The code of the version that the alias `live` points to; `None` if there is no such alias.
    async fn live_code(&self, function: &str) -> Result<Option<Code>, CallError>;
    /// Updates the function's code, unless its revision is no longer `revision`. Lambda takes a while.
    async fn set_code(
        &self,
        function: &str,
        zip: &ZipLocation,
        revision: Option<&str>,
    ) -> Result<(), CallError>;
    /// Publishes a version of the function, unless its code is no longer `sha256`. Returns its number.
    async fn publish(&self, function: &str, sha256: &str, description: &str) -> Result<String, CallError>;
    /// Points the alias `live` to this version only.
    async fn make_live(&self, function: &str, version: &str) -> Result<(), CallError>;
}
