//! What the local cloud cannot do in a template, done beside the stack.

use super::Stop;
use super::local::failure;
use super::session::{Session, gone};
use crate::diagnostic::Failure;
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

/// Takes away what outlives the stack, before the stack goes and with it the note of what there is.
pub(super) async fn retire(session: &Session, stack: &Stack, console: &mut Console) -> Result<(), Stop> {
    if !session.local {
        return Ok(());
    }
    let text =
        session.clients.template(&stack.name).await.map_err(|error| gone(Failure::from(error), true))?;
    let former = render::parse(&text).map(|template| bridges_of(&template)).unwrap_or_default();
    retire_bridges(&session.clients, &former, &[]).await.map_err(failure)?;
    if console.verbose && !former.is_empty() {
        console.note("  local         the archive is deleted by an API call");
    }
    Ok(())
}
