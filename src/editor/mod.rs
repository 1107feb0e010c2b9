//! text → what an editor shows: the diagnostics of every check while typing, hover, completion and quick fixes, over
//! the Language Server Protocol.

mod action;
mod complete;
mod cursor;
mod document;
mod hover;
mod position;
mod publish;

#[cfg(test)]
mod tests;

use std::error::Error;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;
use crate::validate::CheckedSpec;

use document::Documents;
use position::Encoding;

/// What else is wrong with a valid spec; places are in its files.
pub type Further<'a> = &'a dyn Fn(&CheckedSpec) -> Vec<Diagnostic>;

/// Serves one client until it says goodbye; the answer is whether it did so properly, with `shutdown` before `exit`.
///
/// # Errors
/// The client breaks the protocol, or is gone.
pub fn serve(connection: &Connection, further: Further<'_>) -> Result<bool, Box<dyn Error + Sync + Send>> {
    let (id, parameters) = connection.initialize_start()?;
    let encoding = Encoding::agreed(&parameters);
    connection.initialize_finish(id, capabilities(encoding))?;
    let mut documents = Documents::new(encoding, further);
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(true);
                }
                connection.sender.send(Message::Response(answer(&documents, request)))?;
            }
            Message::Notification(notification) if notification.method == "exit" => return Ok(false),
            Message::Notification(notification) => {
                for (address, diagnostics) in take_in(&mut documents, &notification) {
                    let parameters = json!({"uri": address, "diagnostics": diagnostics});
                    let published =
                        Notification::new("textDocument/publishDiagnostics".to_owned(), parameters);
                    connection.sender.send(Message::Notification(published))?;
                }
            }
            Message::Response(_) => {}
        }
    }
    Ok(false)
}

fn capabilities(encoding: Encoding) -> Value {
    json!({
        "capabilities": {
            "positionEncoding": encoding.name(),
            // Whole texts: a spec has two kilobytes.
            "textDocumentSync": {"openClose": true, "change": 1, "save": {"includeText": false}},
            "hoverProvider": true,
            "completionProvider": {"triggerCharacters": [":", " ", "{"]},
            "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll"]},
        },
        "serverInfo": {"name": "pipectl", "version": env!("CARGO_PKG_VERSION")},
    })
}

fn answer(documents: &Documents<'_>, request: Request) -> Response {
    let parameters = &request.params;
    let result = match request.method.as_str() {
        "textDocument/hover" => hover::hover(documents, parameters),
        "textDocument/completion" => complete::complete(documents, parameters),
        "textDocument/codeAction" => Some(action::actions(documents, parameters)),
        method => {
            let message = format!("`{method}` is not served");
            return Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message);
        }
    };
    Response::new_ok(request.id, result)
}

/// What is to be published after a notification: the diagnostics of each file it changes.
fn take_in(documents: &mut Documents<'_>, notification: &Notification) -> Vec<(String, Vec<Value>)> {
    let parameters = &notification.params;
    let Some(address) = parameters["textDocument"]["uri"].as_str() else { return Vec::new() };
    let text = match notification.method.as_str() {
        "textDocument/didOpen" => parameters["textDocument"]["text"].as_str(),
        "textDocument/didChange" => {
            let changes = parameters["contentChanges"].as_array();
            changes.and_then(|changes| changes.last()).and_then(|change| change["text"].as_str())
        }
        // A base or a sample may have been saved since.
        "textDocument/didSave" => return documents.check_again(),
        "textDocument/didClose" => return documents.close(address),
        _ => return Vec::new(),
    };
    text.map(|text| documents.set(address, text)).unwrap_or_default()
}
