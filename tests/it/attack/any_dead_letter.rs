//! Properties of any bytes as the body of a dead letter: a row or a reason, and a listing without terminal control codes.
//! The fuzz target compiles this file too.

use jiff::Timestamp;
use pipectl::operate::queued;
use pipectl::report::{DeadLetterLine, Fault, dead_letters_text, marked_text, preview};
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
        let (reason, explanation, location) = match decide(&config, message, Timestamp::UNIX_EPOCH) {
            Ok(_) => ("storable", String::new(), None),
            Err(rejection) => (rejection.reason.as_str(), rejection.message.to_string(), rejection.location),
        };
        let fault = location.map(|location| Fault { location, words: explanation.clone() });
        let line = |body: Option<String>| DeadLetterLine {
            message_id: text.to_string(),
            sent_at: None,
            attempts: Some(5),
            sent_back: 0,
            reason,
            explanation: explanation.clone(),
            preview: preview(&text),
            body,
        };
        check(&dead_letters_text(&[line(None)], WIDTH), Some(WIDTH));
        check(&dead_letters_text(&[line(Some(text.to_string()))], WIDTH), None);
        steers_nothing(&marked_text(&text, fault.as_ref()));
    }
}

/// `width`: for the lines that are cut, the last two.
fn check(listing: &str, width: Option<usize>) {
    let plain = steers_nothing(listing);
    assert_eq!(plain.lines().count(), 5, "{plain:?}");
    if let Some(width) = width {
        // A character with its combining mark takes one column.
        assert!(plain.lines().skip(3).all(|line| line.chars().count() <= 2 * width), "{plain:?}");
    }
}

/// The text without colours; it has no other control codes.
fn steers_nothing(text: &str) -> String {
    let plain = without_colours(text);
    let steers = |character: char| {
        character.is_control() && character != '\n'
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}')
    };
    assert!(!plain.contains(steers), "{plain:?}");
    plain
}

/// The text without pipectl's own colours, which end with `m` after digits.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, remainder) = part.split_once('m').expect("a colour");
        assert!(code.chars().all(|one| one.is_ascii_digit() || one == ';'), "{text:?}");
        plain.push_str(remainder);
    }
    plain
}
