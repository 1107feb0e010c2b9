//! A table that accepts every row after a fixed time, for measurements. Prints its port; `GET` returns the number of rows
//! it has taken.
//!
//! ```text
//! cargo run --release --package pipectl-processor --example slow_table -- 5
//! ```

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use http::{Reply, serve};

// One thread per connection: its sleep is exact to 0.1 ms, that of a timer wheel is not.
#[path = "../tests/it/http.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the tests' server, of which a table needs only a part")]
mod http;

fn main() -> io::Result<()> {
    let milliseconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5);
    let taken = AtomicU64::new(0);
    let address = serve(move |request| {
        let body = if request.method == "GET" {
            taken.load(Ordering::Relaxed).to_string()
        } else {
            thread::sleep(Duration::from_millis(milliseconds));
            taken.fetch_add(1, Ordering::Relaxed);
            "{}".to_owned()
        };
        Reply::Answer { status: 200, headers: vec![], body }
    });
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", address.port())?;
    stdout.flush()?;
    loop {
        thread::park();
    }
}
