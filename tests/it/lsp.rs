//! `pipectl lsp` as an editor starts it: the built binary, over stdio.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::editor::messages;

#[test]
fn the_language_server_reports_over_stdio_what_validate_reports() {
    let cloud = Cloud::new();
    let mut child = started(&cloud, &["lsp", "--stdio"]);
    let mut input = child.stdin.take().expect("its input");
    let output = messages(child.stdout.take().expect("its output"));
    let next = || output.recv_timeout(Duration::from_secs(60)).expect("the server answers");

    let spec =
        std::fs::canonicalize("tests/invalid/queue__visibility-too-short/spec.yaml").expect("the spec");
    let address = format!("file://{}", spec.display());
    let text = std::fs::read_to_string(&spec).expect("the spec");
    send(&mut input, &json!({"id": 1, "method": "initialize", "params": {"capabilities": {}}}));
    assert_eq!(next()["result"]["capabilities"]["hoverProvider"], true);
    send(&mut input, &json!({"method": "initialized", "params": {}}));
    let document = json!({"uri": address, "languageId": "yaml", "version": 1, "text": text});
    send(&mut input, &json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}));
    let published = next()["params"]["diagnostics"].as_array().cloned().expect("diagnostics");
    let validated =
        cloud.run(&["validate", spec.to_str().expect("UTF-8"), "--format", "json"]).exited(3).json();
    let expected: Vec<_> = validated["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["code"].clone(), one["line"].as_u64().expect("a line") - 1))
        .collect();
    let diagnostics: Vec<_> = published
        .iter()
        .map(|one| (one["code"].clone(), one["range"]["start"]["line"].as_u64().expect("a line")))
        .collect();
    assert_eq!(diagnostics, expected);
    assert!(!diagnostics.is_empty());

    send(&mut input, &json!({"id": 2, "method": "shutdown", "params": null}));
    assert_eq!(next()["id"], 2);
    send(&mut input, &json!({"method": "exit", "params": null}));
    assert_eq!(child.wait().expect("an end").code(), Some(0));
}

#[test]
fn an_editor_that_leaves_or_talks_nonsense_ends_the_server_without_a_panic() {
    let cloud = Cloud::new();
    for sent in ["", "Content-Length: 5\r\n\r\nhello", "nonsense\r\n\r\n"] {
        let mut child = started(&cloud, &["lsp"]);
        let mut input = child.stdin.take().expect("its input");
        input.write_all(sent.as_bytes()).expect("it listens");
        drop(input);
        let ended = child.wait_with_output().expect("an end");
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{sent}: {stderr}");
        assert!(
            stderr.contains("error[editor::broken-protocol]") && !stderr.contains("panicked"),
            "{stderr}"
        );
    }
}

#[test]
fn a_position_behind_the_text_is_its_end() {
    let cloud = Cloud::new();
    let mut child = started(&cloud, &["lsp", "--stdio"]);
    let mut input = child.stdin.take().expect("its input");
    let output = messages(child.stdout.take().expect("its output"));
    let next = || output.recv_timeout(Duration::from_secs(60)).expect("the server answers");
    send(&mut input, &json!({"id": 1, "method": "initialize", "params": {"capabilities": {}}}));
    next();
    send(&mut input, &json!({"method": "initialized", "params": {}}));
    let document = json!({"uri": "untitled:1", "languageId": "yaml", "version": 1, "text": "queue:\n  retention_day: 1\n"});
    send(&mut input, &json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}));
    next();
    let last = json!({"line": u64::MAX, "character": u64::MAX});
    let range = json!({"start": {"line": 0, "character": 0}, "end": last});
    for (id, method, more) in [
        (2, "textDocument/codeAction", json!({"range": range, "context": {"diagnostics": []}})),
        (3, "textDocument/hover", json!({"position": last})),
        (4, "textDocument/completion", json!({"position": last})),
    ] {
        let mut parameters = json!({"textDocument": {"uri": "untitled:1"}});
        let object = parameters.as_object_mut().expect("an object");
        object.extend(more.as_object().expect("an object").clone());
        send(&mut input, &json!({"id": id, "method": method, "params": parameters}));
        // Diagnostics may be published in between.
        let answer = std::iter::repeat_with(next).find(|message| message["id"] == id).expect("an answer");
        assert_eq!(answer.get("error"), None, "{answer}");
        // The range covers the whole text, with its one safe edit.
        assert!(
            id != 2 || answer["result"].as_array().is_some_and(|actions| !actions.is_empty()),
            "{answer}"
        );
    }
    drop(input);
    child.wait().expect("an end");
}

fn started(cloud: &Cloud, arguments: &[&str]) -> Child {
    let mut command = cloud.command(arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("pipectl runs")
}

fn send(input: &mut ChildStdin, message: &Value) {
    let mut message = message.clone();
    message["jsonrpc"] = "2.0".into();
    let text = message.to_string();
    write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server listens");
    input.flush().expect("the server listens");
}
