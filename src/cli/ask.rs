use std::io::{self, BufRead as _};

use crate::deploy::note_consent;
use crate::diagnostic::{Failure, codes};
use crate::report::{Console, printable};

/// Asks for a yes.
///
/// # Errors
/// The question cannot be asked without a terminal (the failure names the flag that answers it), or the answer was no.
pub(super) fn yes(question: &str, flag: &str, console: &mut Console) -> Result<(), Failure> {
    let answer = read(&format!("  {} [y/N]", printable(question)), flag, console)?;
    if matches!(answer.to_lowercase().as_str(), "y" | "yes") {
        agreed(&answer, question);
        Ok(())
    } else {
        Err(declined())
    }
}

/// Asks the user to type a word, which takes more attention than a yes.
///
/// # Errors
/// As for [`yes`].
pub(super) fn word(word: &str, question: &str, flag: &str, console: &mut Console) -> Result<(), Failure> {
    let asked = format!("{}\n  type {} to continue:", printable(question), printable(word));
    let answer = read(&asked, flag, console)?;
    if answer == word {
        agreed(&answer, question);
        Ok(())
    } else {
        Err(declined())
    }
}

/// Records the typed answer as evidence.
fn agreed(answer: &str, question: &str) {
    note_consent(format!("typed `{answer}` to `{question}`"));
}

fn read(question: &str, flag: &str, console: &mut Console) -> Result<String, Failure> {
    if !console.can_ask() {
        return Err(Failure::refused(
            codes::GUARD_NEEDS_ANSWER,
            "a question must be answered, but there is no terminal to ask on",
            format!("add `{flag}` to answer it"),
        ));
    }
    console.complain(question);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| {
        let message = format!("the answer could not be read from the terminal: {error}");
        Failure::refused(codes::GUARD_NEEDS_ANSWER, message, format!("add `{flag}` to answer it"))
    })?;
    Ok(answer.trim().to_owned())
}

fn declined() -> Failure {
    Failure::refused(codes::GUARD_DECLINED, "declined; nothing was changed", "run it again to be asked again")
}
