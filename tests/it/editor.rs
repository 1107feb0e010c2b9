//! What an editor shows: the real yaml-language-server, driven over stdio, with the schema of this repository.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

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
    assert!(hover.to_string().contains("Days an unprocessed message is kept"), "{hover}");

    let problems = server.problems();
    let on = |line: u64| problems.iter().any(|problem| problem["range"]["start"]["line"] == line);
    assert!(on(7), "a retention of 40 days is out of range: {problems:?}");
    assert!(on(13), "`colour` is no key: {problems:?}");
    assert!(on(14), "`arm` is no architecture: {problems:?}");
    assert_eq!(problems.len(), 3, "{problems:?}");
}

fn labels(completion: &Value) -> Vec<String> {
    let items = completion["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| Some(item["label"].as_str()?.to_owned())).collect()
}

struct Server {
    child: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    problems: Option<Vec<Value>>,
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
        let mut server = Self { child, input, output, problems: None, asked: 0 };
        server.ask(
            "initialize",
            &json!({"processId": null, "rootUri": null, "capabilities": {
                "textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"]}}},
                "workspace": {"configuration": true},
            }}),
        );
        server.tell("initialized", &json!({}));
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/pipeline.schema.json");
        let text = format!("# yaml-language-server: $schema=file://{}\n{TEXT}\n", schema.display());
        let document = json!({"uri": DOCUMENT, "languageId": "yaml", "version": 1, "text": text});
        server.tell("textDocument/didOpen", &json!({"textDocument": document}));
        server
    }

    fn complete(&mut self, line: u64, character: u64) -> Value {
        let place =
            json!({"textDocument": {"uri": DOCUMENT}, "position": {"line": line, "character": character}});
        self.ask("textDocument/completion", &place)
    }

    fn problems(&mut self) -> Vec<Value> {
        while self.problems.is_none() {
            let message = self.next();
            self.react(&message);
        }
        self.problems.take().unwrap_or_default()
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

    fn tell(&mut self, method: &str, parameters: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": parameters}));
    }

    /// The server asks for its settings and sends what it found.
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
                self.problems =
                    message["params"]["diagnostics"].as_array().cloned().filter(|found| !found.is_empty());
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

/// The server in a folder of its own, installed once.
fn installed() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(target).join("editor");
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == SERVER) {
        return folder;
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("package.json"), "{\"private\":true}").expect("a file");
    let npm = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--no-save", SERVER])
        .current_dir(&folder)
        .output()
        .expect("npm runs: this test needs Node.js");
    assert!(npm.status.success(), "{}", String::from_utf8_lossy(&npm.stderr));
    std::fs::write(stamp, SERVER).expect("a file");
    folder
}
