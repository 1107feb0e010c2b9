//! Which fields an answer must have: without them it is from another service.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde::de::IgnoredAny;

/// Calls that leave a field out of their answer where there is nothing to say: the field, by the protocol's name of the call. An
/// object without a member, and one with this member, are answers of theirs; any other object is somebody else's, and would be
/// read as nothing.
const LEFT_OUT: [(&str, &str); 1] = [("AmazonSQS.ReceiveMessage", "Messages")];

/// Calls without an answer, of the protocols in which all others have one.
const SILENT: [&str; 1] = ["AWSEvents.DeleteArchive"];

/// Calls whose answer has a list in any case that the SDK fills in where it is missing: the tag it begins with.
const FILLED_IN: [(&str, &str); 1] = [("DescribeStackResourceDrifts", "<StackResourceDrifts")];

/// What the answer to a call has in any case. The readers of the services take a body without a byte for an object without a
/// member.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    a_body: bool,
    field: Option<&'static str>,
    tag: Option<&'static str>,
}

impl Expected {
    /// By the names that calls carry; what is not here, the services' readers check.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let is_named = !target.is_empty() || request.uri().contains("/operation/");
        Self {
            a_body: is_named && !SILENT.contains(&target),
            tag: FILLED_IN.iter().find(|(call, _)| is_action(request, call)).map(|(_, tag)| *tag),
            field: LEFT_OUT.iter().find(|(call, _)| *call == target).map(|(_, field)| *field),
        }
    }

    /// Whether the body can be what was asked for.
    pub(super) fn fits(self, body: &[u8]) -> bool {
        if body.is_empty() {
            return !self.a_body && self.tag.is_none();
        }
        if let Some(tag) = self.tag {
            return body.windows(tag.len()).any(|part| part == tag.as_bytes());
        }
        let Some(field) = self.field else { return true };
        // An answer that is not an object is refused where it is read.
        let members: Option<BTreeMap<String, IgnoredAny>> = serde_json::from_slice(body).ok();
        members.is_none_or(|members| members.is_empty() || members.contains_key(field))
    }
}

fn is_action(request: &HttpRequest, name: &str) -> bool {
    let body = request.body().bytes().unwrap_or_default();
    body.strip_prefix(b"Action=")
        .is_some_and(|rest| rest.split(|byte| *byte == b'&').next() == Some(name.as_bytes()))
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
    fn nothing_is_said_by_an_empty_object_and_not_by_an_empty_body() {
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
