//! Editing a message in the user's own editor.

use std::process::Command;

use processor::reason::Rejection;

use crate::child::with_terminal;
use crate::cli::{Stop, ask};
use crate::diagnostic::{Failure, codes};
use crate::input::{self, Origin};
use crate::operate::{compact, pretty};
use crate::report::{Console, Fault, marked_text, printable};
use crate::save::{self, Scratch};

/// Bytes of an edited message: SQS accepts 1 MiB, and indentation is added.
const LARGEST: u64 = 16 * 1024 * 1024;

/// An edited body.
pub(super) struct Edited {
    pub(super) body: String,
    /// The file is deleted with this value, unless `keep` is called.
    file: Option<Scratch>,
}

impl Edited {
    /// Saves what was edited, and prints its path.
    pub(super) fn keep(self, console: &mut Console) {
        if let Some(file) = self.file {
            keep(file, console);
        }
    }
}

fn keep(file: Scratch, console: &mut Console) {
    console.complain(&format!("  saved  {}", file.keep()));
}

/// The editor that the environment names.
///
/// # Errors
/// It names none.
pub(super) fn editor() -> Result<String, Stop> {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.into_iter().find(|command| !command.trim().is_empty()).ok_or_else(|| {
        let message = "no editor is set: neither `VISUAL` nor `EDITOR` has a value";
        let help = "set one, such as `EDITOR=vi`, or change values with `--set PATH=VALUE`";
        Stop::Failure(Failure::failed(codes::DLQ_NO_EDITOR, message, help))
    })
}

/// The body after editing; `None` if it was not changed. JSON is indented for editing and sent without indentation. One
/// that would be rejected is shown with its error and may be edited again; if nobody can be asked, its file is saved.
///
/// # Errors
/// The editor cannot be started or fails, or its file cannot be read. The file is saved then.
pub(super) fn edited(
    editor: &str,
    id: &str,
    body: &str,
    refused: impl Fn(&str) -> Option<Rejection>,
    console: &mut Console,
) -> Result<Option<Edited>, Stop> {
    let failed = |message: String| {
        let help = "set `EDITOR` to another one, or change values with `--set PATH=VALUE`";
        Stop::Failure(Failure::failed(codes::DLQ_NO_EDITOR, message, help))
    };
    let lines = pretty(body).map(|lines| lines.into_iter().map(|line| line.text + "\n").collect::<String>());
    let is_json = lines.is_some();
    let text = lines.unwrap_or_else(|| body.to_owned());
    let name = format!("{}.json", plain(id));
    let file = save::scratch(&name, &text)
        .map_err(|error| failed(format!("the file to edit cannot be created: {}", save::reason(&error))))?;
    loop {
        let changed = match with_terminal(opening(editor).arg(file.path())) {
            Ok(status) if status.success() => input::text(file.path(), Origin::Own, LARGEST)
                .map_err(|refusal| format!("the edited file cannot be read: {refusal}")),
            Ok(status) => Err(format!("the editor `{}` ended with {status}", printable(editor))),
            Err(error) => Err(format!("the editor `{}` cannot be started: {error}", printable(editor))),
        };
        let changed = match changed {
            Ok(changed) => changed,
            Err(wrong) => {
                keep(file, console);
                return Err(failed(wrong));
            }
        };
        if changed.trim_end() == text.trim_end() {
            return Ok(None);
        }
        let is_compact = is_json || pretty(&changed).is_some();
        let changed = if is_compact { compact(&changed) } else { changed };
        let Some(Rejection { message, location, .. }) = refused(&changed) else {
            return Ok(Some(Edited { body: changed, file: Some(file) }));
        };
        let fault = location.map(|location| Fault { location, words: message.clone() });
        console.complain(&format!(
            "{}\n  it would be rejected again: {message}",
            marked_text(&changed, fault.as_ref())
        ));
        if ask::yes("edit it again", "--force", console).is_err() {
            keep(file, console);
            return Ok(Some(Edited { body: changed, file: None }));
        }
    }
}

/// As in other programs, the variable may contain arguments.
fn opening(command: &str) -> Command {
    if cfg!(unix) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{command} \"$1\""), "sh"]);
        shell
    } else {
        Command::new(command)
    }
}

/// An id as part of a file name.
fn plain(id: &str) -> String {
    id.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '-').take(60).collect()
}
