use clap::Args;

use super::Outcome;
use crate::diagnostic::{CODES, Code, Diagnostic, Exit, Failure, codes};
use crate::report::Console;
use crate::validate::{Field, field, nearest};

/// Explain a diagnostic's code or a spec's field.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A code such as `queue::visibility-too-short`, or a field such as `queue.retention_days`.
    subject: String,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let subject = arguments.subject.as_str();
    if let Some(code) = Code::find(subject) {
        console.data(&format!("{code}\n\n{}", code.explanation))?;
        return Ok(Exit::Done);
    }
    if let Some(field) = field(subject) {
        console.data(&page(subject, &field))?;
        return Ok(Exit::Done);
    }
    let known: Vec<String> =
        CODES.iter().map(|code| code.name.to_owned()).chain(crate::validate::fields()).collect();
    let help = match nearest(subject, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "fields are written with dots, as in `processor.batch.size`; codes with colons".to_owned(),
    };
    let diagnostic =
        Diagnostic::error(codes::SPEC_UNKNOWN_KEY, format!("there is no code and no field `{subject}`"));
    Err(Failure::new(Exit::Usage, diagnostic.help(help)).into())
}

fn page(name: &str, field: &Field) -> String {
    let mut page = format!("{name}\n\n{}\n", field.description);
    for (label, value) in [("takes", &field.takes), ("default", &field.default), ("example", &field.example)]
    {
        if let Some(value) = value {
            page.push_str(&format!("\n{label:<8} {value}"));
        }
    }
    page
}
