//! `bootstrap --decide`: reads lines, writes decisions, so that the effect of custom code on an event can be seen without
//! Lambda.

use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::config::Config;
use crate::decide::{Message, of_read, read};
use crate::json::write_text;
use crate::reason::{Location, Reason, Rejection};

/// The argument of the program.
pub const DECIDE: &str = "--decide";

/// Decides each line of `input`, which is one message body, and writes the result as one line of JSON: `body`, the event
/// as the mapping sees it, as the text of a body, and `row`; or `rejection` with its `reason` and `message`, and `body`
/// if the mapping rejects it. Each answer is written before the next line is read.
///
/// # Errors
/// A line cannot be read, or an answer cannot be written.
pub fn decide_lines(
    config: &Config,
    input: impl BufRead,
    mut output: impl Write,
    now: impl Fn() -> Timestamp,
) -> io::Result<()> {
    for line in input.lines() {
        let line = line?;
        writeln!(output, "{}", decided(config, &line, now()))?;
        output.flush()?;
    }
    Ok(())
}

fn decided(config: &Config, body: &str, now: Timestamp) -> String {
    let mut text = "{".to_owned();
    let decide = || {
        let event = read(config, body)?;
        let seen = event.to_body();
        Ok((seen, of_read(config, Message { body, message_id: None, receive_count: 1 }, event, now)))
    };
    let decision = catch_unwind(AssertUnwindSafe(decide))
        .unwrap_or_else(|_| Err(Rejection::new(Reason::Panic, "the custom code panicked at this event")));
    let row = match decision {
        Ok((seen, row)) => {
            text.push_str("\"body\":");
            write_text(&seen, &mut text);
            text.push(',');
            row
        }
        Err(rejection) => Err(rejection),
    };
    match row {
        Ok(row) => text.push_str(&format!("\"row\":{}", row.to_json())),
        Err(rejection) => {
            text.push_str(&format!("\"rejection\":{{\"reason\":\"{}\",\"message\":", rejection.reason));
            write_text(&rejection.message, &mut text);
            if let Some(Location::Pointer(pointer)) = &rejection.location {
                text.push_str(",\"pointer\":");
                write_text(pointer, &mut text);
            }
            text.push('}');
        }
    }
    text.push('}');
    text
}
