use std::collections::BTreeMap;

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint, BucketNamespace,
    BucketVersioningStatus, CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration, PublicAccessBlockConfiguration, Tag, Tagging,
    VersioningConfiguration,
};
use serde_json::json;

use super::Clients;
use super::artifact_store::{ArtifactStore, Maker};
use crate::partition::Partition;
use crate::stack::{CallError, CallErrorKind};

/// Days after which a template that was too large for a call is deleted: CloudFormation reads it at once.
const TEMPLATE_RETENTION_DAYS: i32 = 30;
const ABORT_DAYS: i32 = 7;
/// The lifecycle rule of versions before 0.2, which deleted a zip after a year.
const FORMER_RULE: &str = "unused";
const RULE: &str = "large templates";
const UPLOADS_RULE: &str = "unfinished uploads";

/// The name of the artifact bucket of an account and region.
#[must_use]
pub fn bucket_name(account: &str, region: &str) -> String {
    if has_account_namespace(region) {
        format!("pipectl-{account}-{region}-an")
    } else {
        format!("pipectl-artifacts-{account}-{region}")
    }
}

fn has_account_namespace(region: &str) -> bool {
    Partition::of(region).has_account_buckets(region)
}

/// Why a bucket that pipectl did not create cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketFault {
    Missing,
    /// It is in this region, not the spec's.
    Elsewhere(String),
    /// It belongs to another account, or reading it is denied: S3's answer is the same for both.
    Denied,
    KeepsNoVersions,
}

impl Clients {
    /// Why a bucket that pipectl did not create cannot be used; `None` if it can.
    ///
    /// # Errors
    /// The service cannot be called.
    pub async fn bucket_fault(&self, store: &ArtifactStore) -> Result<Option<BucketFault>, CallError> {
        let head = self.s3.head_bucket().bucket(&store.bucket).expected_bucket_owner(&store.account);
        let head = match head.send().await {
            Ok(head) => head,
            Err(error) => {
                let raw = error.raw_response();
                let region = raw.and_then(|raw| raw.headers().get("x-amz-bucket-region"));
                let elsewhere = region.filter(|region| *region != self.region).map(str::to_owned);
                let error = self.call_error("s3:ListBucket", &error);
                return match (elsewhere, error.kind) {
                    (Some(region), _) => Ok(Some(BucketFault::Elsewhere(region))),
                    (None, CallErrorKind::NotFound) => Ok(Some(BucketFault::Missing)),
                    (None, CallErrorKind::Denied) => Ok(Some(BucketFault::Denied)),
                    (None, _) => Err(error),
                };
            }
        };
        if let Some(region) = head.bucket_region.filter(|region| *region != self.region) {
            return Ok(Some(BucketFault::Elsewhere(region)));
        }
        let keeps = self.keeps_versions(store).await?;
        Ok((!keeps).then_some(BucketFault::KeepsNoVersions))
    }

    async fn keeps_versions(&self, store: &ArtifactStore) -> Result<bool, CallError> {
        let versioning = self
            .s3
            .get_bucket_versioning()
            .bucket(&store.bucket)
            .expected_bucket_owner(&store.account)
            .send()
            .await
            .map_err(|error| self.call_error("s3:GetBucketVersioning", &error))?;
        Ok(versioning.status == Some(BucketVersioningStatus::Enabled))
    }

    /// Creates the bucket if pipectl owns it, and completes one whose creation was interrupted or that an older pipectl
    /// created. The policy is set last.
    pub(super) async fn make_bucket(&self, store: &ArtifactStore) -> Result<(), CallError> {
        let Maker::Pipectl { tags } = &store.maker else { return Ok(()) };
        let policy = self.s3.get_bucket_policy().bucket(&store.bucket).expected_bucket_owner(&store.account);
        // The local cloud uses plain HTTP, which the policy denies. There, versioning shows whether the bucket is
        // complete.
        let (policy, keeps_versions) = tokio::join!(policy.send(), self.keeps_versions(store));
        let keeps_versions = keeps_versions.unwrap_or_default();
        let is_made = policy.is_ok() || self.is_local() && keeps_versions;
        if !is_made {
            self.create_bucket(&store.bucket).await?;
            self.tag_bucket(store, tags).await?;
            self.close_bucket(store).await?;
        }
        self.keep_what_is_needed(store).await?;
        if !keeps_versions {
            self.keep_versions(store).await?;
        }
        if is_made || self.is_local() {
            return Ok(());
        }
        self.s3
            .put_bucket_policy()
            .bucket(&store.bucket)
            .expected_bucket_owner(&store.account)
            .policy(self.tls_only(&store.bucket))
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutBucketPolicy", &error))?;
        Ok(())
    }

    /// S3 encrypts every bucket with its own keys by default.
    async fn create_bucket(&self, bucket: &str) -> Result<(), CallError> {
        let mut create = self.s3.create_bucket().bucket(bucket);
        if has_account_namespace(&self.region) {
            create = create.bucket_namespace(BucketNamespace::AccountRegional);
        }
        // us-east-1 is the one region that must not be a location constraint.
        if self.region != "us-east-1" {
            let location = BucketLocationConstraint::from(self.region.as_str());
            create = create.create_bucket_configuration(
                CreateBucketConfiguration::builder().location_constraint(location).build(),
            );
        }
        match create.send().await.map_err(|error| self.call_error("s3:CreateBucket", &error)) {
            Ok(_) => Ok(()),
            // The calls that name the expected owner find out whether it is ours.
            Err(error) if error.kind == CallErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Tags a bucket that has no tags. Stacks share it, so the first stack's tags remain.
    async fn tag_bucket(
        &self,
        store: &ArtifactStore,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), CallError> {
        if tags.is_empty() {
            return Ok(());
        }
        let known = self.s3.get_bucket_tagging().bucket(&store.bucket).expected_bucket_owner(&store.account);
        if known.send().await.is_ok_and(|known| !known.tag_set.is_empty()) {
            return Ok(());
        }
        let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
        let set: Result<Vec<Tag>, _> = tags.iter().map(tag).collect();
        let tagging = set.and_then(|set| Tagging::builder().set_tag_set(Some(set)).build()).ok();
        self.s3
            .put_bucket_tagging()
            .bucket(&store.bucket)
            .expected_bucket_owner(&store.account)
            .set_tagging(tagging)
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutBucketTagging", &error))?;
        Ok(())
    }

    async fn close_bucket(&self, store: &ArtifactStore) -> Result<(), CallError> {
        let closed = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true)
            .build();
        self.s3
            .put_public_access_block()
            .bucket(&store.bucket)
            .expected_bucket_owner(&store.account)
            .public_access_block_configuration(closed)
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutBucketPublicAccessBlock", &error))?;
        Ok(())
    }

    /// Sets the lifecycle rules. Zips and records are retained: a stack, or a rollback, may need any of them. Rules
    /// that pipectl did not create are not changed.
    async fn keep_what_is_needed(&self, store: &ArtifactStore) -> Result<(), CallError> {
        let known = self
            .s3
            .get_bucket_lifecycle_configuration()
            .bucket(&store.bucket)
            .expected_bucket_owner(&store.account)
            .send()
            .await;
        let known = match known {
            Ok(known) => known.rules.unwrap_or_default(),
            Err(error) if error.code() == Some("NoSuchLifecycleConfiguration") => Vec::new(),
            Err(error) => return Err(self.call_error("s3:GetLifecycleConfiguration", &error)),
        };
        let is_named = |rule: &LifecycleRule, name: &str| rule.id.as_deref() == Some(name);
        let ours = [RULE, UPLOADS_RULE];
        let has_all = ours.iter().all(|name| known.iter().any(|rule| is_named(rule, name)));
        if has_all && !known.iter().any(|rule| is_named(rule, FORMER_RULE)) {
            return Ok(());
        }
        let replaced = [FORMER_RULE, RULE, UPLOADS_RULE];
        let others = known.into_iter().filter(|rule| !replaced.iter().any(|name| is_named(rule, name)));
        let rules: Vec<LifecycleRule> = others.chain(rules()).collect();
        self.s3
            .put_bucket_lifecycle_configuration()
            .bucket(&store.bucket)
            .expected_bucket_owner(&store.account)
            .set_lifecycle_configuration(
                BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().ok(),
            )
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutLifecycleConfiguration", &error))?;
        Ok(())
    }

    async fn keep_versions(&self, store: &ArtifactStore) -> Result<(), CallError> {
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        self.s3
            .put_bucket_versioning()
            .bucket(&store.bucket)
            .expected_bucket_owner(&store.account)
            .versioning_configuration(enabled)
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutBucketVersioning", &error))?;
        Ok(())
    }

    fn tls_only(&self, bucket: &str) -> String {
        let arn = format!("arn:{}:s3:::{bucket}", self.partition().id);
        json!({"Version": "2012-10-17", "Statement": [{
            "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": [arn, format!("{arn}/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }]})
        .to_string()
    }
}

/// The rules delete only objects that are not read again.
fn rules() -> Vec<LifecycleRule> {
    let templates = LifecycleRule::builder()
        .id(RULE)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("templates/").build())
        .expiration(LifecycleExpiration::builder().days(TEMPLATE_RETENTION_DAYS).build())
        .noncurrent_version_expiration(
            NoncurrentVersionExpiration::builder().noncurrent_days(TEMPLATE_RETENTION_DAYS).build(),
        );
    let uploads = LifecycleRule::builder()
        .id(UPLOADS_RULE)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(ABORT_DAYS).build(),
        );
    [templates, uploads].into_iter().filter_map(|rule| rule.build().ok()).collect()
}
