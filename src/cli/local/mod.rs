//! `pipectl local`: the local cloud and its console.

mod desk;
mod opened;
mod refused;
mod shown;
mod tried_event;
mod ui;

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::reporter::Reporter;
use super::{Global, Outcome};
use crate::deploy::{local_error, start_local_cloud};
use crate::diagnostic::Exit;
use crate::interrupt::in_order;
use crate::local::{self, CloudProgress, Down, Folders};
use crate::report::{Console, Format, pairs};

/// The local cloud: the AWS APIs on this machine, without account or container.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Install the local cloud if it is missing, and start it in the background.
    Up {
        /// The port on 127.0.0.1; 0 takes any free port. It is saved with the state.
        #[arg(long, env = "PIPECTL_LOCAL_PORT")]
        port: Option<u16>,
    },
    /// Stop it; its state is retained for the next `up`.
    Down {
        /// Also delete the state and the logs: every stack, queue, table and object.
        #[arg(long)]
        purge: bool,
    },
    /// Show whether it runs, and on which address.
    Status,
    /// Print the last lines of its log.
    Logs {
        /// The number of lines.
        #[arg(long, short = 'n', default_value_t = 50)]
        lines: usize,
    },
    /// Show the pipeline on a local web page, with live counts, dead letters and a form for samples.
    Ui(ui::Arguments),
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let folders = Folders::from_environment().map_err(local_error)?;
    match &arguments.verb {
        Verb::Ui(arguments) => ui::run(arguments, global, console),
        Verb::Up { port } => up(*port, console),
        Verb::Down { purge } => down(&folders, *purge, console),
        Verb::Status => {
            console.data(&status_text(&local::status(&folders), console.format))?;
            Ok(Exit::Done)
        }
        Verb::Logs { lines } => {
            let lines = local::tail(&folders, *lines).map_err(local_error)?;
            console.data(&match console.format {
                Format::Human => lines.join("\n"),
                Format::Json => json!({"version": 1, "lines": lines}).to_string(),
            })?;
            Ok(Exit::Done)
        }
    }
}

fn up(port: Option<u16>, console: &mut Console) -> Outcome {
    let status = start_local_cloud(port, &mut Reporter::new(console))?;
    console.outcome(&status_text(&status, console.format));
    console.note("\n  next: pipectl apply specs/dev.yaml --local");
    Ok(Exit::Done)
}

fn down(folders: &Folders, purge: bool, console: &mut Console) -> Outcome {
    let activity = console.activity("local cloud");
    let _end = in_order(Duration::from_secs(2));
    let mut shown = |progress: CloudProgress| activity.update(&progress.to_string());
    let down = if purge { local::purge(folders, &mut shown) } else { local::down(folders, &mut shown) };
    activity.clear();
    let down = down.map_err(local_error)?;
    if console.format == Format::Json {
        let result = match down {
            _ if purge => "purged",
            Down::Stopped => "stopped",
            Down::NotRunning => "not_running",
            Down::WasKilled => "was_killed",
        };
        console.outcome(&json!({"version": 1, "result": result}).to_string());
    }
    if purge {
        console.note("  the local cloud is stopped, its state and logs deleted");
        return Ok(Exit::Done);
    }
    console.note(&format!("  {down}"));
    if down != Down::NotRunning {
        console.note("\n  next: pipectl local up  # starts it again with its state");
    }
    Ok(Exit::Done)
}

fn status_text(status: &local::Status, format: Format) -> String {
    match format {
        Format::Json => serde_json::to_string(status).unwrap_or_default(),
        Format::Human => pairs([
            ("running", if status.running { "yes" } else { "no" }.to_owned()),
            ("endpoint", status.endpoint.clone().unwrap_or_else(|| "none".to_owned())),
            ("process", status.pid.map_or_else(|| "none".to_owned(), |pid| pid.to_string())),
            ("state", status.state_dir.to_string()),
        ]),
    }
}
