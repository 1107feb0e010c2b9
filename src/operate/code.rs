//! The code of a function, by its hash.

use crate::stack::CallError;

/// The code of a function, or of one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// SHA-256 of its zip, in Base64.
    pub sha256: String,
    /// `$LATEST`, or the version's number.
    pub version: String,
    /// `Successful`, `InProgress` or `Failed`: what became of the last change of the function.
    pub last_update: String,
    /// Why that failed, in Lambda's words.
    pub reason: Option<String>,
    /// Changes with every change of the function.
    pub revision: Option<String>,
}

impl Code {
    /// Whether Lambda is still at it.
    #[must_use]
    pub fn is_changing(&self) -> bool {
        self.last_update == "InProgress"
    }
}

/// Where a zip is in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZipPlace {
    pub bucket: String,
    pub key: String,
    /// `None`: the newest.
    pub version: Option<String>,
}

/// What a function runs.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait CodeApi {
    /// The code of the function itself, which the next version is published of; `None` where there is no such function.
    async fn latest_code(&self, function: &str) -> Result<Option<Code>, CallError>;
    /// The code of the version that the alias `live` calls; `None` where there is no such alias.
    async fn live_code(&self, function: &str) -> Result<Option<Code>, CallError>;
    /// Gives the function another zip, unless it is another one than that of `revision` by now. Lambda takes a while.
    async fn set_code(&self, function: &str, zip: &ZipPlace, revision: Option<&str>)
    -> Result<(), CallError>;
    /// Makes a version of the function, unless its code is another one than `sha256` by now. Gives its number.
    async fn publish(&self, function: &str, sha256: &str, description: &str) -> Result<String, CallError>;
    /// Has the alias `live` call this version, and no other beside it.
    async fn make_live(&self, function: &str, version: &str) -> Result<(), CallError>;
}
