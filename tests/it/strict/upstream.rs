//! The local cloud behind the proxy, called by the proxy itself.

use std::io::{self, BufReader};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::http::Message;
use super::template::Template;
use super::xml;

#[derive(Clone)]
pub(crate) struct Upstream {
    port: Arc<AtomicU16>,
}

/// A connection that stays open between calls.
pub(crate) struct Line {
    upstream: Upstream,
    stream: Option<BufReader<TcpStream>>,
}

impl Upstream {
    pub(crate) fn new() -> Self {
        Self { port: Arc::new(AtomicU16::new(0)) }
    }

    pub(crate) fn listens_at(&self, port: u16) {
        self.port.store(port, Ordering::Relaxed);
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.load(Ordering::Relaxed))
    }

    pub(crate) fn line(&self) -> Line {
        Line { upstream: self.clone(), stream: None }
    }

    /// A call of the Query protocol.
    pub(crate) fn query(&self, service: &str, region: &str, parameters: &[(&str, &str)]) -> Message {
        let body: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        self.call("POST /", service, region, &headers, body.join("&").into())
    }

    /// A call that names its action in a header. Null: it was refused.
    pub(crate) fn target(&self, service: &str, region: &str, target: &str, body: &Value) -> Value {
        let headers = [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", target)];
        json(&self.call("POST /", service, region, &headers, body.to_string().into()))
    }

    /// A call that names its action by its path. Null: it was refused.
    pub(crate) fn get(&self, service: &str, region: &str, path: &str) -> Value {
        json(&self.call(&format!("GET {path}"), service, region, &[], Vec::new()))
    }

    /// An object; `None`: there is none.
    pub(crate) fn object(&self, path: &str) -> Option<Vec<u8>> {
        let answer = self.call(&format!("GET {path}"), "s3", "us-east-1", &[], Vec::new());
        (answer.status() == 200).then_some(answer.body)
    }

    /// The deployed template; `None`: no such stack, or only a reviewed change set.
    pub(crate) fn template(&self, region: &str, stack: &str) -> Option<Template> {
        let asked = [("Action", "GetTemplate"), ("StackName", stack)];
        let answer = self.query("cloudformation", region, &asked);
        let body = xml::first(&answer.text(), "TemplateBody")?;
        Template::parse(&body).filter(|template| answer.status() == 200 && !template.is_empty())
    }

    /// All stacks of a region with their deployed templates, by name.
    pub(crate) fn stacks(&self, region: &str) -> Vec<(String, Template)> {
        let listed = self.query("cloudformation", region, &[("Action", "DescribeStacks")]).text();
        let Some((_, members, _)) = xml::members(&listed, "Stacks") else { return Vec::new() };
        let names = members.into_iter().filter_map(|member| xml::first(member, "StackName"));
        names.filter_map(|name| Some((name.clone(), self.template(region, &name)?))).collect()
    }

    /// `DescribeStacks`' answer for one stack; empty if there is none.
    pub(crate) fn stack(&self, region: &str, stack: &str) -> String {
        let answer =
            self.query("cloudformation", region, &[("Action", "DescribeStacks"), ("StackName", stack)]);
        if answer.status() == 200 { answer.text() } else { String::new() }
    }

    fn call(
        &self,
        what: &str,
        service: &str,
        region: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Message {
        let scope = format!("AWS4-HMAC-SHA256 Credential=local/20260101/{region}/{service}/aws4_request");
        let mut request = Message { first: format!("{what} HTTP/1.1"), headers: Vec::new(), body };
        let own = [("Host", "127.0.0.1"), ("Authorization", scope.as_str())];
        let headers =
            own.iter().chain(headers).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        request.headers.extend(headers);
        let failed = |error: io::Error| Message::answer(500, "text/plain", error.to_string());
        self.line().exchange(&request).unwrap_or_else(failed)
    }
}

fn json(answer: &Message) -> Value {
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    if answer.status() < 300 { body } else { Value::Null }
}

impl Line {
    pub(crate) fn exchange(&mut self, request: &Message) -> io::Result<Message> {
        if let Some(stream) = self.stream.take()
            && let Ok(Some(answer)) = self.on(stream, request)
        {
            return Ok(answer);
        }
        // It was closed while idle.
        let stream = TcpStream::connect(("127.0.0.1", self.upstream.port.load(Ordering::Relaxed)))?;
        stream.set_nodelay(true)?;
        let answer = self.on(BufReader::new(stream), request)?;
        answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn on(&mut self, mut stream: BufReader<TcpStream>, request: &Message) -> io::Result<Option<Message>> {
        request.write(stream.get_mut(), false)?;
        let answer = Message::read_answer(&mut stream, request.first.starts_with("HEAD "))?;
        let closes = answer.as_ref().and_then(|answer| answer.header("connection"));
        if closes.is_none_or(|word| !word.eq_ignore_ascii_case("close")) {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}
