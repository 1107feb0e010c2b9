//! Which fields an answer must have: without them it is from another service.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde::de::IgnoredAny;

/// Calls whose answer omits a field when it would be empty: the field, by the protocol's name of the call. An empty
/// object, and one with this member, are valid answers; any other object comes from something else, and would be read
/// as empty.
const LEFT_OUT: [(&str, &str); 1] = [("AmazonSQS.ReceiveMessage", "Messages")];

/// Calls without an answer, in protocols in which all others have one.
const SILENT: [&str; 1] = ["AWSEvents.DeleteArchive"];

/// Calls whose answer always has a list, which the SDK fills in if it is missing: the tag that it begins with.
const FILLED_IN: [(&str, &str); 1] = [("DescribeStackResourceDrifts", "<StackResourceDrifts")];

/// What the answer to a call must contain. The SDK's parsers read an empty body as an empty object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    a_body: bool,
    field: Option<&'static str>,
    tag: Option<&'static str>,
}

impl Expected {
    /// By the operation names in the request. The SDK's parsers check operations that are not listed here.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let is_named = !target.is_empty() || request.uri().contains("/operation/");
        Self {
            a_body: is_named && !SILENT.contains(&target),
            tag: FILLED_IN.iter().find(|(call, _)| is_action(request, call)).map(|(_, tag)| *tag),
            field: LEFT_OUT.iter().find(|(call, _)| *call == target).map(|(_, field)| *field),
        }
    }

    /// Whether the body can be an answer to the call.
    pub(super) fn fits(self, body: &[u8]) -> bool {
        if body.is_empty() {
            return !self.a_body && self.tag.is_none();
        }
        if let Some(tag) = self.tag {
            return body.windows(tag.len()).any(|part| part == tag.as_bytes());
        }
        let Some(field) = self.field else { return true };
        // An answer that is not an object is rejected by the SDK's parser.
        let members: Option<BTreeMap<String, IgnoredAny>> = serde_json::from_slice(body).ok();
        members.is_none_or(|members| members.is_empty() || members.contains_key(field))
    }
}

fn is_action(request: &HttpRequest, name: &str) -> bool {
    let body = request.body().bytes().unwrap_or_default();
    body.strip_prefix(b"Action=")
        .is_some_and(|remainder| remainder.split(|byte| *byte == b'&').next() == Some(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn expected(target: &'static str) -> Expected {
        let mut request = HttpRequest::new(SdkBody::empty());
        if !target.is_empty() {
            request.headers_mut().insert("x-amz-target", target);
        }
        Expected::of(&request)
    }

    #[test]
    fn an_empty_object_is_an_empty_answer_and_an_empty_body_is_none() {
        let receives = expected("AmazonSQS.ReceiveMessage");
        for (body, fits) in [
            ("", false),
            ("{}", true),
            (" {\n} ", true),
            ("{\"Messages\":[]}", true),
            ("{\"Messages\":[{\"Body\":\"{}\"}],\"x\":1}", true),
            ("{\"status\":\"ok\"}", false),
            ("[]", true),
        ] {
            assert_eq!(receives.fits(body.as_bytes()), fits, "{body}");
        }
        assert!(
            !expected("DynamoDB_20120810.Query").fits(b"") && expected("DynamoDB_20120810.Query").fits(b"{}")
        );
        let form = SdkBody::from("Action=DescribeStackResourceDrifts&Version=2010-05-15");
        let drifts = Expected::of(&HttpRequest::new(form));
        assert!(
            drifts.fits(b"<R><StackResourceDrifts/></R>") && !drifts.fits(b"<R></R>") && !drifts.fits(b"")
        );
        assert!(expected("AWSEvents.DeleteArchive").fits(b"") && expected("").fits(b""));
    }
}
