//! A refusal with the service's message, in the format of its protocol.

use serde_json::json;

use super::call::Call;
use super::http::Message;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    /// CloudFormation's own.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new("ValidationError", message)
    }

    pub(crate) fn answer(&self, call: &Call) -> Message {
        let Self { status, code, message } = self;
        let text = escaped(message);
        if call.service == "s3" {
            let body = format!("<Error><Code>{code}</Code><Message>{text}</Message></Error>");
            // An answer to HEAD has no body.
            let body = if call.method == "HEAD" { String::new() } else { body };
            return Message::answer(*status, "application/xml", body);
        }
        if call.headers.contains_key("x-amz-target") || call.path != "/" {
            let body = json!({"__type": code, "message": message, "Message": message});
            let mut answer = Message::answer(*status, "application/x-amz-json-1.0", body.to_string());
            answer.headers.push(("x-amzn-ErrorType".to_owned(), (*code).to_owned()));
            return answer;
        }
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>\
             <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
        );
        Message::answer(*status, "text/xml", body)
    }
}

/// Escaped as the text of an XML element.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
