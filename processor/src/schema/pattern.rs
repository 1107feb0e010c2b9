use jsonschema_regex::to_rust_regex;
use regex::{Regex, RegexBuilder};

use super::Problem;

/// Bytes of a compiled pattern, which bound the steps that one character takes.
const LARGEST: usize = 256 * 1024;
/// What a pattern has whose meaning depends on what was tried before.
const BACKTRACKS: [&str; 5] = ["(?=", "(?!", "(?<=", "(?<!", "\\k<"];

/// Compiles a pattern of ECMA 262, to be matched in linear time.
pub(super) fn compile(pattern: &str, pointer: &str) -> Result<Regex, Problem> {
    let shown = clipped(pattern);
    let refuse = |message: String, help: &str| Problem::new(pointer, message, help);
    let backtracks = BACKTRACKS.iter().any(|part| pattern.contains(part)) || has_back_reference(pattern);
    let invalid = || {
        if backtracks {
            refuse(
                format!("the pattern `{shown}` looks around or back, which cannot run in linear time"),
                "write it without `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)` and `\\1`, or split it: `allOf` with `not`",
            )
        } else {
            refuse(format!("the pattern `{shown}` is not a regular expression"), "correct it (ECMA 262)")
        }
    };
    let translated = to_rust_regex(pattern).map_err(|()| invalid())?;
    let built = RegexBuilder::new(&translated).size_limit(LARGEST).dfa_size_limit(4 * LARGEST).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => refuse(
            format!("the pattern `{shown}` has more than {LARGEST} bytes once it is compiled"),
            "write smaller repetitions; `maxLength` bounds a length",
        ),
        _ => invalid(),
    })
}

fn has_back_reference(pattern: &str) -> bool {
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character == '\\' && characters.next().is_some_and(|next| ('1'..='9').contains(&next)) {
            return true;
        }
    }
    false
}

/// A text of the schema as far as a message shows it.
pub(super) fn clipped(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
