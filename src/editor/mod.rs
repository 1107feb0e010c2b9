//! text → what an editor shows: diagnostics while typing, hover, completion, quick fixes, symbols, definitions and
//! formatting, over the Language Server Protocol.

mod action;
mod attribute;
mod client;
mod complete;
mod definition;
mod document;
mod file;
mod format;
mod frame;
mod hover;
mod locate;
mod offer;
mod operators;
mod outline;
mod pattern;
mod position;
mod publish;
mod relevant;
mod seen;
mod spot;
mod symbols;
mod tolerant;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::io::{BufRead, Write};

use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;
use crate::validate::CheckedSpec;

use client::Client;
use document::Documents;
use frame::{Broken, Incoming};
use position::Encoding;

/// Further diagnostics of a valid spec, located in its files.
pub type Further<'a> = &'a dyn Fn(&CheckedSpec) -> Vec<Diagnostic>;

/// Serves one client until it exits; returns whether it sent `shutdown` before `exit`.
///
/// # Errors
/// The client violates the protocol, or has closed the connection.
pub fn serve(
    input: &mut impl BufRead,
    output: &mut impl Write,
    further: Further<'_>,
) -> Result<bool, Box<dyn Error + Sync + Send>> {
    let Some(mut documents) = greet(input, output, further)? else { return Ok(false) };
    while let Some(incoming) = frame::read(input)? {
        match incoming {
            Incoming::Request(request) if request.method == "shutdown" => {
                Message::Response(Response::new_ok(request.id, Value::Null)).write(output)?;
                return part(input, output);
            }
            Incoming::Request(request) => Message::Response(answer(&documents, request)).write(output)?,
            Incoming::Notification(notification) if notification.method == "exit" => return Ok(false),
            Incoming::Notification(notification) => {
                for (address, diagnostics) in take_in(&mut documents, &notification) {
                    let parameters = json!({"uri": address, "diagnostics": diagnostics});
                    let published =
                        Notification::new("textDocument/publishDiagnostics".to_owned(), parameters);
                    Message::Notification(published).write(output)?;
                }
            }
            Incoming::Response => {}
        }
    }
    Ok(false)
}

/// Waits for `initialize`, and answers it. `None`: the client exited instead.
fn greet<'a>(
    input: &mut impl BufRead,
    output: &mut impl Write,
    further: Further<'a>,
) -> Result<Option<Documents<'a>>, Box<dyn Error + Sync + Send>> {
    loop {
        match frame::read(input)?.ok_or(Broken::Ended)? {
            Incoming::Request(request) if request.method == "initialize" => {
                let client = Client::of(&request.params);
                let response = Response::new_ok(request.id, capabilities(client.encoding));
                Message::Response(response).write(output)?;
                return Ok(Some(Documents::new(client, further)));
            }
            Incoming::Request(request) => {
                let refused = "`initialize` must be the first request".to_owned();
                refuse(request, ErrorCode::ServerNotInitialized, refused).write(output)?;
            }
            Incoming::Notification(notification) if notification.method == "exit" => return Ok(None),
            Incoming::Notification(_) | Incoming::Response => {}
        }
    }
}

/// After `shutdown`, only `exit` is accepted.
fn part(input: &mut impl BufRead, output: &mut impl Write) -> Result<bool, Box<dyn Error + Sync + Send>> {
    while let Some(incoming) = frame::read(input)? {
        match incoming {
            Incoming::Notification(notification) if notification.method == "exit" => return Ok(true),
            Incoming::Request(request) => {
                let refused = "only `exit` may follow `shutdown`".to_owned();
                refuse(request, ErrorCode::InvalidRequest, refused).write(output)?;
            }
            Incoming::Notification(_) | Incoming::Response => {}
        }
    }
    Ok(false)
}

fn refuse(request: Request, code: ErrorCode, message: String) -> Message {
    Message::Response(Response::new_err(request.id, code as i32, message))
}

fn capabilities(encoding: Encoding) -> Value {
    json!({
        "capabilities": {
            "positionEncoding": encoding.name(),
            // Full texts: a spec has two kilobytes.
            "textDocumentSync": {"openClose": true, "change": 1, "save": {"includeText": false}},
            "hoverProvider": true,
            "completionProvider": {"triggerCharacters": [":", " ", "{", "[", ",", "$", ".", "/"]},
            "definitionProvider": true,
            "documentSymbolProvider": true,
            "documentFormattingProvider": true,
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
        "textDocument/definition" => definition::definition(documents, parameters),
        "textDocument/documentSymbol" => symbols::symbols(documents, parameters),
        "textDocument/formatting" => format::edits(documents, parameters),
        "textDocument/codeAction" => Some(action::actions(documents, parameters)),
        method => {
            let message = format!("`{method}` is not supported");
            return Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message);
        }
    };
    Response::new_ok(request.id, result)
}

/// Handles a notification; returns the diagnostics to publish.
fn take_in(documents: &mut Documents<'_>, notification: &Notification) -> Vec<(String, Vec<Value>)> {
    let parameters = &notification.params;
    let Some(address) = parameters["textDocument"]["uri"].as_str() else { return Vec::new() };
    let text = match notification.method.as_str() {
        "textDocument/didOpen" => parameters["textDocument"]["text"].as_str(),
        "textDocument/didChange" => {
            let changes = parameters["contentChanges"].as_array();
            changes.and_then(|changes| changes.last()).and_then(|change| change["text"].as_str())
        }
        // It may be a base or a sample.
        "textDocument/didSave" => return documents.check_again(),
        "textDocument/didClose" => return documents.close(address),
        _ => return Vec::new(),
    };
    text.map(|text| documents.set(address, text)).unwrap_or_default()
}
