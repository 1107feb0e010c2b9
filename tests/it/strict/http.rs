//! HTTP/1.1 as the SDK and the local cloud use it: whole messages, connections that stay open.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// A request or an answer, its body without transfer encoding.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    /// `POST / HTTP/1.1`, or `HTTP/1.1 200 OK`.
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn answer(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let reason = if status < 300 { "OK" } else { "Refused" };
        Self {
            first: format!("HTTP/1.1 {status} {reason}"),
            headers: vec![("Content-Type".to_owned(), kind.to_owned())],
            body: body.into(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The status of an answer.
    pub(crate) fn status(&self) -> u16 {
        self.first.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The next request of a connection; `None` at its end.
    pub(crate) fn read_request(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let Some(mut message) = Self::head(stream)? else { return Ok(None) };
        if message.header("expect").is_some() {
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        message.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("expect"));
        message.read_body(stream, false)?;
        Ok(Some(message))
    }

    /// The answer to a request; `None`: the connection was closed instead.
    pub(crate) fn read_answer(stream: &mut BufReader<TcpStream>, to_head: bool) -> io::Result<Option<Self>> {
        loop {
            let Some(mut message) = Self::head(stream)? else { return Ok(None) };
            match message.status() {
                100 => {}
                204 | 304 => return Ok(Some(message)),
                _ if to_head => return Ok(Some(message)),
                _ => {
                    message.read_body(stream, true)?;
                    return Ok(Some(message));
                }
            }
        }
    }

    fn head(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let mut message = Self::default();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let text = line.trim_end();
            if message.first.is_empty() {
                text.clone_into(&mut message.first);
            } else if let Some((name, value)) = text.split_once(':') {
                message.headers.push((name.to_owned(), value.trim().to_owned()));
            } else if text.is_empty() {
                return Ok(Some(message));
            }
        }
    }

    fn read_body(&mut self, stream: &mut BufReader<TcpStream>, to_the_end: bool) -> io::Result<()> {
        let length = self.header("content-length").and_then(|length| length.parse().ok());
        if self.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            self.read_chunks(stream)?;
        } else if let Some(length) = length {
            self.body = vec![0; length];
            stream.read_exact(&mut self.body)?;
        } else if to_the_end {
            stream.read_to_end(&mut self.body)?;
        }
        Ok(())
    }

    fn read_chunks(&mut self, stream: &mut BufReader<TcpStream>) -> io::Result<()> {
        let mut line = String::new();
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let size = line.trim_end().split(';').next().unwrap_or_default();
            let size = u64::from_str_radix(size, 16).map_err(io::Error::other)?;
            stream.by_ref().take(size).read_to_end(&mut self.body)?;
            if size == 0 {
                // Trailers up to the empty line.
                while line != "\r\n" {
                    line.clear();
                    stream.read_line(&mut line)?;
                }
                return Ok(());
            }
            stream.read_line(&mut String::new())?;
        }
    }

    /// Sends it as a whole. Only an answer to `HEAD` retains the length it was given.
    pub(crate) fn write(&self, stream: &mut TcpStream, keeps_length: bool) -> io::Result<()> {
        let mut text = format!("{}\r\n", self.first);
        for (name, value) in &self.headers {
            let framing = ["content-length", "transfer-encoding", "connection"];
            if !framing.contains(&name.to_lowercase().as_str()) || (keeps_length && name.len() == 14) {
                text.extend([name, ": ", value, "\r\n"]);
            }
        }
        if !keeps_length {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.body);
        stream.write_all(&bytes)
    }
}
