//! Properties of any bytes from an editor: whole messages come back, or a short reason why the connection ends. The fuzz
//! target compiles this file too.
//!
//! The first byte selects whether the other bytes are sent unchanged, or each line of them as the body of a message after
//! `initialize`.

use std::io::Cursor;

use lsp_server::Message;
use pipectl::editor::serve;
use serde_json::Value;

const INITIALIZE: &[u8] = br#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{}}}"#;
/// Most bytes of an error's text.
const REASON: usize = 300;

/// Serves them, and returns the number of answers.
pub(crate) fn converse(bytes: &[u8]) -> usize {
    let Some((mode, remainder)) = bytes.split_first() else { return 0 };
    let sent = if mode % 2 == 0 { remainder.to_vec() } else { framed(remainder) };
    let mut output = Vec::new();
    if let Err(error) = serve(&mut Cursor::new(sent), &mut output, &|_| Vec::new()) {
        let reason = error.to_string();
        assert!(!reason.is_empty() && reason.len() < REASON, "{reason}");
    }
    let mut input = Cursor::new(output);
    let mut count = 0;
    while let Some(message) = Message::read(&mut input).expect("a whole message") {
        check(&message);
        count += 1;
    }
    count
}

fn framed(lines: &[u8]) -> Vec<u8> {
    let mut sent = Vec::new();
    for body in [INITIALIZE].into_iter().chain(lines.split(|byte| *byte == b'\n')) {
        sent.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        sent.extend_from_slice(body);
    }
    sent
}

fn check(message: &Message) {
    match message {
        Message::Request(request) => panic!("the server asks nothing: {request:?}"),
        Message::Response(_) => {}
        Message::Notification(notification) => {
            assert_eq!(notification.method, "textDocument/publishDiagnostics");
            assert!(notification.params["uri"].is_string(), "{notification:?}");
            for diagnostic in notification.params["diagnostics"].as_array().expect("a list") {
                let at = |end: &str| {
                    let number = |key: &str| diagnostic["range"][end][key].as_u64().expect("a number");
                    (number("line"), number("character"))
                };
                assert!(at("start") <= at("end"), "{diagnostic}");
                assert!(diagnostic["message"].as_str().is_some_and(|text| !text.is_empty()), "{diagnostic}");
                assert_ne!(diagnostic["code"], Value::Null, "{diagnostic}");
            }
        }
    }
}
