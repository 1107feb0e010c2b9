//! A table that takes every row after a fixed time, to measure against. Prints its port; `GET` tells how many rows it
//! has taken.
//!
//! ```text
//! cargo run --release --package processor --example slow_table -- 5
//! ```

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

fn main() -> io::Result<()> {
    let milliseconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", listener.local_addr()?.port())?;
    stdout.flush()?;
    let taken = Arc::new(AtomicU64::new(0));
    for stream in listener.incoming() {
        let (stream, taken) = (stream?, Arc::clone(&taken));
        // A thread for each connection: its sleep is exact to a tenth of a millisecond, a timer wheel's is not.
        thread::spawn(move || serve(stream, Duration::from_millis(milliseconds), &taken));
    }
    Ok(())
}

/// Until the other side closes.
fn serve(mut stream: TcpStream, latency: Duration, taken: &AtomicU64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        let is_write = line.starts_with("POST");
        let mut length = 0;
        while line.trim_end() != "" {
            line.clear();
            reader.read_line(&mut line)?;
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        io::copy(&mut (&mut reader).take(length), &mut io::sink())?;
        if is_write {
            thread::sleep(latency);
            taken.fetch_add(1, Ordering::Relaxed);
        }
        let body = if is_write { "{}".to_owned() } else { taken.load(Ordering::Relaxed).to_string() };
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
        line.clear();
    }
    Ok(())
}
