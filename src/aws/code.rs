//! The code of the function and of its versions.

use std::collections::HashMap;

use aws_sdk_lambda::types::AliasRoutingConfiguration;

use super::Clients;
use super::error::{found, required};
use crate::operate::{Code, CodeApi, ZipLocation};
use crate::stack::{CallError, LIVE};

impl CodeApi for Clients {
    async fn latest_code(&self, function: &str) -> Result<Option<Code>, CallError> {
        self.code(function, None).await
    }

    async fn live_code(&self, function: &str) -> Result<Option<Code>, CallError> {
        self.code(function, Some(LIVE)).await
    }

    async fn set_code(
        &self,
        function: &str,
        zip: &ZipLocation,
        revision: Option<&str>,
    ) -> Result<(), CallError> {
        self.lambda
            .update_function_code()
            .function_name(function)
            .s3_bucket(&zip.bucket)
            .s3_key(&zip.key)
            .set_s3_object_version(zip.version.clone())
            .set_revision_id(revision.map(str::to_owned))
            .send()
            .await
            .map_err(|error| self.call_error("lambda:UpdateFunctionCode", &error))?;
        Ok(())
    }

    async fn publish(&self, function: &str, sha256: &str, description: &str) -> Result<String, CallError> {
        let operation = "lambda:PublishVersion";
        let asked = self.lambda.publish_version().function_name(function);
        let answer = asked.code_sha256(sha256).description(description).send().await;
        let version = answer.map_err(|error| self.call_error(operation, &error))?.version;
        required(operation, "Version", version)
    }

    async fn make_live(&self, function: &str, version: &str) -> Result<(), CallError> {
        // An interrupted shift leaves a second version in the routing.
        let alone =
            AliasRoutingConfiguration::builder().set_additional_version_weights(Some(HashMap::new())).build();
        self.lambda
            .update_alias()
            .function_name(function)
            .name(LIVE)
            .function_version(version)
            .routing_config(alone)
            .send()
            .await
            .map_err(|error| self.call_error("lambda:UpdateAlias", &error))?;
        Ok(())
    }
}

impl Clients {
    async fn code(&self, function: &str, qualifier: Option<&str>) -> Result<Option<Code>, CallError> {
        let operation = "lambda:GetFunctionConfiguration";
        let Some(found) = found(self.configuration(function, qualifier).await)? else { return Ok(None) };
        Ok(Some(Code {
            sha256: required(operation, "CodeSha256", found.code_sha256)?,
            version: found.version.unwrap_or_default(),
            last_update: found.last_update_status.map_or_else(String::new, |state| state.as_str().to_owned()),
            reason: found.last_update_status_reason.filter(|reason| !reason.is_empty()),
            revision: found.revision_id,
        }))
    }
}
