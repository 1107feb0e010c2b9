use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketNamespace, CreateBucketConfiguration, PublicAccessBlockConfiguration,
};

use super::Clients;
use super::error::call_error;
use crate::stack::{CallError, CallErrorKind};

/// Regions without account-regional bucket names: there the name is global and only the account id makes it ours.
const WITHOUT_ACCOUNT_NAMESPACE: [&str; 2] = ["me-south-1", "me-central-1"];

impl Clients {
    /// The name of the bucket the processor's zip lies in. In the account-regional namespace nobody else can ever
    /// own it.
    #[must_use]
    pub fn artifact_bucket(&self, account: &str) -> String {
        let region = &self.region;
        if self.has_account_namespace() {
            format!("pipectl-{account}-{region}-an")
        } else {
            format!("pipectl-artifacts-{account}-{region}")
        }
    }

    fn has_account_namespace(&self) -> bool {
        !WITHOUT_ACCOUNT_NAMESPACE.contains(&self.region.as_str())
    }

    /// Puts the artifact where it is not yet, making the bucket on first use. Whether it was uploaded.
    ///
    /// # Errors
    /// The bucket belongs to someone else, or a permission is missing.
    pub async fn upload_artifact(&self, account: &str, key: &str, body: Vec<u8>) -> Result<bool, CallError> {
        let bucket = self.artifact_bucket(account);
        let known =
            self.s3.head_object().bucket(&bucket).key(key).expected_bucket_owner(account).send().await;
        match known.map_err(|error| call_error("s3:GetObject", &error)) {
            Ok(_) => return Ok(false),
            // HEAD has no body, so a missing bucket, a missing key and a missing permission look alike.
            Err(error) if error.kind == CallErrorKind::Unreachable => return Err(error),
            Err(_) => {}
        }
        self.make_bucket(account, &bucket).await?;
        let put = self
            .s3
            .put_object()
            .bucket(&bucket)
            .key(key)
            .expected_bucket_owner(account)
            // The key names the content: what is there already is the same.
            .if_none_match("*")
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(|error| call_error("s3:PutObject", &error));
        match put {
            Ok(_) => Ok(true),
            Err(error) if error.kind == CallErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn make_bucket(&self, account: &str, bucket: &str) -> Result<(), CallError> {
        let head = self.s3.head_bucket().bucket(bucket).expected_bucket_owner(account).send().await;
        if head.is_ok() {
            return Ok(());
        }
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
        match create.send().await.map_err(|error| call_error("s3:CreateBucket", &error)) {
            Ok(_) => {}
            Err(error) if error.kind == CallErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
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
            .map_err(|error| call_error("s3:PutBucketPublicAccessBlock", &error))?;
        Ok(())
    }
}
