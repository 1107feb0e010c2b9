//! The message attributes of SQS.

use std::collections::HashMap;

use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    SendMessageBatchRequestEntry,
};
use processor::attribute::{Attribute, AttributeValue, Attributes};

use super::error::required;
use crate::operate::DeadLetter;
use crate::stack::CallError;

/// An entry of a batch, with all attributes of the message.
pub(super) fn entry(
    index: usize,
    dead_letter: &DeadLetter,
) -> Result<SendMessageBatchRequestEntry, BuildError> {
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(index.to_string())
        .message_body(&dead_letter.body)
        .set_message_group_id(dead_letter.group.clone());
    for (name, attribute) in &dead_letter.attributes {
        entry = entry.message_attributes(name, sqs_attribute(attribute)?);
    }
    if let Some(trace) = &dead_letter.trace_header {
        let value = MessageSystemAttributeValue::builder().data_type("String").string_value(trace).build()?;
        entry = entry.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, value);
    }
    entry.build()
}

fn sqs_attribute(attribute: &Attribute) -> Result<MessageAttributeValue, BuildError> {
    let value = MessageAttributeValue::builder().data_type(&attribute.data_type);
    match &attribute.value {
        AttributeValue::Text(text) => value.string_value(text),
        AttributeValue::Bytes(bytes) => value.binary_value(Blob::new(bytes.as_slice())),
    }
    .build()
}

/// The attributes of a received message. One that could not be sent again is an error, since a redrive would lose it.
pub(super) fn read_attributes(
    attributes: Option<HashMap<String, MessageAttributeValue>>,
) -> Result<Attributes, CallError> {
    let read = |(name, value): (String, MessageAttributeValue)| {
        let content = match value.binary_value {
            Some(bytes) => AttributeValue::Bytes(bytes.into_inner()),
            None => {
                AttributeValue::Text(required("sqs:ReceiveMessage", "MessageAttributes", value.string_value)?)
            }
        };
        Ok((name, Attribute { data_type: value.data_type, value: content }))
    };
    attributes.unwrap_or_default().into_iter().map(read).collect()
}
