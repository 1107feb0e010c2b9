use std::io::{BufReader, PipeReader, PipeWriter, pipe};
use std::thread::{self, JoinHandle};

use lsp_server::{Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use super::serve;

/// A client in the test, a server on a thread, two pipes between them.
struct Client {
    input: BufReader<PipeReader>,
    output: PipeWriter,
    server: JoinHandle<bool>,
    asked: i32,
}

impl Client {
    fn start(encodings: &[&str]) -> Self {
        let (to_server, output) = pipe().expect("a pipe");
        let (input, mut from_server) = pipe().expect("a pipe");
        let server = thread::spawn(move || {
            serve(&mut BufReader::new(to_server), &mut from_server, &|_| Vec::new())
                .expect("a proper conversation")
        });
        let mut client = Self { input: BufReader::new(input), output, server, asked: 0 };
        let answer =
            client.ask("initialize", json!({"capabilities": {"general": {"positionEncodings": encodings}}}));
        assert_eq!(answer["serverInfo"]["name"], "pipectl");
        client.tell("initialized", json!({}));
        client
    }

    fn tell(&mut self, method: &str, parameters: Value) {
        let notification = Notification::new(method.to_owned(), parameters);
        Message::Notification(notification).write(&mut self.output).expect("the server listens");
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.response(method, parameters).response_result.expect("an answer")
    }

    fn response(&mut self, method: &str, parameters: Value) -> Response {
        self.asked += 1;
        let id = RequestId::from(self.asked);
        let request = Request::new(id.clone(), method.to_owned(), parameters);
        Message::Request(request).write(&mut self.output).expect("the server listens");
        loop {
            match self.next() {
                Message::Response(response) if response.id == id => return response,
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Message {
        Message::read(&mut self.input).expect("a frame").expect("the server answers")
    }

    /// Opens a document and gives what is published for it.
    fn open(&mut self, address: &str, text: &str) -> Vec<Value> {
        let document = json!({"uri": address, "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
        self.published(address)
    }

    fn published(&mut self, address: &str) -> Vec<Value> {
        loop {
            let Message::Notification(told) = self.next() else { continue };
            if told.params["uri"] == address {
                return told.params["diagnostics"].as_array().cloned().unwrap_or_default();
            }
        }
    }

    fn labels(&mut self, address: &str, line: usize, character: usize) -> Vec<String> {
        let items = self.ask("textDocument/completion", at(address, line, character));
        let items = items.as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| Some(item["label"].as_str()?.to_owned())).collect()
    }

    fn end(mut self) {
        assert!(self.response("shutdown", Value::Null).response_result.is_ok());
        self.tell("exit", Value::Null);
        assert!(self.server.join().expect("the server ends"), "a proper end");
    }
}

fn at(address: &str, line: usize, character: usize) -> Value {
    json!({"textDocument": {"uri": address}, "position": {"line": line, "character": character}})
}

const HEAD: &str =
    "version: 1\nname: demo\nenvironment: dev\nbus: {pattern: {source: [a]}}\nalarms: {notify: [a@b.c]}\n";

#[test]
fn columns_are_counted_as_the_client_counts() {
    let head = HEAD.replace("bus: {pattern: {source: [a]}}\n", "");
    let text = format!("{head}bus: {{pattern: {{source: [\"🚚 ż\"]}}, input: 1}}\n");
    for (encodings, column) in [(&["utf-16"][..], 42), (&["utf-8", "utf-32"][..], 41)] {
        let mut client = Client::start(encodings);
        let told = client.open("untitled:1", &text);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["code"], "spec::unknown-value");
        assert_eq!(told[0]["range"]["start"], json!({"line": 4, "character": column}), "{encodings:?}");
        client.end();
    }
}

#[test]
fn what_is_wrong_is_told_while_typing_and_withdrawn_when_mended() {
    let mut client = Client::start(&["utf-32"]);
    let wrong = format!("{HEAD}queue: {{retention_days: 10, dead_letter: {{retention_days: 5}}}}\n");
    let told = client.open("untitled:1", &wrong);
    assert_eq!(told[0]["code"], "queue::dead-letters-expire-first");
    assert_eq!((&told[0]["severity"], &told[0]["source"]), (&json!(1), &json!("pipectl")));
    assert_eq!(told[0]["relatedInformation"][0]["message"], "the queue's retention");
    let change =
        json!({"textDocument": {"uri": "untitled:1", "version": 2}, "contentChanges": [{"text": HEAD}]});
    client.tell("textDocument/didChange", change);
    assert_eq!(client.published("untitled:1"), [] as [Value; 0]);
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": "untitled:1"}}));
    client.end();
}

#[test]
fn a_mistake_in_a_base_is_told_of_the_base() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("base file.yaml");
    std::fs::write(&base, format!("{HEAD}queue: {{retention_days: 99}}\n")).expect("a file");
    let own = format!("file://{}/over.yaml", folder.path().display());
    let other = format!("file://{}/base%20file.yaml", folder.path().display());
    let mut client = Client::start(&[]);
    let document = json!({"uri": own, "languageId": "yaml", "version": 1, "text": "extends: base file.yaml\nenvironment: x\n"});
    client.tell("textDocument/didOpen", json!({"textDocument": document}));
    let told = client.published(&other);
    assert_eq!(told[0]["code"], "spec::out-of-range");
    // Mended on the disk, and saved.
    std::fs::write(&base, HEAD).expect("a file");
    client.tell("textDocument/didSave", json!({"textDocument": {"uri": own}}));
    assert_eq!(client.published(&other), [] as [Value; 0]);
    client.end();
}

#[test]
fn keys_and_values_are_offered_where_they_may_stand() {
    let text = "version: 1\nname: demo\nqueue:\n  retention_days: 4\n  \nprocessor:\n  architecture: \n  tracing: \n  batch: {size: 10, \n  log:\n    retention_days: \nta\nbus: [ {broken\n";
    let mut client = Client::start(&["utf-32"]);
    client.open("untitled:1", text);
    let mut offered = |line, character| client.labels("untitled:1", line, character);
    let queue = offered(4, 2);
    assert!(
        queue.contains(&"dead_letter".to_owned()) && queue.contains(&"encryption".to_owned()),
        "{queue:?}"
    );
    assert!(!queue.contains(&"retention_days".to_owned()), "it stands there already: {queue:?}");
    assert_eq!(offered(6, 16), ["arm64", "x86_64"]);
    assert_eq!(offered(7, 11), ["true", "false"]);
    let batch = offered(8, 20);
    assert!(
        batch.contains(&"window_seconds".to_owned()) && batch.contains(&"pollers".to_owned()),
        "{batch:?}"
    );
    let days = offered(10, 20);
    assert!(days.contains(&"30".to_owned()) && days.contains(&"never".to_owned()), "{days:?}");
    let top = offered(11, 2);
    assert!(top.contains(&"table".to_owned()) && !top.contains(&"queue".to_owned()), "{top:?}");
    client.end();
}

#[test]
fn a_field_is_explained_and_so_is_what_is_wrong_with_it() {
    let mut client = Client::start(&["utf-32"]);
    client.open("untitled:1", &format!("{HEAD}queue:\n  retention_days: 40 # too long\n"));
    for column in [4, 18] {
        let hover = client.ask("textDocument/hover", at("untitled:1", 6, column));
        let text = hover["contents"]["value"].as_str().expect("a text");
        for part in
            ["`queue.retention_days`", "Days an unprocessed message is kept", "1 to 14", "Default: `4`"]
        {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert_eq!(text.contains("spec::out-of-range"), column == 18, "{text}");
    }
    assert_eq!(client.ask("textDocument/hover", at("untitled:1", 90, 0)), Value::Null);
    client.end();
}

#[test]
fn certain_edits_are_offered_one_by_one_and_together() {
    let mut client = Client::start(&["utf-16"]);
    let text = format!("{HEAD}table:\n  ttl_day: 90 # 🚚\nprocessor: {{tracing: yes}}\n");
    client.open("untitled:1", &text);
    let range = json!({"start": {"line": 6, "character": 3}, "end": {"line": 6, "character": 3}});
    let asked =
        json!({"textDocument": {"uri": "untitled:1"}, "range": range, "context": {"diagnostics": []}});
    let actions = client.ask("textDocument/codeAction", asked);
    assert_eq!(actions[0]["title"], "rename `ttl_day` to `ttl_days`");
    assert_eq!(actions[0]["diagnostics"][0]["code"], "spec::unknown-key");
    let edit = &actions[0]["edit"]["changes"]["untitled:1"][0];
    assert_eq!(
        (&edit["newText"], &edit["range"]["end"]),
        (&json!("ttl_days"), &json!({"line": 6, "character": 9}))
    );
    assert_eq!(actions[1]["kind"], "source.fixAll");
    assert_eq!(actions[1]["edit"]["changes"]["untitled:1"].as_array().map(Vec::len), Some(2));
    assert_eq!(actions.as_array().map(Vec::len), Some(2));
    client.end();
}

#[test]
fn what_is_not_served_is_answered_and_a_client_that_leaves_early_is_told_apart() {
    let mut client = Client::start(&[]);
    let refused = client.response("textDocument/rename", json!({}));
    assert_eq!(refused.response_result.map_err(|error| error.code), Err(-32601));
    client.tell("$/setTrace", json!({"value": "off"}));
    client.tell("exit", Value::Null);
    assert!(!client.server.join().expect("the server ends"), "no proper end");
}
