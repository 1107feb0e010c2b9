//! Usage errors and requests for help: for people as clap prints them, for programs as JSON.

use std::ffi::OsString;

use clap::ValueEnum as _;
use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use serde_json::json;

use super::OutputFormat;
use crate::diagnostic::{Diagnostic, Exit, codes};
use crate::report::{Color, Console, Format, diagnostics_json};

/// Prints help, or a usage error.
pub(super) fn unparsed(error: &clap::Error) -> Exit {
    let format = if wants_json(std::env::args_os()) { Format::Json } else { Format::Human };
    let mut console = Console::new(format, Color::Auto, false, false);
    // An argument may be a file name that somebody else chose.
    let rendered = error.render();
    match (error.use_stderr(), format) {
        (true, Format::Human) => console.complain(&rendered.ansi().to_string()),
        (true, Format::Json) => {
            console.outcome(&diagnostics_json(&[wrong(error.kind(), &rendered.to_string())], &[]));
        }
        (false, Format::Human) => console.outcome(&rendered.ansi().to_string()),
        (false, Format::Json) => {
            let document = match error.kind() {
                ErrorKind::DisplayVersion => json!({"version": 1, "pipectl": env!("CARGO_PKG_VERSION")}),
                _ => json!({"version": 1, "help": rendered.to_string()}),
            };
            console.outcome(&document.to_string());
        }
    }
    // If nobody reads it, the exit code still says it.
    drop(console.end(None));
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// Refuses a format that the command does not write.
pub(super) fn check_format(format: OutputFormat, command: Option<&str>, color: Color) -> Result<(), Exit> {
    let Some(writer) = format.only_of().filter(|writer| command != Some(writer)) else { return Ok(()) };
    let value = format.to_possible_value();
    let name = value.as_ref().map_or("", PossibleValue::get_name);
    let mut console = Console::new(Format::Human, color, false, false);
    console.complain(&format!("error: only `{writer}` writes `{name}`\nhelp: write `--format json`"));
    Err(Exit::Usage)
}

/// Whether a command line that clap could not parse has `--format json`.
fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let mut arguments = arguments.take_while(|argument| argument != "--").peekable();
    while let Some(argument) = arguments.next() {
        let is_next = argument == "--format" && arguments.peek().is_some_and(|value| value == "json");
        if is_next || argument == "--format=json" {
            return true;
        }
    }
    false
}

/// clap's text as a diagnostic: the first paragraph is the message, the others are the help.
fn wrong(kind: ErrorKind, text: &str) -> Diagnostic {
    if matches!(kind, ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand) {
        // clap would list hidden ones, too.
        let of =
            text.split('\'').nth(1).filter(|_| kind == ErrorKind::MissingSubcommand).unwrap_or("pipectl");
        let help = format!("`{of} --help` lists the commands");
        return Diagnostic::error(codes::USAGE_WRONG, "no command was given").help(help);
    }
    let mut paragraphs = text.split("\n\n").map(|paragraph| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.join(" ")
    });
    let message = paragraphs.next().unwrap_or_default();
    let help: Vec<String> = paragraphs.filter(|paragraph| !paragraph.is_empty()).collect();
    let message = message.strip_prefix("error: ").unwrap_or(&message).to_owned();
    Diagnostic::error(codes::USAGE_WRONG, message).help(help.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_found_at_any_position() {
        let wants = |line: &str| wants_json(line.split(' ').map(OsString::from));
        for line in [
            "pipectl --format json",
            "pipectl --format=json no-command",
            "pipectl validate --wrong --format json",
            "pipectl local --format=json",
        ] {
            assert!(wants(line), "{line}");
        }
        for line in
            ["pipectl", "pipectl validate json", "pipectl --format", "pipectl validate -- --format json"]
        {
            assert!(!wants(line), "{line}");
        }
    }

    #[test]
    fn the_first_paragraph_is_the_message_and_the_others_are_its_help() {
        let text = "error: the following required arguments were not provided:\n  <SPEC>\n\nUsage: pipectl plan <SPEC>\n\n\
                    For more information, try '--help'.\n";
        let wrong = wrong(ErrorKind::MissingRequiredArgument, text);
        assert_eq!(wrong.message, "the following required arguments were not provided: <SPEC>");
        assert_eq!(
            wrong.help.as_deref(),
            Some("Usage: pipectl plan <SPEC>; For more information, try '--help'.")
        );
    }
}
