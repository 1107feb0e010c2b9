//! A rule's proof: calls through the proxy to a real local cloud, and their results.

use std::cell::Cell;
use std::io::BufReader;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::front::Front;
use super::http::Message;
use super::reply::{ChangeSet, Reply};
use super::xml;

pub(crate) struct Trial<'a> {
    front: &'a Front,
    number: Cell<u32>,
}

impl<'a> Trial<'a> {
    pub(crate) fn new(front: &'a Front) -> Self {
        Self { front, number: Cell::new(0) }
    }

    /// A unique name.
    pub(crate) fn name(&self, base: &str) -> String {
        self.number.set(self.number.get() + 1);
        format!("{base}-{}", self.number.get())
    }

    /// A call of the Query protocol; the first parameter is the action.
    pub(crate) fn query(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> Reply {
        let pairs = [("Action", action)].into_iter().chain(parameters.iter().copied());
        let body: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        self.send(service, "us-east-1", "POST /", &headers, body.join("&"))
    }

    pub(crate) fn stack(&self, action: &str, parameters: &[(&str, &str)]) -> Reply {
        self.query("cloudformation", action, parameters)
    }

    /// A call that names its action in a header.
    pub(crate) fn target(&self, service: &str, target: &str, body: &Value) -> Reply {
        let headers = [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", target)];
        self.send(service, "us-east-1", "POST /", &headers, body.to_string())
    }

    pub(crate) fn table(&self, action: &str, body: &Value) -> Reply {
        self.target("dynamodb", &format!("DynamoDB_20120810.{action}"), body)
    }

    /// A bucket that belongs to another account from now on.
    pub(crate) fn foreign_bucket(&self, bucket: &str) {
        let mut memory = self.front.strictness.memory.lock().expect("a lock");
        memory.foreign_buckets.insert(bucket.to_owned());
    }

    /// Checks that the rule recorded it, for cases in which the local cloud refuses it too or nothing is refused.
    #[track_caller]
    pub(crate) fn recorded(&self, rule: &str) {
        let breaches = self.front.strictness.memory.lock().expect("a lock").breaches.clone();
        assert!(breaches.iter().any(|breach| breach.rule == rule), "{rule} saw nothing");
    }

    pub(crate) fn send(
        &self,
        service: &str,
        region: &str,
        what: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Reply {
        let scope = format!("AWS4-HMAC-SHA256 Credential=local/20260101/{region}/{service}/aws4_request");
        self.signed(what, &[&[("Authorization", scope.as_str())], headers].concat(), body)
    }

    /// A call with a signature of its own.
    pub(crate) fn signed(&self, what: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
        let own = [("Host", "127.0.0.1"), ("Connection", "close")];
        let all = own.iter().chain(headers).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let request =
            Message { first: format!("{what} HTTP/1.1"), headers: all.collect(), body: body.into() };
        let endpoint = self.front.endpoint();
        let address = endpoint.strip_prefix("http://").expect("an address");
        let mut stream = BufReader::new(TcpStream::connect(address).expect("the proxy"));
        request.write(stream.get_mut(), false).expect("a request");
        let answer = Message::read_answer(&mut stream, what.starts_with("HEAD "));
        let answer = answer.expect("an answer").expect("an answer");
        Reply { status: answer.status(), text: answer.text() }
    }

    /// A change set of a stack, and how it ended.
    pub(crate) fn change_set(
        &self,
        stack: &str,
        kind: &str,
        template: &Value,
        more: &[(&str, &str)],
    ) -> ChangeSet {
        let (name, body) = (self.name("change"), template.to_string());
        let own = [
            ("StackName", stack),
            ("ChangeSetName", name.as_str()),
            ("ChangeSetType", kind),
            ("TemplateBody", body.as_str()),
            ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        ];
        let created = self.stack("CreateChangeSet", &[&own, more].concat()).taken();
        let id = xml::first(&created, "Id").expect("an id");
        let mut asked = self.stack("DescribeChangeSet", &[("ChangeSetName", &id)]).taken();
        for _ in 0..200 {
            if !asked.contains("_IN_PROGRESS</Status>") && !asked.contains("_PENDING</Status>") {
                break;
            }
            sleep(Duration::from_millis(25));
            asked = self.stack("DescribeChangeSet", &[("ChangeSetName", &id)]).taken();
        }
        let of = |name: &str| xml::first(&asked, name).unwrap_or_default();
        ChangeSet { id, status: of("Status"), reason: of("StatusReason") }
    }

    /// Creates a stack and waits for it.
    pub(crate) fn deployed(&self, template: &Value) -> String {
        let (stack, body) = (self.name("stack"), template.to_string());
        let asked = [
            ("StackName", stack.as_str()),
            ("TemplateBody", body.as_str()),
            ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        ];
        self.stack("CreateStack", &asked).taken();
        assert_eq!(self.settled(&stack), "CREATE_COMPLETE", "{}", self.events(&stack));
        stack
    }

    pub(crate) fn update(&self, stack: &str, template: &Value) -> Reply {
        let body = template.to_string();
        let asked = [
            ("StackName", stack),
            ("TemplateBody", body.as_str()),
            ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        ];
        self.stack("UpdateStack", &asked)
    }

    /// The final state of a stack; empty: it does not exist.
    pub(crate) fn settled(&self, stack: &str) -> String {
        for _ in 0..600 {
            let reply = self.stack("DescribeStacks", &[("StackName", stack)]);
            let status = xml::first(&reply.text, "StackStatus").unwrap_or_default();
            if !status.ends_with("_IN_PROGRESS") {
                return status;
            }
            sleep(Duration::from_millis(25));
        }
        panic!("stack {stack} does not come to rest");
    }

    pub(crate) fn events(&self, stack: &str) -> String {
        self.stack("DescribeStackEvents", &[("StackName", stack)]).text
    }

    /// Checks that the operation ended like this, and that an event has the reason.
    #[track_caller]
    pub(crate) fn ended(&self, stack: &str, status: &str, reason: &str) {
        assert_eq!(self.settled(stack), status, "{}", self.events(stack));
        let events = self.events(stack);
        assert!(events.contains(&super::refusal::escaped(reason)), "`{reason}` is not in {events}");
        assert!(events.contains(&format!("<ResourceStatus>{status}<")), "{events}");
    }
}
