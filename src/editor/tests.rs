use std::io::{BufReader, PipeReader, PipeWriter, pipe};
use std::thread::{self, JoinHandle};

use lsp_server::{Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use super::serve;

/// A client in the test, a server on a thread, and two pipes between them.
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
        client.notify("initialized", json!({}));
        client
    }

    fn notify(&mut self, method: &str, parameters: Value) {
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

    /// Opens a document and returns what is published for it.
    fn open(&mut self, address: &str, text: &str) -> Vec<Value> {
        let document = json!({"uri": address, "languageId": "yaml", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
        self.published(address)
    }

    fn published(&mut self, address: &str) -> Vec<Value> {
        loop {
            let Message::Notification(notification) = self.next() else { continue };
            if notification.params["uri"] == address {
                return notification.params["diagnostics"].as_array().cloned().unwrap_or_default();
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
        self.notify("exit", Value::Null);
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
        let diagnostics = client.open("untitled:1", &text);
        assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
        assert_eq!(diagnostics[0]["code"], "spec::unknown-value");
        assert_eq!(
            diagnostics[0]["range"]["start"],
            json!({"line": 4, "character": column}),
            "{encodings:?}"
        );
        client.end();
    }
}

#[test]
fn errors_appear_while_typing_and_disappear_when_fixed() {
    let mut client = Client::start(&["utf-32"]);
    let wrong = format!("{HEAD}queue: {{retention_days: 10, dead_letter: {{retention_days: 5}}}}\n");
    let diagnostics = client.open("untitled:1", &wrong);
    assert_eq!(diagnostics[0]["code"], "queue::dead-letters-expire-first");
    assert_eq!((&diagnostics[0]["severity"], &diagnostics[0]["source"]), (&json!(1), &json!("pipectl")));
    assert_eq!(diagnostics[0]["relatedInformation"][0]["message"], "the queue's retention");
    let change =
        json!({"textDocument": {"uri": "untitled:1", "version": 2}, "contentChanges": [{"text": HEAD}]});
    client.notify("textDocument/didChange", change);
    assert_eq!(client.published("untitled:1"), [] as [Value; 0]);
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": "untitled:1"}}));
    client.end();
}

#[test]
fn a_mistake_in_a_base_is_reported_in_the_base() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("base file.yaml");
    std::fs::write(&base, format!("{HEAD}queue: {{retention_days: 99}}\n")).expect("a file");
    let own = format!("file://{}/over.yaml", folder.path().display());
    let other = format!("file://{}/base%20file.yaml", folder.path().display());
    let mut client = Client::start(&[]);
    let document = json!({"uri": own, "languageId": "yaml", "version": 1, "text": "extends: base file.yaml\nenvironment: x\n"});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
    let diagnostics = client.published(&other);
    assert_eq!(diagnostics[0]["code"], "spec::out-of-range");
    // Fixed on the disk, and saved.
    std::fs::write(&base, HEAD).expect("a file");
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": own}}));
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
            ["`queue.retention_days`", "Days an unprocessed message is retained", "1 to 14", "Default: `4`"]
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
fn unsupported_requests_are_answered_and_an_early_exit_is_detected() {
    let mut client = Client::start(&[]);
    let refused = client.response("textDocument/rename", json!({}));
    assert_eq!(refused.response_result.map_err(|error| error.code), Err(-32601));
    client.notify("$/setTrace", json!({"value": "off"}));
    client.notify("exit", Value::Null);
    assert!(!client.server.join().expect("the server ends"), "no proper end");
}

/// A folder with a base, a sample and other files, and the address of a spec in it.
fn project() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write(
        "repo/base.yaml",
        "environment: dev\nqueue: {retention_days: 3}\nbus:\n  samples: {match: [samples/one.json]}\n",
    );
    write(
        "repo/specs/near.yml",
        "extends: ../base.yaml\nqueue: {dead_letter: {retention_days: 7}}\nbus: {samples: {match: [samples/one.json]}}\n",
    );
    let event = json!({"source": "shop", "detail-type": "Placed", "detail": {
        "state": "new", "order": {"id": 7, "lines": [{"sku": "a"}, {"sku": "b"}]}, "needs quoting": true}});
    write("repo/specs/samples/one.json", &event.to_string());
    write("repo/specs/samples/.hidden.json", "{}");
    write("repo/specs/notes.txt", "");
    write("repo/.git/config", "");
    write("secret.json", "{}");
    let address = format!("file://{}/repo/specs/a.yaml", folder.path().display());
    (folder, address)
}

const TYPED: &str = "version: 1
name: demo
extends: 
bus:
  pattern:
    source: [shop, ]
    detail: {state: [], order: {}, }
    detail-type:
    
  samples: {match: [samples/one.json, samples/o]}
  rules: [{pattern: {detail: {state: [{}, {numeric: [, 1]}, {exists: }]}}}]
event:
  partition_key: {attribute: order_id, from: }
  attributes: {total: $.detail.order.id, }
  newer_by: {attribute: n, format: }
  drop: []
  type: 
tests: [{event: , row: {}}]
table: {indexes: [{name: by-total, partition_key: , project: [kind, ]}]}
";

/// While the document is not valid YAML.
#[test]
fn what_the_samples_hold_is_offered_where_it_is_named() {
    let (_folder, address) = project();
    let mut client = Client::start(&["utf-32"]);
    client.open(&address, TYPED);
    let mut offered = |behind: &str, back: usize| {
        let (line, text) =
            TYPED.lines().enumerate().find(|(_, text)| text.contains(behind)).expect("the line");
        let column = text.find(behind).expect("there") + behind.len() - back;
        client.labels(&address, line, column)
    };
    let has = |labels: &[String], wanted: &[&str], absent: &[&str]| {
        let there = |label: &&&str| labels.iter().any(|one| one == **label);
        assert_eq!(wanted.iter().filter(there).count(), wanted.len(), "{wanted:?} of {labels:?}");
        assert_eq!(absent.iter().filter(there).count(), 0, "{absent:?} of {labels:?}");
    };
    has(&offered("extends: ", 0), &["near.yml", "../base.yaml"], &["a.yaml", "samples/one.json"]);
    has(&offered("source: [shop, ", 0), &["{prefix: text}", "{anything-but: [value]}"], &["shop", "new"]);
    has(&offered("state: [], order: {}, ", 0), &["needs quoting", "$or"], &["state", "order"]);
    has(&offered("detail: {state: [", 0), &["new", "{exists: true}"], &["shop"]);
    has(&offered("order: {", 0), &["id", "lines"], &["sku", "state"]);
    has(
        &offered("match: [samples/one.json, samples/o", 0),
        &[],
        &["samples/one.json", "samples/.hidden.json", "near.yml"],
    );
    has(&offered("match: [samples/one", 0), &["samples/one.json"], &["../secret.json"]);
    has(&offered("state: [{", 0), &["prefix", "cidr"], &["{prefix: text}"]);
    has(&offered("numeric: [", 0), &["=", ">="], &["7"]);
    has(&offered("exists: ", 0), &["true", "false"], &[]);
    has(&offered("from: ", 0), &["$.detail.order.id", "$.detail-type", "$.detail.order.lines[0].sku"], &[]);
    has(&offered("attributes: {total: $.detail.order.id, ", 0), &["state", "sku"], &["total", "order"]);
    has(&offered("format: ", 0), &["epoch_seconds", "timestamp"], &["state"]);
    has(&offered("drop: [", 0), &["$.detail.order.lines[*].sku"], &["$.source"]);
    has(&offered("type: ", 0), &["state", "{attribute: …, from: …}"], &["sku"]);
    has(&offered("tests: [{event: ", 0), &["samples/one.json"], &["near.yml"]);
    has(&offered("row: {", 0), &["order_id", "total"], &[]);
    has(&offered("name: by-total, partition_key: ", 0), &["total", "order_id"], &["event_data"]);
    has(&offered("project: [kind, ", 0), &["event_data"], &["kind"]);
    client.end();
}

#[test]
fn what_is_taken_is_written_where_it_belongs() {
    let (_folder, address) = project();
    let mut client = Client::start(&["utf-32"]);
    for (text, label, expected) in [
        ("bus:\n  pattern:\n    |", "source", "    source: ["),
        ("bus:\n  pattern:\n    |", "detail", "    detail:\n      "),
        ("bus:\n  pattern:\n    detail-type: |", "Placed", "detail-type: [Placed]"),
        ("bus:\n  pattern:\n    detail-type:|", "Placed", "detail-type: [Placed]"),
        ("bus:\n  pattern:\n    detail-type:\n      |", "Placed", "      - Placed"),
        ("bus:\n  pattern:\n    detail-type:\n      - Paid\n      |", "Placed", "      - Placed"),
        ("bus:\n  pattern: {\"detail\": {\"state\": [\"|\"]}}", "new", "[\"new\"]"),
        ("bus:\n  pattern:\n    detail: {\"needs quoting\": [|]}", "true", "[true]"),
        ("bus:\n  pattern:\n    detail: {|}", "needs quoting", "{\"needs quoting\": ["),
        ("bus:\n  samples:\n    match:\n      |", "samples/one.json", "      - samples/one.json"),
        ("bus:\n  samples: {match: [samples/on|]}", "samples/one.json", "[samples/one.json]"),
        ("event:\n  attributes:\n    |", "sku", "    sku: \"$.detail.order.lines[0].sku\""),
        ("tests:\n  |", "event", "  - event: "),
        ("queue:\n  dea|: 4", "dead_letter", "  dead_letter: 4"),
    ] {
        let base = "extends: near.yml\n";
        let (before, after) = text.split_once('|').expect("a cursor");
        let whole = format!("{base}{before}{after}\n");
        client.open(&address, &whole);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
        let items = client.ask("textDocument/completion", at(&address, line, column));
        let item = items.as_array().and_then(|items| items.iter().find(|item| item["label"] == label));
        let item = item.unwrap_or_else(|| panic!("`{label}` is not offered in {text}: {items}"));
        let (range, new) =
            (&item["textEdit"]["range"], item["textEdit"]["newText"].as_str().expect("a text"));
        let column =
            |end: &str| usize::try_from(range[end]["character"].as_u64().expect("a column")).expect("small");
        let old = whole.lines().nth(line).expect("the line");
        let edited: String = old
            .chars()
            .take(column("start"))
            .chain(new.chars())
            .chain(old.chars().skip(column("end")))
            .collect();
        assert!(edited.contains(expected), "{edited:?} has no {expected:?}");
        assert_eq!(item["insertTextFormat"], 1, "this client knows no snippets");
    }
    client.end();
}

#[test]
fn what_a_value_is_from_is_found() {
    let (folder, address) = project();
    let mut client = Client::start(&["utf-32"]);
    let text = "extends: near.yml\nqueue:\n  retention_days: 4\n  dead_letter: {retention_days: null}\nbus:\n  samples:\n    match: [samples/one.json, ../../secret.json]\nname: demo\n";
    client.open(&address, text);
    let found = |client: &mut Client, line, column| {
        let found = client.ask("textDocument/definition", at(&address, line, column));
        let uri = found["uri"].as_str().map(|uri| uri.rsplit("/repo/").next().unwrap_or_default().to_owned());
        uri.map(|uri| (uri, found["range"]["start"]["line"].as_u64().expect("a line")))
    };
    for (line, column, file) in [
        (0, 12, Some(("specs/near.yml", 0))),
        (2, 5, Some(("specs/../base.yaml", 1))),
        (2, 18, Some(("specs/../base.yaml", 1))),
        // Removed by null; the definition is in the nearest base that has it.
        (3, 22, Some(("specs/near.yml", 1))),
        // The list overrides the other as a whole; its items name files.
        (6, 6, Some(("specs/near.yml", 2))),
        (6, 15, Some(("specs/samples/one.json", 0))),
        (6, 35, None),
        (7, 7, None),
    ] {
        let file = file.map(|(file, line)| (file.to_owned(), line));
        assert_eq!(found(&mut client, line, column), file, "{line}:{column}");
    }
    drop(folder);
    client.end();
}

#[test]
fn symbols_hover_and_formatting_are_those_of_the_document() {
    let (_folder, address) = project();
    let mut client = Client::start(&["utf-16"]);
    let text = "extends: ../base.yaml\nbus:\n    pattern:\n        detail: {state: [new]} # 🚚 one\n        source: [{prefix: a}]\ntests:\n- event: samples/one.json   \n";
    client.open(&address, text);
    let document = json!({"textDocument": {"uri": address}, "options": {"tabSize": 2}});
    let flat = client.ask("textDocument/documentSymbol", document.clone());
    let names: Vec<&str> =
        flat.as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "extends",
            "bus",
            "pattern",
            "detail",
            "state",
            "source",
            "a",
            "prefix",
            "tests",
            "samples/one.json",
            "event"
        ]
    );
    let edits = client.ask("textDocument/formatting", document);
    let edits = edits.as_array().expect("edits");
    assert_eq!(edits.len(), 4, "{edits:?}");
    assert_eq!(edits[1]["newText"], "    detail: {state: [new]} # 🚚 one");
    assert_eq!(edits[1]["range"]["end"], json!({"line": 3, "character": 39}));
    for (line, column, words) in [
        (3, 10, "The sender's own fields"),
        (3, 18, "In 1 of 1 samples: `new`"),
        (4, 20, "Strings with this prefix"),
        (4, 10, "The sender:"),
        (6, 4, "The event, a JSON file"),
    ] {
        let hover = client.ask("textDocument/hover", at(&address, line, column));
        assert!(
            hover["contents"]["value"].as_str().is_some_and(|text| text.contains(words)),
            "{words}: {hover}"
        );
    }
    client.end();
}

#[test]
fn other_yaml_files_have_no_diagnostics() {
    let mut client = Client::start(&["utf-32"]);
    let text = "name: CI\non: push\njobs: {a: {steps: []}}\n";
    assert_eq!(client.open("file:///w/.github/workflows/ci.yaml", text), [] as [Value; 0]);
    assert_eq!(client.labels("file:///w/.github/workflows/ci.yaml", 0, 0), [] as [&str; 0]);
    for (address, text) in [
        ("file:///w/specs/ci.yaml", text),
        ("file:///w/a.yaml", "# yaml-language-server: $schema=x/pipeline.schema.json\nname: CI\n"),
        ("file:///w/a.yaml", "queue: 1\n"),
        ("untitled:1", text),
    ] {
        assert!(!client.open(address, text).is_empty(), "{address}: {text}");
    }
    client.end();
}

/// The fixes of a pattern are offered like all others.
#[test]
fn the_certain_edits_of_a_pattern_are_offered() {
    let mut client = Client::start(&["utf-32"]);
    let text = HEAD.replace("source: [a]", "source: a, detail: {b: [{startsWith: c}], d: {prefix: e}}");
    client.open("untitled:1", &text);
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
    let asked =
        json!({"textDocument": {"uri": "untitled:1"}, "range": range, "context": {"diagnostics": []}});
    let actions = client.ask("textDocument/codeAction", asked);
    let titles: Vec<&str> =
        actions.as_array().expect("a list").iter().filter_map(|one| one["title"].as_str()).collect();
    assert_eq!(
        titles,
        [
            "write `[a]`",
            "rename `startsWith` to `prefix`",
            "write `[{prefix: e}]`",
            "apply all certain fixes"
        ]
    );
    client.end();
}

/// An edit writes the value that was checked: a key retains its quotes, and a text with a comma is not split.
#[test]
fn an_edit_of_a_pattern_writes_the_intended_value() {
    let edits = |pattern: &str| -> Vec<String> {
        let mut client = Client::start(&["utf-32"]);
        client.open("untitled:1", &HEAD.replace("bus: {pattern: {source: [a]}}\n", pattern));
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
        let asked =
            json!({"textDocument": {"uri": "untitled:1"}, "range": range, "context": {"diagnostics": []}});
        let actions = client.ask("textDocument/codeAction", asked);
        client.end();
        let edits = actions.as_array().expect("a list").iter();
        let edits = edits.filter_map(|one| one["edit"]["changes"]["untitled:1"][0]["newText"].as_str());
        edits.map(str::to_owned).collect()
    };
    assert_eq!(edits("bus: {pattern: {\"source\":[{\"startsWith\":\"c\"}]}}\n"), ["\"prefix\""]);
    assert_eq!(
        edits("bus:\n  pattern:\n    source: [a]\n    detail-type: Order Placed\n"),
        ["[Order Placed]"]
    );
    for text in ["Order Placed, Paid", "a]b", "a{b"] {
        assert_eq!(
            edits(&format!("bus:\n  pattern:\n    source: [a]\n    detail-type: {text}\n")),
            [""; 0],
            "{text}"
        );
    }
}

/// Edits do not replace line breaks.
#[test]
fn the_edits_of_formatting_keep_windows_line_ends() {
    let mut client = Client::start(&["utf-32"]);
    let text = format!("{HEAD}queue:\n    retention_days:   4").replace('\n', "\r\n");
    client.open("untitled:1", &text);
    let asked =
        json!({"textDocument": {"uri": "untitled:1"}, "options": {"tabSize": 2, "insertSpaces": true}});
    let edits = client.ask("textDocument/formatting", asked);
    let texts: Vec<&str> =
        edits.as_array().expect("edits").iter().filter_map(|edit| edit["newText"].as_str()).collect();
    assert_eq!(texts.last(), Some(&"\r\n"), "{edits}");
    assert!(texts.len() > 1 && texts[..texts.len() - 1].iter().all(|text| !text.contains('\r')), "{edits}");
    client.end();
}
