//! The protocol's frames: a header with the length of the body, then one message as JSON. The library's reader
//! allocates whatever length is claimed, which can abort the process; this one allocates only what arrives.

use std::io::{self, BufRead, Read as _};

use lsp_server::{Notification, Request, RequestId};
use serde_json::{Map, Value};

/// Bytes of one message. A spec of one megabyte, the largest that is read, has at most four as JSON. A larger open file
/// still gets an error.
const BODY: u64 = 16 * 1024 * 1024;
/// Bytes of one header; real ones have thirty.
const HEADER: u64 = 4096;
/// Characters of the client's input that an error quotes.
const QUOTED: usize = 60;

/// A message of a client.
#[derive(Debug)]
pub(super) enum Incoming {
    Request(Request),
    Notification(Notification),
    /// To a request of ours, of which there are none.
    Response,
}

/// A violation of the protocol.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the input ended in the middle of a message")]
    Ended,
    #[error("a header has more than {HEADER} bytes")]
    LongHeader,
    #[error("`{0}` is not a line of a header")]
    Line(String),
    #[error("a header has no `Content-Length`")]
    NoLength,
    #[error("a header has two `Content-Length`")]
    TwoLengths,
    #[error("`{0}` is not a length")]
    Length(String),
    #[error("a message of {0} bytes was announced, but at most {BODY} are accepted")]
    LongBody(String),
    #[error("a message is not JSON: {0}")]
    Json(String),
    #[error("a message is neither a request nor a notification nor a response")]
    Shape,
    #[error("it cannot be read: {0}")]
    System(io::ErrorKind),
}

/// The next message; `None` if the client closed the connection between two messages.
pub(super) fn read(input: &mut impl BufRead) -> Result<Option<Incoming>, Broken> {
    let Some(length) = header(input)? else { return Ok(None) };
    let mut body = Vec::new();
    input.take(length).read_to_end(&mut body).map_err(|error| Broken::System(error.kind()))?;
    if (body.len() as u64) < length {
        return Err(Broken::Ended);
    }
    // The JSON parser limits the depth.
    let value = serde_json::from_slice(&body).map_err(|error| Broken::Json(error.to_string()))?;
    let Value::Object(map) = value else { return Err(Broken::Shape) };
    incoming(map).map(Some)
}

/// The length of the body.
fn header(input: &mut impl BufRead) -> Result<Option<u64>, Broken> {
    let mut left = HEADER;
    let mut length = None;
    loop {
        let mut line = Vec::new();
        input.take(left).read_until(b'\n', &mut line).map_err(|error| Broken::System(error.kind()))?;
        let whole = line.ends_with(b"\n");
        match line.len() as u64 {
            0 if left == HEADER => return Ok(None),
            read if !whole && read == left => return Err(Broken::LongHeader),
            _ if !whole => return Err(Broken::Ended),
            read => left -= read,
        }
        let Some(line) = line.strip_suffix(b"\r\n") else { return Err(Broken::Line(quoted(&line))) };
        if line.is_empty() {
            return length.map(Some).ok_or(Broken::NoLength);
        }
        let text = std::str::from_utf8(line).map_err(|_| Broken::Line(quoted(line)))?;
        let (name, value) = text.split_once(':').ok_or_else(|| Broken::Line(quoted(line)))?;
        if name.eq_ignore_ascii_case("Content-Length") && length.replace(number(value.trim())?).is_some() {
            return Err(Broken::TwoLengths);
        }
    }
}

fn number(text: &str) -> Result<u64, Broken> {
    // The protocol does not allow a sign, but `parse` accepts a plus.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Broken::Length(quoted(text.as_bytes())));
    }
    match text.parse() {
        Ok(length) if length <= BODY => Ok(length),
        _ => Err(Broken::LongBody(quoted(text.as_bytes()))),
    }
}

fn incoming(mut map: Map<String, Value>) -> Result<Incoming, Broken> {
    let params = map.remove("params").unwrap_or_default();
    match (map.remove("method"), map.remove("id")) {
        (Some(Value::String(method)), None) => Ok(Incoming::Notification(Notification { method, params })),
        (Some(Value::String(method)), Some(id)) => {
            let id: RequestId = serde_json::from_value(id).map_err(|_| Broken::Shape)?;
            Ok(Incoming::Request(Request { id, method, params }))
        }
        (None, Some(_)) => Ok(Incoming::Response),
        _ => Err(Broken::Shape),
    }
}

/// The beginning of a client's input.
fn quoted(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().chars().take(QUOTED).collect()
}
