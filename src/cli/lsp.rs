use clap::Args;
use lsp_server::Connection;

use super::validate::of_stack_files;
use super::{Outcome, Stop};
use crate::diagnostic::{Exit, Failure, codes};
use crate::editor::serve;

/// Serve an editor over stdio: diagnostics while typing, hover, completion, quick fixes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Taken for the editors that pass it; stdio is the only way.
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(crate) fn run(_: &Arguments) -> Outcome {
    let (connection, threads) = Connection::stdio();
    let broken = |reason: String| {
        Stop::Failure(Failure::failed(
            codes::EDITOR_BROKEN_PROTOCOL,
            format!("the editor's connection ended: {reason}"),
            "let the editor start `pipectl lsp` itself, and speak the Language Server Protocol over stdio",
        ))
    };
    let proper = serve(&connection, &|checked| of_stack_files(checked, false))
        .map_err(|error| broken(error.to_string()))?;
    drop(connection);
    threads.join().map_err(|error| broken(error.to_string()))?;
    Ok(if proper { Exit::Done } else { Exit::Failed })
}
