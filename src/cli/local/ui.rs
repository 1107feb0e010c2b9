//! `local ui`: one page in a browser of this machine, which shows the pipeline in the local cloud.

use std::rc::Rc;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::LocalSet;

use super::desk::PageDesk;
use super::opened::Opener;
use crate::cli::chosen::names_aws;
use crate::cli::dlq::in_hand;
use crate::cli::{Global, Outcome, Stop, runtime};
use crate::deploy::Target;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::interrupt::{Request, Requests, in_order};
use crate::report::{Console, Format};
use crate::ui::{Gate, Token, listen, serve};

/// How long running requests may take to release their messages.
const PATIENCE: Duration = Duration::from_secs(10);
/// And to report it.
const MARGIN: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// The port on 127.0.0.1. If left out, any free port.
    // Not set by `PIPECTL_LOCAL_PORT`, which is the local cloud's port.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
}

pub(super) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    refuse_aws()?;
    let target = Target { local: true, region: global.region.clone(), ..Target::default() };
    let opener = Opener::new(arguments.spec.clone(), target)?;
    runtime::run(global, LocalSet::new().run_until(page(opener, arguments.port, console)))
}

/// Refuses AWS: the page has the caller's rights and no password, so it is for a cloud without anybody's data.
fn refuse_aws() -> Result<(), Stop> {
    let Some(flag) = names_aws() else { return Ok(()) };
    Err(Stop::Failure(Failure::refused(
        codes::GUARD_LOCAL_ONLY,
        format!("`local ui` shows only the local cloud, but `{flag}` means another one"),
        format!("leave out `{flag}`; for a pipeline on AWS, use `pipectl status SPEC --watch`"),
    )))
}

async fn page(opener: Opener, port: u16, console: &mut Console) -> Outcome {
    opener.open(console).await?;
    let (listener, port) = listen(port).await.map_err(|error| {
        Stop::Failure(Failure::failed(
            codes::LOCAL_UNAVAILABLE,
            format!("port {port} of 127.0.0.1 cannot be used: {error}"),
            "choose another port with `--port`, or leave `--port` out for any free port",
        ))
    })?;
    let token = Token::random().map_err(|error| {
        let message = format!("the system returned no random bytes: {error}");
        Stop::Failure(Failure::failed(codes::LOCAL_UNAVAILABLE, message, "run the same command again"))
    })?;
    let gate = Gate::new(port, token);
    match console.format {
        Format::Json => {
            console.stream(&json!({"version": 1, "url": gate.url(), "port": port}).to_string())?
        }
        Format::Human => {
            console.data(&gate.url())?;
            console
                .note("  open it in a browser on this machine; everyone with the address can use the page");
            console.note("  press Ctrl-C to stop");
        }
    }
    let (reports, lines) = mpsc::unbounded_channel();
    let desk = Rc::new(PageDesk::new(opener, reports));
    let _end = in_order(PATIENCE + MARGIN);
    let mut requests = Requests::new();
    let request = tokio::select! {
        () = serve(listener, gate, Rc::clone(&desk)) => return Ok(Exit::Done),
        () = print_lines(lines, console) => return Ok(Exit::Done),
        request = requests.next() => request,
    };
    end(&desk, request).await
}

/// Prints at the terminal, too, what the page does.
async fn print_lines(mut lines: UnboundedReceiver<String>, console: &mut Console) {
    while let Some(line) = lines.recv().await {
        console.note(&line);
    }
    std::future::pending::<()>().await;
}

/// Ends running requests in order.
async fn end(desk: &PageDesk, request: Request) -> Outcome {
    desk.stops();
    if tokio::time::timeout(PATIENCE, desk.is_idle()).await.is_ok() {
        return Ok(request.signal.exit());
    }
    let diagnostic = Diagnostic::error(codes::DLQ_STOPPED, in_hand(None)).help("then redrive them again");
    Err(Stop::Failure(Failure::new(request.signal.exit(), diagnostic)))
}
