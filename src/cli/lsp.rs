use std::io;

use clap::Args;

use super::validate::of_stack_files;
use super::{Outcome, Stop};
use crate::diagnostic::{Exit, Failure, codes};
use crate::editor::serve;

/// Serve an editor over stdio: diagnostics while typing, completion, hover, quick fixes, formatting.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Accepted because some editors pass it; stdio is the only transport.
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(crate) fn run(_: &Arguments) -> Outcome {
    let proper =
        serve(&mut io::stdin().lock(), &mut io::stdout().lock(), &|checked| of_stack_files(checked, false));
    let proper = proper.map_err(|error| {
        Stop::Failure(Failure::failed(
            codes::EDITOR_BROKEN_PROTOCOL,
            format!("the editor's connection ended: {error}"),
            "configure the editor to start `pipectl lsp` as a language server over stdio",
        ))
    })?;
    Ok(if proper { Exit::Done } else { Exit::Failed })
}
