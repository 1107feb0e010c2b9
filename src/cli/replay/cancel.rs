use crate::cli::Outcome;
use crate::deploy::Session;
use crate::diagnostic::Exit;
use crate::operate::{Replay, ReplayApi as _};
use crate::report::{Console, Format, printable};

/// Cancels the running replay, if there is one.
pub(super) async fn cancel(session: &Session, running: Option<Replay>, console: &mut Console) -> Outcome {
    let Some(replay) = running else {
        let document = serde_json::json!({"version": 1, "cancelled": null});
        if console.format == Format::Json {
            console.data(&document.to_string())?;
        }
        console.note(&format!("  no replay of {} is running", printable(&session.names.archive)));
        return Ok(Exit::Done);
    };
    session.clients.cancel_replay(&replay.name).await?;
    match console.format {
        Format::Json => {
            console.data(&serde_json::json!({"version": 1, "cancelled": replay.name}).to_string())?
        }
        Format::Human => console.note(&format!("  {:<14}{}", "cancelled", printable(&replay.name))),
    }
    console.note("  events that it already sent are not recalled");
    Ok(Exit::Done)
}
