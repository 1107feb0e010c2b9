use clap::{Args, Subcommand};

use super::{Outcome, Stop};
use crate::diagnostic::{Exit, Failure, codes};
use crate::local::{self, Down, Folders, LocalError};
use crate::report::{Console, Format, pairs};

/// The local cloud: the AWS APIs on this machine, without account or container.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Install it where it is missing, and start it in the background.
    Up {
        /// The port on 127.0.0.1; 0 takes any free one. It stays with the state.
        #[arg(long, env = "PIPECTL_LOCAL_PORT")]
        port: Option<u16>,
    },
    /// Stop it; its state is kept for the next `up`.
    Down {
        /// Delete the state too: every stack, queue, table and object in it.
        #[arg(long)]
        purge: bool,
    },
    /// Say whether it runs, and where.
    Status,
    /// Print the last lines of its log.
    Logs {
        /// How many lines.
        #[arg(long, short = 'n', default_value_t = 50)]
        lines: usize,
    },
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let folders = Folders::from_environment().map_err(failure)?;
    match arguments.verb {
        Verb::Up { port } => up(&folders, port, console),
        Verb::Down { purge } => down(&folders, purge, console),
        Verb::Status => {
            print(&local::status(&folders), console)?;
            Ok(Exit::Done)
        }
        Verb::Logs { lines } => {
            console.data(&local::tail(&folders, lines).map_err(failure)?.join("\n"))?;
            Ok(Exit::Done)
        }
    }
}

/// Starts the local cloud where it does not run, and tells its address.
pub(super) fn ensure_up(console: &mut Console) -> Result<String, Stop> {
    let folders = Folders::from_environment().map_err(failure)?;
    let status = start(&folders, asked_port()?, console)?;
    status.endpoint.ok_or_else(|| {
        Stop::Failure(Failure::failed(
            codes::LOCAL_UNAVAILABLE,
            "the local cloud has no address",
            "run `pipectl local up`",
        ))
    })
}

fn asked_port() -> Result<Option<u16>, Stop> {
    let Ok(text) = std::env::var("PIPECTL_LOCAL_PORT") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let message = format!("`PIPECTL_LOCAL_PORT` is `{text}`, which is no port");
        Stop::Failure(Failure::failed(
            codes::LOCAL_UNAVAILABLE,
            message,
            "set it to a number between 1 and 65535",
        ))
    })
}

fn start(folders: &Folders, port: Option<u16>, console: &mut Console) -> Result<local::Status, Stop> {
    let activity = console.activity("local cloud");
    let up = local::up(folders, port, &mut |progress| activity.update(&progress.to_string()));
    let up = match up {
        Ok(up) => up,
        Err(error) => {
            activity.clear();
            return Err(failure(error));
        }
    };
    let endpoint = up.status.endpoint.as_deref().unwrap_or_default();
    let words = if up.started { format!("started at {endpoint}") } else { format!("runs at {endpoint}") };
    console.finish(activity, &words);
    if up.lost_writes {
        console.complain(
            "  warning: the local cloud had been killed; what was written since its last clean stop is gone",
        );
    }
    Ok(up.status)
}

fn up(folders: &Folders, port: Option<u16>, console: &mut Console) -> Outcome {
    let status = start(folders, port, console)?;
    print(&status, console)?;
    console.note("\n  next: pipectl apply specs/dev.yaml --local");
    Ok(Exit::Done)
}

fn down(folders: &Folders, purge: bool, console: &mut Console) -> Outcome {
    let activity = console.activity("local cloud");
    let down = local::down(folders, &mut |progress| activity.update(&progress.to_string()));
    activity.clear();
    let down = down.map_err(failure)?;
    console.note(&format!("  {down}"));
    if purge {
        local::purge(folders, &mut |_| {}).map_err(failure)?;
        console.note("  its state is deleted");
    } else if down != Down::NotRunning {
        console.note("\n  next: pipectl local up starts it again, with its state");
    }
    Ok(Exit::Done)
}

fn print(status: &local::Status, console: &mut Console) -> Result<(), Stop> {
    let text = match console.format {
        Format::Json => serde_json::to_string(status).unwrap_or_default(),
        Format::Human => pairs([
            ("running", if status.running { "yes" } else { "no" }.to_owned()),
            ("endpoint", status.endpoint.clone().unwrap_or_else(|| "none".to_owned())),
            ("process", status.pid.map_or_else(|| "none".to_owned(), |pid| pid.to_string())),
            ("state", status.state_dir.to_string()),
        ]),
    };
    Ok(console.data(&text)?)
}

pub(super) fn failure(error: LocalError) -> Stop {
    Stop::Failure(Failure::failed(codes::LOCAL_UNAVAILABLE, error.to_string(), error.help()))
}
