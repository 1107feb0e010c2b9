//! What an editor shows: the real yaml-language-server, driven over stdio, with the schema of this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::tools;

const SERVER: &str = "yaml-language-server@2.0.0";
const DOCUMENT: &str = "file:///specs/spec.yaml";

const TEXT: &str = "\
version: 1
name: demo
environment: dev
bus:
  pattern: {source: [demo.service]}
queue:
  retention_days: 40
  encryption: sse_sqs
processor:
  batch:
    size: 10
\u{20}   
    colour: red
  architecture: arm
";

#[test]
fn the_editor_completes_explains_and_checks_a_spec() {
    let mut server = Server::start();

    let top = server.complete(15, 0);
    let queue = labels(&top);
    for key in ["table", "alarms", "deploy", "load", "names"] {
        assert!(queue.contains(&key.to_owned()), "{key} is not offered at the top: {queue:?}");
    }
    let nested = server.complete(12, 4);
    for key in ["window_seconds", "max_concurrency", "pollers"] {
        assert!(
            labels(&nested).contains(&key.to_owned()),
            "{key} is not offered in the batch: {:?}",
            labels(&nested)
        );
    }
    let text = nested.to_string();
    assert!(text.contains("Seconds to wait for a batch to fill"), "completions are described: {text}");

    let values = server.complete(14, 16);
    assert!(labels(&values).iter().any(|label| label == "arm64"), "{:?}", labels(&values));
    assert!(values.to_string().contains("Graviton"), "values are described: {values}");

    let hover = server.ask(
        "textDocument/hover",
        &json!({"textDocument": {"uri": DOCUMENT}, "position": {"line": 7, "character": 5}}),
    );
    assert!(hover.to_string().contains("Days an unprocessed message is retained"), "{hover}");

    let problems = server.problems(DOCUMENT);
    let on = |line: u64| problems.iter().any(|problem| problem["range"]["start"]["line"] == line);
    assert!(on(7), "a retention of 40 days is out of range: {problems:?}");
    assert!(on(13), "`colour` is no key: {problems:?}");
    assert!(on(14), "`arm` is no architecture: {problems:?}");
    assert_eq!(problems.len(), 3, "{problems:?}");
}

/// Every map of a spec, in a document of its own with an empty line in it: each key is offered, with its description.
#[test]
fn every_key_is_offered_at_every_level_with_its_description() {
    let mut server = Server::start();
    let mut maps = vec![String::new()];
    let mut tried = 0;
    while let Some(map) = maps.pop() {
        let keys = pipectl::validate::keys(&map);
        let (text, line, indent) = opened(&map);
        let address = format!("file:///specs/level{tried}.yaml");
        server.open(&address, &text);
        let completion = server.complete_in(&address, line, indent);
        let offered = labels(&completion);
        for key in keys {
            // The document itself has these.
            if map.is_empty() && ["version", "name", "environment", "bus"].contains(&key.name.as_str()) {
                continue;
            }
            assert!(offered.contains(&key.name), "`{}` is not offered at `{map}`: {offered:?}", key.name);
            let item =
                completion["items"].as_array().expect("items").iter().find(|item| item["label"] == key.name);
            let documentation = item.map(|item| item["documentation"].to_string()).unwrap_or_default();
            let start: String = key.description.lines().next().unwrap_or_default().chars().take(20).collect();
            assert!(documentation.contains(&start), "`{map}/{}` is described as {documentation}", key.name);
            let pointer = format!("{map}/{}", key.name);
            let values = pipectl::validate::values(&pointer);
            if !key.is_section && !values.is_empty() {
                check_values(&mut server, &pointer, &values, tried);
            } else if key.is_section {
                maps.push(pointer);
            }
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
}

fn check_values(server: &mut Server, pointer: &str, values: &[(String, Option<String>)], number: usize) {
    let (map, key) = pointer.rsplit_once('/').expect("a pointer");
    let (text, line, indent) = opened(map);
    let mut lines: Vec<String> = text.split('\n').map(ToOwned::to_owned).collect();
    let location = usize::try_from(line).expect("small") - 1;
    lines[location] = format!("{}{key}: ", " ".repeat(usize::try_from(indent).expect("small")));
    let address = format!("file:///specs/value{number}.yaml");
    server.open(&address, &lines.join("\n"));
    let column = u64::try_from(lines[location].len()).expect("small");
    let completion = server.complete_in(&address, line, column);
    for (value, description) in values {
        // A value that an old parser reads as a boolean is offered in quotes.
        let quoted = format!("\"{value}\"");
        let is_it = |item: &&Value| item["label"] == **value || item["label"] == *quoted;
        let found = completion["items"].as_array().expect("items").iter().find(is_it);
        let found = found.unwrap_or_else(|| panic!("`{value}` is not offered for `{pointer}`: {completion}"));
        if let Some(description) = description {
            assert!(
                found.to_string().contains(description.as_str()),
                "`{pointer}: {value}` is not described: {found}"
            );
        }
    }
}

/// A spec in which the map at `pointer` is open, and the position of the next key: line, including the schema's line
/// above, and column.
fn opened(pointer: &str) -> (String, u64, u64) {
    let mut lines = vec!["version: 1".to_owned(), "name: demo".to_owned(), "environment: dev".to_owned()];
    if !pointer.starts_with("/bus") {
        lines.push("bus: {pattern: {source: [a]}}".to_owned());
    }
    let mut indent = 0;
    for key in pointer.split('/').skip(1) {
        lines.push(format!("{}{key}:", " ".repeat(indent)));
        indent += 2;
    }
    lines.push(" ".repeat(indent));
    (lines.join("\n"), u64::try_from(lines.len()).expect("small"), u64::try_from(indent).expect("small"))
}

#[test]
fn hover_shows_range_default_and_unit() {
    let mut server = Server::start();
    let prod = std::fs::read_to_string("specs/prod.yaml").expect("the spec");
    let address = "file:///specs/hover.yaml";
    server.open(address, &prod);
    let fields = [
        ("retention_days: 4", ["Days an unprocessed message is retained", "From 1 to 14.", "Default: `4`."]),
        (
            "timeout_seconds: 60",
            ["The most seconds that one invocation may take", "From 1 to 900.", "Default: `60`."],
        ),
        ("memory_mb: 512", ["Memory in MB", "From 128 to 10240.", "Default: `512`."]),
        // For one of several, the editor shows which one it is.
        ("architecture: arm64", ["AWS Graviton", "20 % cheaper", "pipeline"]),
    ];
    for (text, parts) in fields {
        let line = prod.lines().position(|line| line.trim_start().starts_with(text)).expect("the field");
        let hover =
            server.ask("textDocument/hover", &at(address, u64::try_from(line).expect("small") + 1, 4));
        for part in parts {
            assert!(hover.to_string().contains(part), "`{part}` is not in the hover of `{text}`: {hover}");
        }
    }
}

/// Errors that the schema can detect are marked by the editor on the same lines as by pipectl.
#[test]
fn the_editor_marks_what_validate_marks() {
    let mut server = Server::start();
    let cloud = crate::cloud::Cloud::new();
    let prod = std::fs::read_to_string("specs/prod.yaml").expect("the spec");
    let changes = [
        ("  retention_days: 4\n", "  retention_days: 15\n"),
        ("  retention_days: 4\n", "  retention_days: 0\n"),
        ("  retention_days: 4\n", "  retention_days: 4.5\n"),
        ("  retention_days: 4\n", "  retention_days: four\n"),
        ("  retention_days: 4\n", "  retention_day: 4\n"),
        ("  retention_days: 4\n", "  retention_days: [4]\n"),
        ("memory_mb: 512", "memory_mb: 127"),
        ("memory_mb: 512", "memory_mb: \"512\""),
        ("architecture: arm64", "architecture: arm"),
        ("account: \"123456789012\"", "account: 123456789012"),
        ("account: \"123456789012\"", "account: \"12345678901\""),
        ("ttl_days: 90", "ttl_days: 3651"),
        ("retain: true", "retain: yes please"),
        ("log: {retention_days: 30, level: info}", "log: {retention_days: 31, level: info}"),
        ("log: {retention_days: 30, level: info}", "log: {retention_days: 30, level: loud}"),
        ("period_seconds: 300", "period_seconds: 301"),
        ("notify: [ops@example.com]", "notify: [ops at example.com]"),
        ("oldest_message: {threshold_seconds: 3600}", "oldest_message: on"),
        ("name: shipmentevents\n", "name: Shipment_Events\n"),
        ("name: shipmentevents\n", "\n"),
        ("    source: [shipment.service]\n    detail-type: [{prefix: shipment.}]\n", "    {}\n"),
        ("table:\n", "tabel:\n"),
    ];
    for (number, (from, to)) in changes.iter().enumerate() {
        assert_eq!(prod.matches(from).count(), 1, "`{from}` stands once");
        let text = prod.replace(from, to);
        let path = cloud.write("changed.yaml", &text);
        std::fs::create_dir_all(cloud.path("samples")).expect("a folder");
        for sample in ["created.json", "invoice.json"] {
            std::fs::copy(format!("specs/samples/{sample}"), cloud.path("samples").join(sample))
                .expect("a copy");
        }
        let output =
            cloud.run(&["validate", path.to_str().expect("UTF-8"), "--format", "json"]).exited(3).json();
        let ours: BTreeSet<u64> = output["diagnostics"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|one| one["code"].as_str().is_some_and(|code| code.starts_with("spec::")))
            .map(|one| one["line"].as_u64().expect("a line"))
            .collect();
        let address = format!("file:///specs/changed{number}.yaml");
        server.open(&address, &text);
        let problems = server.problems(&address);
        // Its lines count from 0, below the line that names the schema.
        let theirs: BTreeSet<u64> = problems
            .iter()
            .map(|one| one["range"]["start"]["line"].as_u64().expect("a line").max(1))
            .collect();
        assert_eq!(theirs, ours, "`{to}`: {problems:#?}\n{output:#}");
    }
}

fn at(address: &str, line: u64, character: u64) -> Value {
    json!({"textDocument": {"uri": address}, "position": {"line": line, "character": character}})
}

fn labels(completion: &Value) -> Vec<String> {
    let items = completion["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| Some(item["label"].as_str()?.to_owned())).collect()
}

struct Server {
    child: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    /// The diagnostics of each document, once there were any.
    problems: BTreeMap<String, Vec<Value>>,
    asked: u64,
}

impl Server {
    fn start() -> Self {
        let program = installed().join("node_modules/yaml-language-server/bin/yaml-language-server");
        let mut child = Command::new("node")
            .arg(program)
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node.js runs the language server");
        let input = child.stdin.take().expect("its input");
        let output = messages(child.stdout.take().expect("its output"));
        let mut server = Self { child, input, output, problems: BTreeMap::new(), asked: 0 };
        server.ask(
            "initialize",
            &json!({"processId": null, "rootUri": null, "capabilities": {
                "textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"]}}},
                "workspace": {"configuration": true},
            }}),
        );
        server.notify("initialized", &json!({}));
        server.open(DOCUMENT, TEXT);
        server
    }

    /// Opens a document under a line that names the schema of this repository.
    fn open(&mut self, address: &str, text: &str) {
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/pipeline.schema.json");
        let text = format!("# yaml-language-server: $schema=file://{}\n{text}\n", schema.display());
        let document = json!({"uri": address, "languageId": "yaml", "version": 1, "text": text});
        self.notify("textDocument/didOpen", &json!({"textDocument": document}));
    }

    fn complete(&mut self, line: u64, character: u64) -> Value {
        self.complete_in(DOCUMENT, line, character)
    }

    fn complete_in(&mut self, address: &str, line: u64, character: u64) -> Value {
        self.ask("textDocument/completion", &at(address, line, character))
    }

    fn problems(&mut self, address: &str) -> Vec<Value> {
        loop {
            if let Some(problems) = self.problems.remove(address) {
                return problems;
            }
            let message = self.next();
            self.react(&message);
        }
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        loop {
            let message = self.next();
            if message["id"] == id && message.get("method").is_none() {
                return message["result"].clone();
            }
            self.react(&message);
        }
    }

    fn notify(&mut self, method: &str, parameters: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": parameters}));
    }

    /// The server requests its settings and sends its findings.
    fn react(&mut self, message: &Value) {
        match message["method"].as_str() {
            Some("workspace/configuration") => {
                let settings = json!({"validate": true, "completion": true, "hover": true, "schemaStore": {"enable": false}});
                let wanted = message["params"]["items"].as_array().cloned().unwrap_or_default();
                let answers: Vec<Value> = wanted
                    .iter()
                    .map(|item| if item["section"] == "yaml" { settings.clone() } else { json!({}) })
                    .collect();
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": answers}));
            }
            Some("textDocument/publishDiagnostics") => {
                let found = message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
                let address = message["params"]["uri"].as_str().unwrap_or_default();
                if !found.is_empty() {
                    self.problems.insert(address.to_owned(), found);
                }
            }
            Some(_) if message.get("id").is_some() => {
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}));
            }
            _ => {}
        }
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server listens");
        self.input.flush().expect("the server listens");
    }

    fn next(&self) -> Value {
        self.output.recv_timeout(Duration::from_secs(60)).expect("the server answers")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn messages(output: impl std::io::Read + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                if output.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
                match line.trim().split_once(": ") {
                    Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                        length = value.parse().unwrap_or(0);
                    }
                    Some(_) => {}
                    None => break,
                }
            }
            let mut body = vec![0; length];
            if output.read_exact(&mut body).is_err() {
                return;
            }
            if let Ok(message) = serde_json::from_slice(&body)
                && sender.send(message).is_err()
            {
                return;
            }
        }
    });
    receiver
}

/// The server in a folder of its own.
fn installed() -> PathBuf {
    tools::installed("editor", SERVER, |folder| {
        std::fs::write(folder.join("package.json"), "{\"private\":true}").expect("a file");
        let arguments = ["install", "--no-audit", "--no-fund", "--no-save", SERVER];
        tools::run(Command::new("npm").args(arguments).current_dir(folder));
    })
}
