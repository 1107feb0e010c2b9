//! What the local cloud cannot do in a template, done beside the stack.

use super::Stop;
use super::local::failure;
use super::session::Session;
use crate::local::{Bridge, apply_bridges, bridges_of, retire_bridges};
use crate::render;
use crate::report::Console;
use crate::stack::{Stack, StackApi as _};

/// Makes what the template could not.
pub(super) async fn build(session: &Session, bridges: &[Bridge], console: &mut Console) -> Result<(), Stop> {
    apply_bridges(&session.clients, bridges).await.map_err(failure)?;
    if console.verbose {
        for bridge in bridges {
            console.note(&format!("  {:<14}{bridge}", "local"));
        }
    }
    Ok(())
}

/// The bridges the deployed stack was made with.
pub(super) async fn former(session: &Session, stack: &Stack) -> Result<Vec<Bridge>, Stop> {
    if !session.local {
        return Ok(Vec::new());
    }
    let text = session.clients.template(&stack.name).await?;
    Ok(render::parse(&text).map(|template| bridges_of(&template)).unwrap_or_default())
}

/// Takes away what is no longer wanted and would outlive the stack.
pub(super) async fn retire(former: &[Bridge], wanted: &[Bridge], session: &Session) -> Result<(), Stop> {
    retire_bridges(&session.clients, former, wanted).await.map_err(failure)
}
