use jsonschema_regex::to_rust_regex;
use regex::{Regex, RegexBuilder};

use super::Problem;

/// Most bytes of a compiled pattern, which limit the steps per character.
const LARGEST: usize = 256 * 1024;
/// Parts of a pattern that require backtracking.
const BACKTRACKS: [&str; 5] = ["(?=", "(?!", "(?<=", "(?<!", "\\k<"];

/// Compiles a pattern of ECMA 262 that matches in linear time.
pub(super) fn compile(pattern: &str, pointer: &str) -> Result<Regex, Problem> {
    let shown = clipped(pattern);
    let refuse = |message: String, help: &str| Problem::new(pointer, message, help);
    let backtracks = BACKTRACKS.iter().any(|part| pattern.contains(part)) || has_back_reference(pattern);
    let invalid = || {
        if backtracks {
            refuse(
                format!(
                    "the pattern `{shown}` uses look-around or a back-reference, which cannot be matched in linear time"
                ),
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
            "use smaller repetitions; `maxLength` limits the length",
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

/// A text of the schema, shortened for a message.
pub(super) fn clipped(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
