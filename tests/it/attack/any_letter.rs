//! What holds for any bytes as the body of a dead letter: a row or a reason, and a listing that steers no terminal. The fuzz
//! target compiles this file too.

use jiff::Timestamp;
use pipectl::operate::queued;
use pipectl::report::{LetterLine, letters_text, preview};
use processor::config::{Config, Input};
use processor::decide::{Message, decide};

const WIDTH: usize = 80;

/// Decides and lists it.
pub(crate) fn list(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for input in [Input::Envelope, Input::Detail] {
        let config = Config { input, ..Config::default() };
        let body = queued(&config, &text);
        let message = Message { body: &body, message_id: Some(&text), receive_count: 5 };
        let (reason, explanation) = match decide(&config, message, Timestamp::UNIX_EPOCH) {
            Ok(_) => ("storable", String::new()),
            Err(rejection) => (rejection.reason.as_str(), rejection.message.to_string()),
        };
        let line = |body: Option<String>| LetterLine {
            message_id: text.to_string(),
            sent_at: None,
            receive_count: 5,
            reason,
            explanation: explanation.clone(),
            preview: preview(&text),
            body,
        };
        check(&letters_text(&[line(None)], WIDTH), Some(WIDTH));
        check(&letters_text(&[line(Some(text.to_string()))], WIDTH), None);
    }
}

/// `width`: of the lines that are cut, the last two.
fn check(listing: &str, width: Option<usize>) {
    let plain = without_colours(listing);
    let steers = |character: char| {
        character.is_control() && character != '\n'
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}')
    };
    assert!(!plain.contains(steers), "{plain:?}");
    assert_eq!(plain.lines().count(), 5, "{plain:?}");
    if let Some(width) = width {
        // A letter with its mark is one column.
        assert!(plain.lines().skip(3).all(|line| line.chars().count() <= 2 * width), "{plain:?}");
    }
}

/// Without pipectl's own colours, which end with `m` after digits.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('m').expect("a colour");
        assert!(code.chars().all(|one| one.is_ascii_digit() || one == ';'), "{text:?}");
        plain.push_str(rest);
    }
    plain
}
