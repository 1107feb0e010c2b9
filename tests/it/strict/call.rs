//! One intercepted call, in any of AWS's protocols.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::http::Message;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// `CreateChangeSet`, or the method and path of services that have no action.
    pub(crate) name: String,
    /// Whether it can change anything.
    pub(crate) mutates: bool,
    /// From the signature: `cloudformation`, `sqs`, `s3`.
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    /// Of the address and of a form, decoded.
    pub(crate) parameters: BTreeMap<String, String>,
    /// Null if the body is not JSON.
    pub(crate) json: Value,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Call {
    pub(crate) fn of(request: &Message) -> Self {
        let mut words = request.first.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let kind = request.header("content-type").unwrap_or_default();
        let mut parameters = pairs(query);
        if kind.contains("x-www-form-urlencoded") {
            parameters.extend(pairs(&request.text()));
        }
        let is_json = kind.contains("json");
        let json =
            if is_json { serde_json::from_slice(&request.body).unwrap_or(Value::Null) } else { Value::Null };
        let action = request.header("x-amz-target").and_then(|target| target.rsplit('.').next());
        let action = action.or_else(|| parameters.get("Action").map(String::as_str));
        // The binary protocol has it at the end of its path.
        let action = action.or_else(|| path.split_once("/operation/").map(|(_, action)| action));
        let name = action.map_or_else(|| format!("{method} {path}"), ToOwned::to_owned);
        let reads = ["Describe", "Get", "List", "Head", "GET ", "HEAD ", "Receive", "BatchGet"];
        let scope: Vec<&str> = request
            .header("authorization")
            .and_then(|text| text.split_once("Credential="))
            .map(|(_, remainder)| remainder.split(',').next().unwrap_or_default().split('/').collect())
            .unwrap_or_default();
        let scoped = |index: usize| scope.get(index).map_or_else(String::new, |part| (*part).to_owned());
        Self {
            mutates: !reads.iter().any(|verb| name.starts_with(verb)),
            name,
            region: scoped(2),
            service: scoped(3),
            method: method.to_owned(),
            path: path.to_owned(),
            parameters,
            json,
            headers: request.headers.iter().map(|(key, value)| (key.to_lowercase(), value.clone())).collect(),
        }
    }

    /// A parameter of a form; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// `Capabilities.member.1` and the following ones.
    pub(crate) fn members(&self, name: &str) -> Vec<&str> {
        let member = |number: usize| self.parameters.get(&format!("{name}.member.{number}"));
        (1..).map_while(member).map(String::as_str).collect()
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.text(name).eq_ignore_ascii_case("true")
    }

    /// Whether any parameter has this prefix.
    pub(crate) fn has(&self, prefix: &str) -> bool {
        self.parameters.range(prefix.to_owned()..).next().is_some_and(|(name, _)| name.starts_with(prefix))
    }
}

fn pairs(form: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    form.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}
