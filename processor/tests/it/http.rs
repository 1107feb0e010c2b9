//! The part of an HTTP/1.1 server that an SDK and a Lambda runtime need.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// One request.
pub(crate) struct Request {
    /// The number of its connection, counted from 0.
    pub(crate) connection: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    /// The header `X-Amz-Target`.
    pub(crate) target: String,
    pub(crate) body: String,
}

/// The server's reaction to a request.
pub(crate) enum Reply {
    /// Answers; the connection stays open.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// Closes the connection without an answer.
    Hang,
    /// Announces more bytes than it sends.
    Truncate(String),
}

/// Serves on a free port of loopback until the test process ends.
pub(crate) fn serve(answer: impl Fn(Request) -> Reply + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for (connection, stream) in listener.incoming().enumerate() {
            let (Ok(stream), answer) = (stream, Arc::clone(&answer)) else {
                return;
            };
            thread::spawn(move || converse(connection, stream, &*answer));
        }
    });
    address
}

fn converse(connection: usize, stream: TcpStream, answer: &dyn Fn(Request) -> Reply) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let request = read(connection, &mut reader)?;
        match answer(request) {
            Reply::Answer { status, headers, body } => {
                let headers: String =
                    headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let length = body.len();
                let text = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}");
                writer.write_all(text.as_bytes()).ok()?;
            }
            Reply::Hang => return None,
            Reply::Truncate(body) => {
                let length = body.len() + 10;
                write!(writer, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").ok()?;
                return None;
            }
        }
    }
}

fn read(connection: usize, reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut length, mut target) = (0, String::new());
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        } else if name.eq_ignore_ascii_case("x-amz-target") {
            value.trim().clone_into(&mut target);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { connection, method, path, target, body: String::from_utf8(body).ok()? })
}
