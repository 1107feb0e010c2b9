//! Input that an editor, or any program that starts `pipectl lsp`, may send: it ends with a message, never with a crash,
//! and needs no more memory than the input justifies.

use serde_json::{Value, json};

use super::confined;
use crate::cloud::{Cloud, SPEC};

fn frame(message: &Value) -> Vec<u8> {
    let mut message = message.clone();
    message["jsonrpc"] = "2.0".into();
    let text = message.to_string();
    format!("Content-Length: {}\r\n\r\n{text}", text.len()).into_bytes()
}

fn greeting() -> Vec<u8> {
    frame(&json!({"id": 1, "method": "initialize", "params": {"capabilities": {}}}))
}

fn opened(address: &str, text: &str) -> Vec<u8> {
    let document = json!({"uri": address, "languageId": "yaml", "version": 1, "text": text});
    frame(&json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}))
}

fn farewell() -> Vec<u8> {
    [frame(&json!({"id": 9, "method": "shutdown"})), frame(&json!({"method": "exit"}))].concat()
}

#[test]
fn what_is_not_the_protocol_ends_the_server_with_its_reason() {
    let cloud = Cloud::new();
    let body = |text: &[u8]| [format!("Content-Length: {}\r\n\r\n", text.len()).as_bytes(), text].concat();
    let request = |id: &str| body(format!(r#"{{"id":{id},"method":"initialize"}}"#).as_bytes());
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"Content-Length: 99999999999\r\n\r\n{".to_vec(), "a message of 99999999999 bytes was announced"),
        (b"Content-Length: 16777217\r\n\r\n{".to_vec(), "at most 16777216 are accepted"),
        (b"Content-Length: 99999999999999999999999999\r\n\r\n".to_vec(), "at most 16777216 are accepted"),
        (b"Content-Length: -5\r\n\r\n{}".to_vec(), "`-5` is not a length"),
        (b"Content-Length: +2\r\n\r\n{}".to_vec(), "`+2` is not a length"),
        (b"Content-Length: 0x10\r\n\r\n{}".to_vec(), "`0x10` is not a length"),
        (b"Content-Length:\r\n\r\n{}".to_vec(), "`` is not a length"),
        (b"Content-Type: a\r\n\r\n{}".to_vec(), "has no `Content-Length`"),
        (b"\r\n\r\n".to_vec(), "has no `Content-Length`"),
        (b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}".to_vec(), "two `Content-Length`"),
        (b"Content-Length: 2\r\ncontent-length: 3\r\n\r\n{}".to_vec(), "two `Content-Length`"),
        (b"Content-Length: 2\n\n{}".to_vec(), "is not a line of a header"),
        (b"Content-Length: \xff\xfe\r\n\r\n{}".to_vec(), "is not a line of a header"),
        (b"\x1b]0;title\x07\xe2\x80\xae\r\n\r\n".to_vec(), "`\\u{1b}]0;title\\u{7}\\u{202e}`"),
        (b"a".repeat(50_000_000), "a header has more than 4096 bytes"),
        (b"Name: value\r\n".repeat(1_000_000), "a header has more than 4096 bytes"),
        (b"Content-Length: 10".to_vec(), "ended in the middle"),
        (b"Content-Length: 10\r\n\r\n{}".to_vec(), "ended in the middle"),
        (b"Content-Length: 16777216\r\n\r\n".to_vec(), "ended in the middle"),
        (body(b"hello"), "is not JSON"),
        (body(b"{\"method\": \"\xff\"}"), "is not JSON"),
        (
            body(&[b"{\"method\":\"a\",\"params\":".as_slice(), &b"[".repeat(1_000_000)].concat()),
            "is not JSON",
        ),
        (body(&b"{\"a\":".repeat(1_000_000)), "is not JSON"),
        (body(b"[{\"id\":1,\"method\":\"initialize\"}]"), "neither a request"),
        (body(b"7"), "neither a request"),
        (body(b"{}"), "neither a request"),
        (request("1.5"), "neither a request"),
        (request("99999999999"), "neither a request"),
        (request("null"), "neither a request"),
        (request("{}"), "neither a request"),
        (body(b"{\"id\":1,\"method\":{}}"), "neither a request"),
    ];
    for (input, reason) in cases {
        for begun in [false, true] {
            let input = if begun { [greeting(), input.clone()].concat() } else { input.clone() };
            let run = confined::fed(&cloud.command(&["lsp"]), &input).exited(1);
            let run =
                run.reports(&["error[editor::broken-protocol]: the editor's connection ended: ", reason]);
            assert!(run.stderr.len() < 600, "what was said is repeated: {}", run.stderr);
            assert!(begun || run.stdout.is_empty(), "{}", run.stdout);
        }
    }
}

/// Sixteen megabytes of JSON are at most half a gigabyte of values.
#[test]
fn the_largest_message_is_served_in_little_memory() {
    let cloud = Cloud::new();
    let numbers = format!("[{}0]", "0,".repeat(8_300_000));
    let text = format!(r#"{{"jsonrpc":"2.0","id":2,"method":"textDocument/hover","params":{numbers}}}"#);
    let hover = format!("Content-Length: {}\r\n\r\n{text}", text.len()).into_bytes();
    let input = [greeting(), hover, farewell()].concat();
    confined::fed(&cloud.command(&["lsp"]), &input)
        .exited(0)
        .prints(&[r#""id":2,"result":null"#, r#""id":9"#]);
}

#[test]
fn a_document_of_any_kind_costs_little() {
    let cloud = Cloud::new();
    let complete = |address: &str| {
        let position = json!({"line": 1, "character": 2});
        let parameters = json!({"textDocument": {"uri": address}, "position": position});
        frame(&json!({"id": 5, "method": "textDocument/completion", "params": parameters}))
    };
    // A megabyte of keys on one level, each of which is searched for in all lines above.
    let level = format!("queue:\n{}", "  a:\n".repeat(200_000));
    let huge = "a: 1\n".repeat(1_500_000);
    for (text, code) in [(level, "source::too-large"), (huge, "source::too-large")] {
        let input = [greeting(), opened("untitled:1", &text), complete("untitled:1"), farewell()].concat();
        confined::fed(&cloud.command(&["lsp"]), &input).exited(0).prints(&[code, r#""id":5"#, r#""id":9"#]);
    }
}

/// A folder `work`, with links and files outside it.
fn surrounded() -> Cloud {
    let cloud = Cloud::new();
    std::fs::create_dir_all(cloud.path("work/.git")).expect("a folder");
    cloud.write("secret.yaml", "s3cret: s3cret\n");
    cloud.write("secret.json", "{}");
    cloud.write("work/.env", "s3cret: s3cret\n");
    cloud.write("work/.hidden.json", "{}");
    for (to, name) in [("../secret.yaml", "link.yaml"), ("../secret.json", "link.json"), ("..", "up")] {
        std::os::unix::fs::symlink(to, cloud.path("work").join(name)).expect("a link");
    }
    for pipe in ["work/pipe.yaml", "work/pipe.json"] {
        let made = std::process::Command::new("mkfifo").arg(cloud.path(pipe)).status().expect("mkfifo runs");
        assert!(made.success());
    }
    cloud
}

/// Neither the offered file names nor the origin of a value.
#[test]
fn no_request_of_an_editor_leads_outside_of_the_folder() {
    let cloud = surrounded();
    cloud.write("work/inside.yaml", "a: 1\n");
    cloud.write("work/event.json", "{}");
    let address = format!("file://{}/a.yaml", cloud.path("work").display());
    let ask = |id: usize, method: &str, line: usize, column: usize| {
        let position = json!({"line": line, "character": column});
        let parameters = json!({"textDocument": {"uri": address}, "position": position});
        frame(&json!({"id": id, "method": format!("textDocument/{method}"), "params": parameters}))
    };
    let text = "extends: \nbus: {samples: {match: [ ]}}\n";
    let input = [
        greeting(),
        opened(&address, text),
        ask(2, "completion", 0, 9),
        ask(3, "completion", 1, 24),
        farewell(),
    ];
    let run = confined::fed(&cloud.command(&["lsp"]), &input.concat()).exited(0);
    let run = run.prints(&["\"label\":\"inside.yaml\"", "\"label\":\"event.json\""]);
    for outside in ["secret", "link", "pipe.", "hidden", "up/", ".env", "spec.yaml"] {
        assert!(!run.stdout.contains(outside), "{outside}: {}", run.stdout);
    }
    let names = [
        "../secret.json",
        "link.json",
        "pipe.json",
        "up/secret.json",
        ".hidden.json",
        "/etc/passwd",
        "event.json",
    ];
    for (number, name) in names.iter().enumerate() {
        let text = format!("bus: {{samples: {{match: [{name}]}}}}\nextends: {name}\n");
        let definitions = [ask(4, "definition", 0, 26), ask(5, "definition", 1, 12)].concat();
        let input = [greeting(), opened(&address, &text), definitions, farewell()].concat();
        let run = confined::fed(&cloud.command(&["lsp"]), &input).exited(0);
        for id in [4, 5] {
            let is_null = run.stdout.contains(&format!("\"id\":{id},\"result\":null"));
            assert_eq!(is_null, number + 1 < names.len(), "{name}: {}", run.stdout);
        }
    }
}

#[test]
fn nothing_outside_of_a_documents_folder_reaches_an_editor() {
    let cloud = surrounded();
    let address = |name: &str| format!("file://{}/{name}", cloud.path("work").display());
    for (document, named, reason) in [
        ("a.yaml", "link.yaml", "is a link to `"),
        ("a.yaml", ".env", "begins with a dot"),
        ("a.yaml", "pipe.yaml", "it is a pipe"),
        ("a.yaml", "../secret.yaml", "outside of"),
        // The document is in a folder that a link points to.
        ("up/a.yaml", "secret.yaml", "is a link to `"),
        ("%ff/a.yaml", "secret.yaml", "no such file"),
        ("a%00b.yaml", "link.yaml", "is a link to `"),
    ] {
        let text = format!("{SPEC}extends: {named}\n");
        let input = [greeting(), opened(&address(document), &text), farewell()].concat();
        let run = confined::fed(&cloud.command(&["lsp"]), &input).exited(0).prints(&[reason]);
        assert!(!run.stdout.contains("s3cret") && !run.stderr.contains("s3cret"), "{}", run.stdout);
    }
    // A host is not one of the file's folders.
    for address in ["file://elsewhere/a.yaml", "file://../a.yaml", "file:", "", "file:///", "\u{202e}"] {
        let input = [greeting(), opened(address, "queue: {a: 1}\n"), farewell()].concat();
        confined::fed(&cloud.command(&["lsp"]), &input).exited(0).prints(&["spec::unknown-key"]);
    }
}
