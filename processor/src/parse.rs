//! JSON text to [`Json`], bounded and strict.
//!
//! serde_json alone would round `0.1234567890123456789` to the nearest double and silently use the last of two equal
//! keys. Its `arbitrary_precision` would fix the first, but cargo enables it for every crate of the workspace. So the
//! structure is parsed here, in one pass that checks the limits, and only string literals with escapes go through
//! serde_json.

use std::collections::BTreeMap;

use crate::json::{Json, is_escaped};
use crate::number::Number;
use crate::reason::{Reason, Rejection};

/// Largest message SQS takes, in bytes.
pub const LARGEST_BODY: usize = 1_048_576;
/// Most levels of objects and lists in the detail, DynamoDB's limit for an attribute.
pub const DEEPEST: usize = 32;
/// Longest name of a nested attribute in bytes (DynamoDB).
pub const LONGEST_KEY: usize = 65_535;

/// Parses one JSON text.
///
/// # Errors
/// Not JSON, beyond a limit, a repeated key, or a number that would be rounded.
pub fn parse(text: &str) -> Result<Json, Rejection> {
    parse_up_to(text, DEEPEST)
}

/// Like [`parse`], with another limit of levels.
///
/// # Errors
/// The errors of [`parse`].
pub(crate) fn parse_up_to(text: &str, deepest: usize) -> Result<Json, Rejection> {
    if text.len() > LARGEST_BODY {
        return Err(Rejection::new(
            Reason::BodyTooLarge,
            format!("the body has {} bytes, SQS's limit is {LARGEST_BODY}", text.len()),
        ));
    }
    let mut reader = Reader { text, at: 0, deepest };
    reader.skip_space();
    if reader.at == text.len() {
        return Err(Rejection::new(Reason::EmptyBody, "the body is empty"));
    }
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.invalid("text after the value"));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    deepest: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Consumes `byte` and the white space around it, if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
            self.skip_space();
        }
        found
    }

    fn invalid(&self, what: &str) -> Rejection {
        Rejection::new(Reason::InvalidJson, format!("{what} at byte {}", self.at)).at_byte(self.at)
    }

    /// `level` is the number of objects and lists around the value. The detail may be wrapped in an envelope, so the body
    /// may have one level more than the detail.
    fn value(&mut self, level: usize) -> Result<Json, Rejection> {
        match self.peek() {
            Some(b'{' | b'[') if level > self.deepest => Err(Rejection::new(
                Reason::TooDeep,
                format!("more than {} levels at byte {}", self.deepest, self.at),
            )
            .at_byte(self.at)),
            Some(b'{') => self.map(level + 1),
            Some(b'[') => self.list(level + 1),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn map(&mut self, level: usize) -> Result<Json, Rejection> {
        let mut entries = BTreeMap::new();
        self.take(b'{');
        if self.take(b'}') {
            return Ok(Json::Map(entries));
        }
        loop {
            let key_at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.invalid("an object key is missing"));
            }
            let key = self.string()?;
            if key.is_empty() || key.len() > LONGEST_KEY {
                return Err(Rejection::new(
                    Reason::InvalidKey,
                    format!("an object key of {} bytes at byte {key_at}", key.len()),
                )
                .at_byte(key_at));
            }
            if !self.take(b':') {
                return Err(self.invalid("`:` is missing after an object key"));
            }
            let value = self.value(level)?;
            if entries.insert(key, value).is_some() {
                return Err(Rejection::new(
                    Reason::DuplicateKey,
                    format!("an object key is repeated at byte {key_at}"),
                )
                .at_byte(key_at));
            }
            if self.take(b'}') {
                return Ok(Json::Map(entries));
            }
            if !self.take(b',') {
                return Err(self.invalid("`,` or `}` is missing in an object"));
            }
        }
    }

    fn list(&mut self, level: usize) -> Result<Json, Rejection> {
        let mut values = Vec::new();
        self.take(b'[');
        if self.take(b']') {
            return Ok(Json::List(values));
        }
        loop {
            values.push(self.value(level)?);
            if self.take(b']') {
                return Ok(Json::List(values));
            }
            if !self.take(b',') {
                return Err(self.invalid("`,` or `]` is missing in a list"));
            }
        }
    }

    /// A string literal. Most have no escapes; for the others serde_json decodes the escapes and rejects lone surrogates
    /// and control characters.
    fn string(&mut self) -> Result<String, Rejection> {
        let start = self.at + 1;
        let plain = self.text.as_bytes()[start..].iter().position(|byte| is_escaped(*byte));
        let mut end = start + plain.ok_or_else(|| self.invalid("a string is not closed"))?;
        if self.text.as_bytes()[end] == b'"' {
            self.at = end + 1;
            return Ok(self.text[start..end].to_owned());
        }
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => return Err(self.invalid("a string is not closed")),
            }
        }
        // Both ends are ASCII quotes, so the slice never splits a character.
        let string =
            serde_json::from_slice(&bytes[self.at..=end]).map_err(|_| self.invalid("an invalid string"))?;
        self.at = end + 1;
        Ok(string)
    }

    fn number(&mut self) -> Result<Json, Rejection> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = self.digits();
        let leading_zero = whole > 1 && self.text.as_bytes()[self.at - whole] == b'0';
        let mut valid = whole > 0 && !leading_zero;
        if self.peek() == Some(b'.') {
            self.at += 1;
            valid &= self.digits() > 0;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            valid &= self.digits() > 0;
        }
        if !valid {
            return Err(self.invalid("an invalid number"));
        }
        let number = Number::from_json(&self.text[start..self.at]);
        number.map(Json::Number).map_err(|refused| refused.at_byte(start))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self) -> Result<Json, Rejection> {
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
        {
            if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.invalid("no value"))
    }
}
