use std::time::{Duration, SystemTime};

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint, BucketNamespace,
    CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    PublicAccessBlockConfiguration,
};
use serde_json::json;

use super::Clients;
use crate::partition::Partition;
use crate::stack::{CallError, CallErrorKind};

/// Days after which an object nobody has used again goes. An apply renews what it uses well before.
const KEPT_DAYS: i32 = 365;
const RENEWED_AFTER: Duration = Duration::from_secs(180 * 24 * 60 * 60);

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

impl Clients {
    /// The name of the bucket the processor's zip lies in. In the account-regional namespace nobody else can ever
    /// own it.
    #[must_use]
    pub fn artifact_bucket(&self, account: &str) -> String {
        bucket_name(account, &self.region)
    }

    /// Where CloudFormation reads an object of the artifact bucket.
    #[must_use]
    pub fn artifact_url(&self, account: &str, key: &str) -> String {
        let bucket = self.artifact_bucket(account);
        match &self.local_endpoint {
            Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
            None => {
                format!("https://{bucket}.s3.{}.{}/{key}", self.region, self.partition().dns_suffix)
            }
        }
    }

    fn has_account_namespace(&self) -> bool {
        has_account_namespace(&self.region)
    }

    /// Puts the artifact where it is not yet, making the bucket on first use. Whether it was uploaded.
    ///
    /// # Errors
    /// The bucket belongs to someone else, or a permission is missing.
    pub async fn upload_artifact(&self, account: &str, key: &str, body: Vec<u8>) -> Result<bool, CallError> {
        let bucket = self.artifact_bucket(account);
        let known =
            self.s3.head_object().bucket(&bucket).key(key).expected_bucket_owner(account).send().await;
        let renews = match known.map_err(|error| self.call_error("s3:GetObject", &error)) {
            Ok(found) if !is_old(&found) => return Ok(false),
            Ok(_) => true,
            // HEAD has no body, so a missing bucket, a missing key and a missing permission look alike.
            Err(error) if error.is_unreachable() => return Err(error),
            Err(_) => false,
        };
        self.make_bucket(account, &bucket).await?;
        let put = self
            .s3
            .put_object()
            .bucket(&bucket)
            .key(key)
            .expected_bucket_owner(account)
            // The key names the content: what is there already is the same.
            .set_if_none_match((!renews).then(|| "*".to_owned()))
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutObject", &error));
        match put {
            Ok(_) => Ok(true),
            Err(error) if error.kind == CallErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the artifact is there.
    ///
    /// # Errors
    /// What the call says but for a missing object.
    pub async fn has_artifact(&self, account: &str, key: &str) -> Result<bool, CallError> {
        let bucket = self.artifact_bucket(account);
        let head = self.s3.head_object().bucket(bucket).key(key).expected_bucket_owner(account).send().await;
        match head.map_err(|error| self.call_error("s3:GetObject", &error)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The keys that begin with `prefix`; none where there is no bucket yet.
    ///
    /// # Errors
    /// What the calls say.
    pub async fn artifacts(&self, account: &str, prefix: &str) -> Result<Vec<String>, CallError> {
        let mut keys = Vec::new();
        let mut token = None;
        loop {
            let page = self
                .s3
                .list_objects_v2()
                .bucket(self.artifact_bucket(account))
                .prefix(prefix)
                .expected_bucket_owner(account)
                .set_continuation_token(token)
                .send()
                .await
                .map_err(|error| self.call_error("s3:ListBucket", &error));
            let page = match page {
                Ok(page) => page,
                Err(error) if error.kind == CallErrorKind::NotFound => return Ok(keys),
                Err(error) => return Err(error),
            };
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
            token = page.next_continuation_token;
            if token.is_none() {
                return Ok(keys);
            }
        }
    }

    /// What was uploaded under `key`.
    ///
    /// # Errors
    /// What the call says, a missing object included.
    pub async fn artifact(&self, account: &str, key: &str) -> Result<Vec<u8>, CallError> {
        let bucket = self.artifact_bucket(account);
        let object = self
            .s3
            .get_object()
            .bucket(bucket)
            .key(key)
            .expected_bucket_owner(account)
            .send()
            .await
            .map_err(|error| self.call_error("s3:GetObject", &error))?;
        let body = object.body.collect().await;
        let body = body
            .map_err(|error| CallError::new(CallErrorKind::Unreachable, "s3:GetObject", error.to_string()))?;
        Ok(body.to_vec())
    }

    /// Makes the bucket, and finishes one whose making was cut short: the policy comes last and tells.
    async fn make_bucket(&self, account: &str, bucket: &str) -> Result<(), CallError> {
        let policy = self.s3.get_bucket_policy().bucket(bucket).expected_bucket_owner(account).send().await;
        if policy.is_ok() {
            return Ok(());
        }
        self.create_bucket(bucket).await?;
        let closed = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true)
            .build();
        self.s3
            .put_public_access_block()
            .bucket(bucket)
            .expected_bucket_owner(account)
            .public_access_block_configuration(closed)
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutBucketPublicAccessBlock", &error))?;
        self.s3
            .put_bucket_lifecycle_configuration()
            .bucket(bucket)
            .expected_bucket_owner(account)
            .set_lifecycle_configuration(lifecycle())
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutLifecycleConfiguration", &error))?;
        // The local cloud speaks plain HTTP.
        if self.local_endpoint.is_some() {
            return Ok(());
        }
        self.s3
            .put_bucket_policy()
            .bucket(bucket)
            .expected_bucket_owner(account)
            .policy(self.tls_only(bucket))
            .send()
            .await
            .map_err(|error| self.call_error("s3:PutBucketPolicy", &error))?;
        Ok(())
    }

    /// Encrypted by S3's own keys from its creation on, as every bucket is.
    async fn create_bucket(&self, bucket: &str) -> Result<(), CallError> {
        let mut create = self.s3.create_bucket().bucket(bucket);
        if self.has_account_namespace() {
            create = create.bucket_namespace(BucketNamespace::AccountRegional);
        }
        // us-east-1 is the one region that must not be named.
        if self.region != "us-east-1" {
            let place = BucketLocationConstraint::from(self.region.as_str());
            create = create.create_bucket_configuration(
                CreateBucketConfiguration::builder().location_constraint(place).build(),
            );
        }
        match create.send().await.map_err(|error| self.call_error("s3:CreateBucket", &error)) {
            Ok(_) => Ok(()),
            // Whether it is ours, the calls that name the expected owner tell.
            Err(error) if error.kind == CallErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
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

/// Without it a zip that is used for long would go under the stack that needs it to roll back.
fn is_old(found: &HeadObjectOutput) -> bool {
    let at = found.last_modified().and_then(|at| SystemTime::try_from(*at).ok());
    at.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > RENEWED_AFTER)
}

fn lifecycle() -> Option<BucketLifecycleConfiguration> {
    let rule = LifecycleRule::builder()
        .id("unused")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .expiration(LifecycleExpiration::builder().days(KEPT_DAYS).build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(7).build(),
        )
        .build();
    rule.and_then(|rule| BucketLifecycleConfiguration::builder().rules(rule).build()).ok()
}
