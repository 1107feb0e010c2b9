use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ServerSideEncryption};

use super::Clients;
use super::artifact_store::ArtifactStore;
use super::error::missing;
use super::timeouts::{TRANSFER, timeouts};
use crate::stack::{CallError, CallErrorKind};

/// An existing object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `None` if the bucket had no versioning when it was written.
    pub version: Option<String>,
    /// Base64 of the SHA-256 that S3 computed when it was written; `None` if the writer did not ask for one.
    pub sha256: Option<String>,
}

/// An object with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub bytes: Vec<u8>,
    /// `None` if the bucket has no versioning.
    pub version: Option<String>,
}

/// The content to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub bytes: Vec<u8>,
    /// Base64 of the SHA-256 of the bytes.
    pub sha256: String,
}

/// The stored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// `None` if the bucket has no versioning.
    pub version: Option<String>,
    /// Whether it had to be uploaded.
    pub is_new: bool,
}

impl Clients {
    /// The URL by which CloudFormation reads this version of an object.
    #[must_use]
    pub fn artifact_url(&self, store: &ArtifactStore, name: &str, version: Option<&str>) -> String {
        let (bucket, key) = (&store.bucket, store.key(name));
        let query = version.map(|version| format!("?versionId={version}")).unwrap_or_default();
        match &self.local_endpoint {
            Some(endpoint) => format!("{}/{bucket}/{key}{query}", endpoint.trim_end_matches('/')),
            None => {
                format!("https://{bucket}.s3.{}.{}/{key}{query}", self.region, self.partition().dns_suffix)
            }
        }
    }

    /// Looks up an object, or one version of it. `None`: it does not exist.
    ///
    /// # Errors
    /// That of the call. HEAD has no body, so a denial does not name its reason.
    pub async fn found_artifact(
        &self,
        store: &ArtifactStore,
        name: &str,
        version: Option<&str>,
    ) -> Result<Option<Found>, CallError> {
        let head = self
            .s3
            .head_object()
            .bucket(&store.bucket)
            .key(store.key(name))
            .set_version_id(version.map(str::to_owned))
            .expected_bucket_owner(&store.account)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await;
        match head.map_err(|error| self.call_error("s3:GetObject", &error)) {
            Ok(head) => {
                Ok(Some(Found { version: version_of(head.version_id), sha256: head.checksum_sha256 }))
            }
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(None),
            // S3 answers with an error to a version id that it cannot have issued, and to a delete marker.
            Err(error) if version.is_some() && error.kind == CallErrorKind::Refused => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The version of an object whose content has this SHA-256: one of `versions`, else the newest. `None`: no version
    /// has it.
    pub async fn same_artifact(
        &self,
        store: &ArtifactStore,
        name: &str,
        sha256: &str,
        versions: &[&str],
    ) -> Result<Option<String>, CallError> {
        for version in versions.iter().copied().map(Some).chain([None]) {
            let found = self.found_artifact(store, name, version).await?;
            let same = found.filter(|found| found.sha256.as_deref() == Some(sha256));
            if let Some(version) = same.and_then(|found| found.version) {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    /// Uploads content unless an object with the same bytes exists, and creates the bucket on first use. `versions`:
    /// the versions to check besides the newest.
    ///
    /// # Errors
    /// The bucket belongs to another account, or a permission is missing.
    pub async fn upload_artifact(
        &self,
        store: &ArtifactStore,
        name: &str,
        content: Content,
        versions: &[&str],
    ) -> Result<Stored, CallError> {
        match self.same_artifact(store, name, &content.sha256, versions).await {
            Ok(Some(version)) => return Ok(Stored { version: Some(version), is_new: false }),
            Ok(None) => {}
            // HEAD has no body, so a missing bucket, a missing key and a missing permission look the same.
            Err(error) if error.is_unreachable() => return Err(error),
            Err(_) => {}
        }
        self.make_bucket(store).await?;
        self.write_artifact(store, name, content).await
    }

    /// Writes an object into an existing bucket. An object of this name is overwritten.
    ///
    /// # Errors
    /// That of the call.
    pub async fn write_artifact(
        &self,
        store: &ArtifactStore,
        name: &str,
        content: Content,
    ) -> Result<Stored, CallError> {
        self.put_artifact(store, name, content, None).await
    }

    /// Writes an object only if none of this name exists. Creates the bucket on first use.
    ///
    /// # Errors
    /// That of the call, or that another object exists.
    pub async fn create_artifact(
        &self,
        store: &ArtifactStore,
        name: &str,
        content: Content,
    ) -> Result<Stored, CallError> {
        let mut put = self.put_artifact(store, name, content.clone(), Some("*")).await;
        if put.as_ref().is_err_and(|error| error.kind == CallErrorKind::NotFound) {
            self.make_bucket(store).await?;
            put = self.put_artifact(store, name, content.clone(), Some("*")).await;
        }
        match put {
            // If the first answer was lost, the retry finds the object that the first attempt wrote.
            Err(error) if error.kind == CallErrorKind::AlreadyExists => {
                let found = self.found_artifact(store, name, None).await?;
                let ours = found.filter(|found| found.sha256.as_ref() == Some(&content.sha256));
                ours.map(|found| Stored { version: found.version, is_new: true }).ok_or(error)
            }
            other => other,
        }
    }

    /// `unless`: the value of `If-None-Match`.
    async fn put_artifact(
        &self,
        store: &ArtifactStore,
        name: &str,
        content: Content,
        unless: Option<&str>,
    ) -> Result<Stored, CallError> {
        let put = self
            .s3
            .put_object()
            .set_if_none_match(unless.map(str::to_owned))
            .bucket(&store.bucket)
            .key(store.key(name))
            .expected_bucket_owner(&store.account)
            // Both, as the service models require: moto reads only the first.
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .checksum_sha256(content.sha256)
            .set_server_side_encryption(store.kms_key.as_ref().map(|_| ServerSideEncryption::AwsKms))
            .set_ssekms_key_id(store.kms_key.clone())
            .set_bucket_key_enabled(store.kms_key.as_ref().map(|_| true))
            .body(ByteStream::from(content.bytes))
            .customize()
            .config_override(transfer())
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutObject", &error))?;
        Ok(Stored { version: version_of(put.version_id), is_new: true })
    }

    /// The names that begin with `prefix`; none if the bucket does not exist.
    ///
    /// # Errors
    /// A call to AWS failed.
    pub async fn artifacts(&self, store: &ArtifactStore, prefix: &str) -> Result<Vec<String>, CallError> {
        let mut names = Vec::new();
        let mut pages = self.pages("s3:ListBucket");
        let mut token = None;
        loop {
            let page = self
                .s3
                .list_objects_v2()
                .bucket(&store.bucket)
                .prefix(store.key(prefix))
                .expected_bucket_owner(&store.account)
                .set_continuation_token(token)
                .send()
                .await
                .map_err(|error| self.call_error("s3:ListBucket", &error));
            let page = match page {
                Ok(page) => page,
                Err(error) if error.kind == CallErrorKind::NotFound => return Ok(names),
                Err(error) => return Err(error),
            };
            if page.is_truncated.is_none() {
                return Err(missing("s3:ListBucket", "IsTruncated"));
            }
            let keys = page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key);
            names.extend(keys.filter_map(|key| Some(key.strip_prefix(&store.prefix)?.to_owned())));
            token = pages.next(page.next_continuation_token)?;
            if token.is_none() {
                return Ok(names);
            }
        }
    }

    /// Reads an object: the newest version, or this one.
    ///
    /// # Errors
    /// That of the call, also for a missing object; or the bytes differ from those that were uploaded.
    pub async fn artifact(
        &self,
        store: &ArtifactStore,
        name: &str,
        version: Option<&str>,
    ) -> Result<Object, CallError> {
        let object = self
            .s3
            .get_object()
            .bucket(&store.bucket)
            .key(store.key(name))
            .set_version_id(version.map(str::to_owned))
            .expected_bucket_owner(&store.account)
            .customize()
            .config_override(transfer())
            .send()
            .await
            .map_err(|error| self.call_error("s3:GetObject", &error))?;
        let body = object.body.collect().await;
        let body = body
            .map_err(|error| CallError::new(CallErrorKind::Unreachable, "s3:GetObject", error.to_string()))?;
        Ok(Object { bytes: body.to_vec(), version: version_of(object.version_id) })
    }
}

/// Longer timeouts: zips are large, and connections may be slow.
fn transfer() -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder().timeout_config(timeouts(TRANSFER))
}

/// S3 uses `null` for objects from before the bucket had versioning. The next such write replaces them.
fn version_of(id: Option<String>) -> Option<String> {
    id.filter(|id| !id.is_empty() && id != "null")
}
