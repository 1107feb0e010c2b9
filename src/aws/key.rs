//! KMS keys and their policies.

use std::collections::BTreeMap;

use aws_sdk_kms::types::{KeyManagerType, KeySpec, KeyUsageType};

use super::Clients;
use super::error::{missing, required};
use crate::stack::{CallError, CallErrorKind, FoundKey, KeyAnswer, KeyApi, KeyState};

impl KeyApi for Clients {
    async fn key(&self, arn: &str) -> Result<Option<FoundKey>, CallError> {
        let described = self.kms.describe_key().key_id(arn).send().await;
        let described = match described.map_err(|error| self.call_error("kms:DescribeKey", &error)) {
            Ok(answer) => {
                let key = answer.key_metadata.ok_or_else(|| missing("kms:DescribeKey", "KeyMetadata"))?;
                KeyAnswer::Read(KeyState {
                    state: key.key_state.as_ref().map_or_else(String::new, |state| state.as_str().to_owned()),
                    symmetric: key.key_spec == Some(KeySpec::SymmetricDefault)
                        && key.key_usage == Some(KeyUsageType::EncryptDecrypt),
                    aws_managed: key.key_manager == Some(KeyManagerType::Aws),
                })
            }
            Err(error) if error.kind == CallErrorKind::Denied => KeyAnswer::Denied,
            Err(error) if error.kind == CallErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // A key has one policy, of this name.
        let policy = self.kms.get_key_policy().key_id(arn).policy_name("default").send().await;
        let policy = match policy.map_err(|error| self.call_error("kms:GetKeyPolicy", &error)) {
            Ok(answer) => KeyAnswer::Read(read(&required("kms:GetKeyPolicy", "Policy", answer.policy)?)?),
            Err(error) if error.kind == CallErrorKind::Denied => KeyAnswer::Denied,
            Err(error) if error.kind == CallErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(FoundKey { state: described, policy }))
    }

    async fn key_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, CallError> {
        let mut tags = BTreeMap::new();
        let mut pages = self.pages("kms:ListResourceTags");
        let mut marker = None;
        loop {
            let answer = self.kms.list_resource_tags().key_id(arn).set_marker(marker).send().await;
            let answer = answer.map_err(|error| self.call_error("kms:ListResourceTags", &error))?;
            let page = answer.tags.ok_or_else(|| missing("kms:ListResourceTags", "Tags"))?;
            tags.extend(page.into_iter().map(|tag| (tag.tag_key, tag.tag_value)));
            marker = pages.next(answer.next_marker)?;
            if marker.is_none() {
                return Ok(tags);
            }
        }
    }
}

fn read(policy: &str) -> Result<serde_json::Value, CallError> {
    serde_json::from_str(policy).map_err(|error| {
        let message = format!("the response is not a policy: {error}");
        CallError::new(CallErrorKind::Refused, "kms:GetKeyPolicy", message)
    })
}
